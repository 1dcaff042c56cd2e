/** Signals and ended children over system calls, and the state that a command gets them back in. */

import type { Signal } from "../../src/host.ts";
import type { System } from "./system.ts";

const SIGNALS: Readonly<Record<number, Signal>> = { 1: "SIGHUP", 2: "SIGINT", 15: "SIGTERM" };
const SIGPIPE = 13;
const SIGCHLD = 17;
const SIGXFSZ = 25;
const AWAITED = [...Object.keys(SIGNALS).map(Number), SIGCHLD];
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;

/** struct signalfd_siginfo (signalfd(2)), whose first word is the signal's number. */
const SIGINFO_BYTES = 128;

export class NativeSignals {
  readonly #sys: System;
  /** Those that were not ignored, and not blocked, before. */
  #ignored: readonly number[] = [];
  #blocked: readonly number[] = [];

  constructor(sys: System) {
    this.#sys = sys;
  }

  /** A descriptor in which signals wait, which works as process 1 too: no handler, no interrupted call. */
  open(): number {
    const sys = this.#sys;
    // A vanished log reader and a file size limit are answered by errnos, not by death.
    this.#ignored = [SIGPIPE, SIGXFSZ].filter((signal) => sys.ignoreSignal(signal) === 0);
    const fresh = new Uint8Array(AWAITED);
    sys.sigprocmask(SIG_BLOCK, fresh);
    this.#blocked = AWAITED.filter((_, index) => fresh[index] !== 0);
    // Whatever has ended before that is told by no signal.
    this.#reap();
    return sys.signalfd(new Uint8Array(AWAITED));
  }

  /** Tells what has come, and takes note of children that ended: process 1 has those of others too. */
  read(descriptor: number, tell: (signal: Signal) => void): void {
    const info = new Uint8Array(SIGINFO_BYTES);
    while (this.#sys.read(descriptor, info) === SIGINFO_BYTES) {
      const signal = SIGNALS[info[0] ?? 0];
      if (signal === undefined) this.#reap();
      else tell(signal);
    }
  }

  /** What `attempt` returns; meanwhile signals are as they were before. */
  lendBack(attempt: () => number): number {
    const sys = this.#sys;
    this.#reap();
    for (const signal of this.#ignored) sys.defaultSignal(signal);
    sys.sigprocmask(SIG_UNBLOCK, new Uint8Array(this.#blocked));
    const returned = attempt();
    sys.sigprocmask(SIG_BLOCK, new Uint8Array(this.#blocked));
    for (const signal of this.#ignored) sys.ignoreSignal(signal);
    return returned;
  }

  #reap(): void {
    while (this.#sys.reap() > 0);
  }
}
