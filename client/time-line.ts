/** A claim's time: its deadline, who may stop it, and the pauses between attempts. */

import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { onAbort } from "./abort.ts";
import type { Patience } from "./exchange.ts";

/** `unsent`: nothing of the environment has left this process. */
export type Phase = "unsent" | "sent";

/** Why nothing more is tried. */
export type Stop = "deadline" | "aborted";

/** Who may stop a claim. */
export interface Stops {
  readonly deadlineMs: number;
  /** The longest time for one request. */
  readonly attemptMs: number;
  /** Stops at any moment. */
  readonly signal: AbortSignal | undefined;
  /** Stops only while nothing has been sent. */
  readonly hold: AbortSignal | undefined;
}

export const DEFAULT_DEADLINE_MS = 60_000;
export const DEFAULT_ATTEMPT_MS = 10_000;

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/**
 * How long to wait behind so many failures in a row: anything up to twice as long each time, so that
 * many callers who failed together do not come back together. `random` is from 0 to 1.
 */
export function pauseMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
}

export class TimeLine {
  readonly #stops: Stops;
  readonly #startMs = performance.now();
  #failures = 0;
  #isOver = false;

  constructor(stops: Stops) {
    this.#stops = stops;
  }

  /** Milliseconds that only grow. */
  get nowMs(): number {
    return performance.now();
  }

  get durationMs(): number {
    return this.nowMs - this.#startMs;
  }

  /** How long a request may take, and who may end it. */
  patience(phase: Phase): Patience {
    const { signal, hold, attemptMs } = this.#stops;
    const signals = [signal, phase === "unsent" ? hold : undefined];
    return {
      timeoutMs: Math.max(1, Math.min(attemptMs, this.#remainingMs)),
      signals: signals.filter((one) => one !== undefined),
    };
  }

  /** Whether less than a whole attempt's time remains. */
  get isShort(): boolean {
    return this.#remainingMs < this.#stops.attemptMs;
  }

  stopped(phase: Phase): Stop | undefined {
    const { signals } = this.patience(phase);
    if (signals.some(({ aborted }) => aborted)) return "aborted";
    return this.#isOver || this.#remainingMs <= 0 ? "deadline" : undefined;
  }

  /** Waits before the next attempt, no longer than until the claim is stopped. */
  async pause(phase: Phase): Promise<void> {
    const wantedMs = pauseMs(this.#failures, Math.random());
    this.#failures += 1;
    const { signals } = this.patience(phase);
    const woken = new AbortController();
    const forget = onAbort(signals, () => woken.abort());
    const pausedMs = Math.max(0, Math.min(wantedMs, this.#remainingMs));
    // A timer may fire a moment early; an attempt that has that moment would only be cut off.
    this.#isOver = pausedMs < wantedMs;
    // Aborted, it rejects: the claim is stopped, which whoever goes on sees for himself.
    await delay(pausedMs, undefined, { signal: woken.signal }).catch(() => undefined);
    forget();
  }

  /** From here on pauses are short again. */
  resetPauses(): void {
    this.#failures = 0;
  }

  get #remainingMs(): number {
    return this.#stops.deadlineMs - this.durationMs;
  }
}
