/** Where the measurements are made: folders, ports, cores. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

/** Built servers and tools. */
export const BUILT = resolve(".cache/bench");
mkdirSync(BUILT, { recursive: true });

/** The core of the server that is measured, and the core of what loads it; -1 is any. */
export const SERVER_CORE = cpus().length > 1 ? 0 : -1;
export const LOAD_CORE = cpus().length > 1 ? 1 : -1;

/** Runs the command on one core. */
export function onCore(core: number, command: readonly string[]): readonly string[] {
  return core < 0 ? command : ["taskset", "-c", String(core), ...command];
}

/** Below the ports that the system gives to callers, which would meet themselves there. */
const FIRST_PORT = 12_000;
const PORTS = 18_000;
let next = process.pid % PORTS;

/** The first of so many consecutive ports that nobody listens on, and no earlier run has had lately. */
export function takePorts(count = 1): number {
  const taken = listListening();
  for (let tries = 0; tries < PORTS; tries += 1) {
    if (next + count > PORTS) next = 0;
    const first = FIRST_PORT + next;
    const isFree = (_: unknown, index: number): boolean => !taken.has(first + index);
    if (Array.from({ length: count }).every(isFree)) {
      next += count;
      return first;
    }
    next += 1;
  }
  throw new Error(`No ${count} consecutive ports are free`);
}

/** The ports that somebody listens on: state 0A in the kernel's tables (proc_pid_net(5)). */
function listListening(): ReadonlySet<number> {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].filter((path) => existsSync(path));
  const text = tables.map((path) => readFileSync(path, "utf8")).join("");
  const ports = [...text.matchAll(/^ *\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} 0A /gm)];
  return new Set(ports.map(([, port = ""]) => Number.parseInt(port, 16)));
}

/** Calls `use` with a fresh directory on the disk, and removes it afterwards. */
export async function withDirectory<Value>(
  use: (directory: string) => Value | Promise<Value>,
): Promise<Value> {
  const directory = mkdtempSync(join(tmpdir(), "startup-server-bench-"));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
