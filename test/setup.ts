/** Builds both hosts before any test runs, and tells the tests which of them there are. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { TestProject } from "vitest/node";
import { buildNative, targetFor } from "../scripts/build.mjs";
import { bundle } from "../scripts/bundle.mjs";
import { isCi } from "./blackbox/ci.ts";

/** A host's program as the black-box suite starts it; `problem` tells why it cannot be started. */
export interface HostProgram {
  /** `sanitized`: the native host, built so that it ends at its first mistake with memory. */
  readonly name: "node" | "native" | "sanitized";
  readonly command: readonly string[];
  /** What the program's environment has to hold. */
  readonly env?: Readonly<Record<string, string>>;
  readonly problem: string | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    hosts: readonly HostProgram[];
  }
}

const ROOT = resolve(import.meta.dirname, "..");
const NODE_BUNDLE = resolve(ROOT, "dist/startup-server.mjs");
const NATIVE_BINARY = resolve(ROOT, "dist/startup-server");
const SANITIZED_BINARY = resolve(ROOT, "dist/startup-server-sanitized");

export async function setup(project: TestProject): Promise<void> {
  await bundle("node");
  const problem = await findNativeProblem();
  if (problem !== undefined) {
    if (isCi()) throw new Error(`The native host is mandatory in CI: ${problem}`);
    process.stderr.write(`\nSKIPPED: every story on the native host: ${problem}\n\n`);
  }
  if (process.env["SANITIZED"] === "1")
    return project.provide("hosts", [await buildSanitizedHost()]);
  if (process.env["ARM64"] === "1") return project.provide("hosts", [await buildArm64Host()]);
  project.provide("hosts", [
    { name: "node", command: [process.execPath, NODE_BUNDLE], problem: undefined },
    { name: "native", command: [NATIVE_BINARY], problem },
  ]);
}

/** Throws where it cannot be built: who asks for it means it. */
async function buildSanitizedHost(): Promise<HostProgram> {
  await buildNative({
    work: "dist/sanitized",
    out: SANITIZED_BINARY,
    variables: ["SANITIZE=1", "CC=gcc"],
  });
  // The sanitizers map memory and make system calls that the filter refuses; nothing is freed at the end.
  const env = { STARTUP_SERVER_NO_SANDBOX: "1", ASAN_OPTIONS: "detect_leaks=0" };
  return { name: "sanitized", command: [SANITIZED_BINARY], env, problem: undefined };
}

/** As the sanitized one: throws where it cannot be built. Another machine's processor is emulated. */
async function buildArm64Host(): Promise<HostProgram> {
  const target = targetFor("arm64");
  await buildNative(target);
  const binary = resolve(ROOT, target.out);
  if (process.arch === "arm64") return { name: "native", command: [binary], problem: undefined };
  // The emulator has no filters of system calls: it refuses them with EINVAL.
  const env = { STARTUP_SERVER_NO_SANDBOX: "1" };
  return { name: "native", command: ["qemu-aarch64-static", binary], env, problem: undefined };
}

/** Why there is no native host; undefined where there is one. */
async function findNativeProblem(): Promise<string | undefined> {
  try {
    await buildNative();
  } catch (thrown) {
    return `it cannot be built: ${lastLineOf(thrown)}`;
  }
  return existsSync(NATIVE_BINARY) ? undefined : "its build left no binary";
}

function lastLineOf(thrown: unknown): string {
  const lines = String(thrown instanceof Error ? thrown.message : thrown)
    .trim()
    .split("\n");
  return lines.at(-1) ?? "";
}
