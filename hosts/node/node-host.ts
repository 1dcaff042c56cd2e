/** The Node host: the same server over node:net and node:fs, without a compiler. */

import { createHash, randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import type { Host, HostEvents } from "../../src/host.ts";
import { nodeFiles } from "./node-files.ts";
import { listen } from "./node-listener.ts";
import { openLog } from "./node-log.ts";

/** Node keeps descriptors of its own, and refuses none gently: the server stays far below any usual limit. */
const MAX_CONNECTIONS = 512;

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
    maxConnections: MAX_CONNECTIONS,
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
