/** Lives of the native host that are counted instead of timed: instructions, allocations, system calls. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ask } from "./dialogue.ts";
import { takePorts } from "./place.ts";

export interface CountedLife {
  /** Executed in user mode, as callgrind counts them. */
  readonly instructions: number;
  /** Calls of the engine's allocator that ask for memory. */
  readonly allocations: number;
}

export interface LifeOptions {
  readonly binary: string;
  readonly directory: string;
  /** What it is asked, one after the other. SIGTERM ends it, unless a claim does. */
  readonly requests: readonly string[];
  /** Whether each byte of them is sent alone, once the one before has been read. */
  readonly isSplit?: boolean;
  /** Beside port, address and file. */
  readonly args?: readonly string[];
}

/** A life under callgrind. The sandbox is left out, which would end valgrind itself. */
export async function countInstructions(options: LifeOptions): Promise<CountedLife> {
  const out = join(options.directory, `callgrind-${takePorts()}`);
  const valgrind = ["valgrind", "--tool=callgrind", `--callgrind-out-file=${out}`];
  await live(valgrind, { ...options, args: [...(options.args ?? []), "--no-sandbox"] });
  const counted = parseCallgrind(readFileSync(out, "utf8"));
  rmSync(out);
  return counted;
}

/** System calls up to the one that tells that the server waits, and from there to its end. */
export interface CountedCalls {
  readonly start: number;
  readonly rest: number;
}

/** A life under strace, which has to end by a claim. */
export async function countSystemCalls(options: LifeOptions): Promise<CountedCalls> {
  const out = join(options.directory, `strace-${takePorts()}`);
  await live(["strace", "-f", "-s", "512", "-o", out], options);
  const counted = parseTrace(readFileSync(out, "utf8"));
  rmSync(out);
  return counted;
}

async function live(wrapper: readonly string[], options: LifeOptions): Promise<void> {
  const { binary, directory, requests, isSplit = false, args = [] } = options;
  const port = takePorts();
  const file = join(directory, `counted-${port}.env`);
  const own = ["--host", "127.0.0.1", "--port", String(port), "--file", file, ...args];
  const [command = "", ...rest] = [...wrapper, binary, ...own];
  const child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe"] });
  const closed = once(child, "close");
  const said = await listenUntilReady(child.stderr, closed);
  let isClaimed = false;
  for (const request of requests) {
    const status = await ask(port, request, isSplit ? "byte by byte" : "at once");
    if (Number.isNaN(status)) throw new Error(`A request was not answered: ${said.join("")}`);
    isClaimed = status === 200 && !request.startsWith("GET /heart_beat ");
  }
  if (!isClaimed) child.kill("SIGTERM");
  await closed;
}

/** What the program says, as it comes; returns once it waits, and throws where it ends before. */
async function listenUntilReady(
  stderr: NodeJS.ReadableStream,
  closed: Promise<unknown>,
): Promise<readonly string[]> {
  const said: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    stderr.on("data", (text) => {
      said.push(String(text));
      if (said.join("").includes(READY)) resolve();
    });
    void closed.then(() => reject(new Error(`The program did not start: ${said.join("")}`)));
  });
  await ready;
  return said;
}

const READY = "waiting for a claim";

/** Sums a callgrind profile. The functions of the engine's allocator have to be named in it. */
export function parseCallgrind(profile: string): CountedLife {
  const names = new Map<string, string>();
  let called = "";
  let allocations = 0;
  let isAllocatorSeen = false;
  let instructions = Number.NaN;
  for (const line of profile.split("\n")) {
    const [, key, id = "", name] = /^(c?fn)=(\(\d+\))(?: (.+))?$/.exec(line) ?? [];
    if (name !== undefined) names.set(id, name);
    if (key === "cfn") called = names.get(id) ?? "";
    const calls = /^calls=(\d+)/.exec(line)?.[1];
    if (calls !== undefined && ALLOCATOR.test(called)) {
      allocations += Number(calls);
      isAllocatorSeen = true;
    }
    const total = /^(?:totals|summary): (\d+)/.exec(line)?.[1];
    if (total !== undefined) instructions = Number(total);
  }
  if (Number.isNaN(instructions)) throw new Error("The profile has no total");
  if (!isAllocatorSeen) throw new Error(`No function of the profile is ${String(ALLOCATOR)}`);
  return { instructions, allocations };
}

/** hosts/native/kept.c; the linker may have appended what it specialized them for. */
const ALLOCATOR = /^arena_(?:malloc|realloc)\b/;

/** Counts the calls of a trace by strace -f. */
export function parseTrace(trace: string): CountedCalls {
  const calls = trace.split("\n").filter((line) => /^\d+ +\w+\(/.test(line));
  const waits = calls.findIndex((line) => line.includes(READY));
  if (waits < 0) throw new Error("The trace does not tell that the server waits");
  return { start: waits + 1, rest: calls.length - waits - 1 };
}
