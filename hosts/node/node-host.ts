/** The Node host: the same server over node:net and node:fs, without a compiler. */

import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { openSync, readFileSync, readSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { isatty } from "node:tty";
import type { BuiltText, Host, HostEvents } from "../../src/host.ts";
import { attempt, nodeFiles } from "./node-files.ts";
import { connect, listen } from "./node-listener.ts";
import { openLog } from "./node-log.ts";
import { become, closeInherited, listInherited } from "./node-program.ts";

/** Put in by the bundler. */
declare const BUILT_TEXTS: Readonly<Record<BuiltText, string>>;

/** Descriptors that Node and a commit need beside connections. */
const RESERVED_DESCRIPTORS = 40;

/** RLIMIT_NOFILE of this process (proc(5), limits); Infinity where the system does not tell it so. */
function maxOpenFiles(): number {
  return softLimit(/^Max open files\s+(\d+)/m);
}

function softLimit(pattern: RegExp): number {
  const limits = attempt(() => readFileSync("/proc/self/limits", "latin1"));
  const soft = limits.ok ? pattern.exec(limits.value)?.[1] : undefined;
  return soft === undefined ? Infinity : Number(soft);
}

/**
 * Draws from the kernel each time: Node's own generator is seeded when Node starts, so that clones
 * of a virtual machine's snapshot would all draw the same.
 */
function openRandom(): () => string {
  const device = attempt(() => openSync("/dev/urandom", "r"));
  return () => {
    const bytes = Buffer.alloc(16);
    const drawn = device.ok && attempt(() => readSync(device.value, bytes, 0, 16, null));
    const isWhole = drawn && drawn.ok && drawn.value === bytes.length;
    return formatUuid(isWhole ? bytes : randomBytes(16));
  };
}

function formatUuid(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Node has no datagrams for unix sockets: systemd's own program sends the text, where there is one. */
function notify(_path: string, text: string): void {
  const child = spawn("systemd-notify", [`--pid=${process.pid}`, text], { stdio: "ignore" });
  child.on("error", () => undefined).unref();
}

/** Leaves no connection and no descriptor of ours to another program. */
function letGo(sockets: Iterable<Socket>): void {
  for (const socket of sockets) socket.destroy();
  closeInherited();
}

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** The one time that is asked for. */
class Alarm {
  #timer: NodeJS.Timeout | undefined;

  /** In place of the time that was asked for before; Infinity is never. */
  set(monotonicMs: number, ring: () => void): void {
    clearTimeout(this.#timer);
    if (monotonicMs === Infinity) return;
    const delayMs = Math.max(0, Math.ceil(monotonicMs - performance.now()));
    // What came while something took long is taken in before anybody is told to be late.
    this.#timer = setTimeout(() => setImmediate(ring), delayMs);
  }
}

export function createNodeHost(): Host {
  const log = openLog();
  const alarm = new Alarm();
  let events: Pick<HostEvents, "woken"> | undefined;
  const sockets = new Set<Socket>();
  return {
    name: "node",
    engine: `Node.js ${process.versions.node}`,
    args: process.argv.slice(2),
    pid: process.pid,
    maxConnections: Math.max(1, maxOpenFiles() - RESERVED_DESCRIPTORS),
    files: nodeFiles,
    variable: (name) => process.env[name],
    variables: (prefix) =>
      Object.entries(process.env).flatMap(([name, value]) =>
        value !== undefined && name.startsWith(prefix) ? [[name, value] as const] : [],
      ),
    userId: () => process.geteuid?.() ?? 0,
    inherited: listInherited,
    monotonicMs: () => performance.now(),
    epochMs: () => Date.now(),
    randomUuid: openRandom(),
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
    isTerminal: () => isatty(2),
    builtText: (name) => BUILT_TEXTS[name],
    print: (text) => void attempt(() => writeSync(1, text)),
    log,
    listen: (place, listening, opened) => {
      events = listening;
      for (const signal of SIGNALS) process.on(signal, () => listening.signalled(signal));
      listen(place, listening, opened, sockets);
    },
    connect: (address, client) => connect(address, (events = client)),
    notify,
    confine: undefined,
    wakeAt: (monotonicMs) => alarm.set(monotonicMs, () => events?.woken()),
    maxStackBytes: () => softLimit(/^Max stack size\s+(\d+)/m),
    become: (program, failed) => {
      alarm.set(Infinity, () => undefined);
      letGo(sockets);
      become(program, failed);
    },
    exit: (status) => process.exit(status),
  };
}
