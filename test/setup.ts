/** Builds both hosts before any test runs, and tells the tests which of them there are. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { TestProject } from "vitest/node";
import { buildNative } from "../scripts/build.mjs";
import { bundle } from "../scripts/bundle.mjs";
import { isCi } from "./blackbox/ci.ts";

/** A host's program as the black-box suite starts it; `problem` tells why it cannot be started. */
export interface HostProgram {
  readonly name: "node" | "native";
  readonly command: readonly string[];
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

export async function setup(project: TestProject): Promise<void> {
  await bundle("node");
  const problem = await findNativeProblem();
  if (problem !== undefined) {
    if (isCi()) throw new Error(`The native host is mandatory in CI: ${problem}`);
    process.stderr.write(`\nSKIPPED: every story on the native host: ${problem}\n\n`);
  }
  project.provide("hosts", [
    { name: "node", command: [process.execPath, NODE_BUNDLE], problem: undefined },
    { name: "native", command: [NATIVE_BINARY], problem },
  ]);
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
