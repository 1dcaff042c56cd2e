/** The native host: the same server over system calls, with one loop that sleeps until something happens. */

import type { Host, HostEvents, Signal } from "../../src/host.ts";
import { accept } from "../../src/result.ts";
import { createNativeFiles, type OpenFlags } from "./native-files.ts";
import { NativeListener, openListener } from "./native-listener.ts";
import { POLLIN, POLLOUT, PollSet, type Watcher } from "./poll-set.ts";
import { type System, toOutcome } from "./system.ts";

const STDOUT = 1;
const STDERR = 2;

const SIGNALS: Readonly<Record<number, Signal>> = { 1: "SIGHUP", 2: "SIGINT", 15: "SIGTERM" };
const SIGPIPE = 13;
const SIGXFSZ = 25;
/** struct signalfd_siginfo (signalfd(2)), whose first word is the signal's number. */
const SIGINFO_BYTES = 128;

/** Descriptors that are needed beside connections: standard streams, listener, signals, a commit's. */
const RESERVED_DESCRIPTORS = 12;

/** How long to look away from connections that no descriptor is free for. */
const STARVED_MS = 100;

export class NativeHost {
  readonly #sys: System & OpenFlags;
  readonly #polls: PollSet;
  #events: HostEvents | undefined;
  #listener: NativeListener | undefined;
  #wakeMs = Infinity;

  constructor(sys: System & OpenFlags) {
    this.#sys = sys;
    this.#polls = new PollSet(sys);
  }

  /** What the core sees. */
  createHost(): Host {
    const sys = this.#sys;
    return {
      name: "native",
      engine: "QuickJS 2025-04-26",
      args: sys.args,
      pid: sys.getpid(),
      maxConnections: Math.max(1, sys.maxOpenFiles() - RESERVED_DESCRIPTORS),
      files: createNativeFiles(sys),
      variable: (name) => sys.getenv(name),
      monotonicMs: () => sys.monotonicMs(),
      epochMs: () => sys.epochMs(),
      randomBytes: (count) => {
        const bytes = new Uint8Array(count);
        sys.getrandom(bytes);
        return bytes;
      },
      sha256: (bytes) => {
        const digest = new Uint8Array(32);
        sys.sha256(bytes, digest);
        return digest;
      },
      print: (text) => {
        sys.writeText(STDOUT, text);
      },
      log: (line) => this.#log(line),
      listen: (address, events, opened) => {
        // First, so that none is lost that comes meanwhile: process 1 is not sent what it does not handle.
        this.#watchSignals(events);
        const descriptor = openListener(sys, address);
        if (!descriptor.ok) return opened(descriptor);
        sys.giveUpPrivileges();
        this.#events = events;
        this.#listener = new NativeListener(sys, this.#polls, descriptor.value, events);
        opened(accept(this.#listener));
      },
      confine: () => toOutcome(sys.filterCalls()),
      wakeAt: (monotonicMs) => {
        this.#wakeMs = monotonicMs;
      },
      exit: (status) => sys.exit(status),
    };
  }

  /** Waits and tells, until the core exits. Nothing is done while nothing happens. */
  run(): void {
    while (this.#listener !== undefined) {
      const starvedMs = this.#listener.isStarved ? STARVED_MS : Infinity;
      const wakeMs = this.#wakeMs === Infinity ? Infinity : this.#wakeMs - this.#sys.monotonicMs();
      const timeoutMs = Math.max(0, Math.ceil(Math.min(wakeMs, starvedMs)));
      this.#polls.wait(timeoutMs === Infinity ? -1 : timeoutMs);
      this.#listener.recover();
      if (this.#wakeMs === Infinity || this.#sys.monotonicMs() < this.#wakeMs) continue;
      // What came while something took long is taken in before anybody is told to be late.
      this.#polls.wait(0);
      this.#wakeMs = Infinity;
      this.#events?.woken();
    }
  }

  /** Signals wait in a descriptor, which works as process 1 too: no handler, no interrupted call. */
  #watchSignals(events: HostEvents): void {
    const sys = this.#sys;
    // A vanished log reader and a file size limit are answered by errnos, not by death.
    sys.ignoreSignal(SIGPIPE);
    sys.ignoreSignal(SIGXFSZ);
    const descriptor = sys.signalfd(new Uint8Array(Object.keys(SIGNALS).map(Number)));
    const info = new Uint8Array(SIGINFO_BYTES);
    const watcher: Watcher = {
      place: -1,
      ready: () => {
        while (sys.read(descriptor, info) === SIGINFO_BYTES) {
          const signal = SIGNALS[info[0] ?? 0];
          if (signal !== undefined) events.signalled(signal);
        }
      },
    };
    this.#polls.add(watcher, descriptor, POLLIN);
  }

  /** A reader that has stopped costs its lines, never a claim: where write(2) would wait, nothing is written. */
  #log(line: string): void {
    const entry = new Int32Array([STDERR, POLLOUT]);
    if (this.#sys.poll(entry, 1, 0) > 0 && (entry[1] ?? 0) >> 16 === POLLOUT) {
      this.#sys.writeText(STDERR, line);
    }
  }
}
