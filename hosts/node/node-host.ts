/** The Node host: the same server over node:net and node:fs, without a compiler. */

import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import type { Host, HostEvents } from "../../src/host.ts";
import { attempt, nodeFiles } from "./node-files.ts";
import { listen } from "./node-listener.ts";
import { openLog } from "./node-log.ts";

/** Descriptors that Node and a commit need beside connections. */
const RESERVED_DESCRIPTORS = 40;

/** RLIMIT_NOFILE of this process (proc(5), limits); Infinity where the system does not tell it so. */
function maxOpenFiles(): number {
  const limits = attempt(() => readFileSync("/proc/self/limits", "latin1"));
  const soft = limits.ok ? /^Max open files\s+(\d+)/m.exec(limits.value)?.[1] : undefined;
  return soft === undefined ? Infinity : Number(soft);
}

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

export function createNodeHost(): Host {
  const log = openLog();
  let timer: NodeJS.Timeout | undefined;
  let events: HostEvents | undefined;
  return {
    name: "node",
    engine: `Node.js ${process.versions.node}`,
    args: process.argv.slice(2),
    pid: process.pid,
    maxConnections: Math.max(1, maxOpenFiles() - RESERVED_DESCRIPTORS),
    files: nodeFiles,
    variable: (name) => process.env[name],
    monotonicMs: () => performance.now(),
    epochMs: () => Date.now(),
    randomBytes: (count) => randomBytes(count),
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
    print: (text) => {
      writeSync(1, text);
    },
    log,
    listen: (address, listening, opened) => {
      events = listening;
      for (const signal of SIGNALS) process.on(signal, () => listening.signalled(signal));
      listen(address, listening, opened);
    },
    confine: undefined,
    wakeAt: (monotonicMs) => {
      clearTimeout(timer);
      const delayMs = Math.max(0, Math.ceil(monotonicMs - performance.now()));
      timer = setTimeout(() => events?.woken(), delayMs);
    },
    exit: (status) => {
      process.exit(status);
    },
  };
}
