/** The workload that stories hand over to: a static program of test/blackbox/workload.c. */

import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import type { HostProgram } from "../setup.ts";
import type { Program } from "./program.ts";

const SOURCE = resolve(import.meta.dirname, "workload.c");
const BINARY = resolve(import.meta.dirname, "../../dist/workload");

let isBuilt = false;

/** Its path. It is built by the first story that wants it, which has to need `musl-gcc`. */
export function workload(): string {
  if (isBuilt) return BINARY;
  const part = `${BINARY}.${process.pid}`;
  mkdirSync(dirname(BINARY), { recursive: true });
  execFileSync("musl-gcc", ["-Wall", "-Wextra", "-Werror", "-static", "-o", part, SOURCE]);
  renameSync(part, BINARY);
  isBuilt = true;
  return BINARY;
}

/** What the workload tells of itself. */
export interface Shown {
  readonly pid: number;
  /** Each character is a byte. */
  readonly args: readonly string[];
  /** `NAME=value`; each character is a byte. */
  readonly env: readonly string[];
  readonly descriptors: readonly number[];
  /** Fields of /proc/self/status; masks without their leading zeros. */
  readonly status: Readonly<Record<string, string>>;
}

/** What the program has printed, once the workload has shown all. */
export async function shown(program: Program): Promise<Shown> {
  await program.exit;
  const lines = program.stdout.split("\n").map((line) => line.split(" "));
  const of = (kind: string): readonly string[] =>
    lines.filter(([first]) => first === kind).map(([, value = ""]) => value);
  const text = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");
  const fields = lines.filter(([first = ""]) => /^[SN]/.test(first));
  return {
    pid: Number(of("pid")[0]),
    args: of("arg").map(text),
    env: of("env").map(text),
    descriptors: of("fd").map(Number),
    status: Object.fromEntries(
      fields.map(([name, value = ""]) => [name, value.trim().replace(/^0+(?=.)/, "")]),
    ),
  };
}

/** Whether the host becomes the command itself; an older Node starts it as a child. */
export function isReplacing(host: HostProgram): boolean {
  return host.name !== "node" || "execve" in process;
}

/** What the command inherits of what the story's launch has given the program. */
export function inheritedEnv(
  host: HostProgram,
  more: Readonly<Record<string, string>> = {},
): readonly string[] {
  const env = { PATH: process.env["PATH"] ?? "", ...host.env, ...more };
  const entries = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return entries.filter((entry) => !entry.startsWith("STARTUP_SERVER_"));
}
