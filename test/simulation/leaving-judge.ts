/** Checks that nobody waits for ever: deadlines, the leaving behind a claim, and the exit status. */

import type { Signal } from "../../src/host.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Scenario } from "./scenario.ts";
import type { Clock, SimulatedHost } from "./simulated-host.ts";
import type { SimulatedSocket } from "./simulated-socket.ts";
import type { Violations } from "./violation.ts";

/** The longest that the program may keep a connection on which nothing happens (DESIGN.md, 2.4). */
const IDLE_TIMEOUT_MS = 30_000;

const SIGNAL_STATUS: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

export interface LeavingJudgeParts {
  readonly scenario: Scenario;
  readonly host: SimulatedHost;
  readonly calls: HostCalls;
  readonly answers: AnswerJudge;
  readonly violations: Violations;
  readonly clock: Clock;
  /** The connections that have been accepted. */
  readonly sockets: readonly SimulatedSocket[];
}

export class LeavingJudge {
  readonly #parts: LeavingJudgeParts;
  readonly #lastEventMs = new Map<SimulatedSocket, number>();
  /** What the first signal before a claim makes the exit status. */
  #signalStatus: number | undefined;
  #heardSignals = 0;

  constructor(parts: LeavingJudgeParts) {
    this.#parts = parts;
  }

  /** Something is about to happen on that connection. */
  touch(socket: SimulatedSocket): void {
    this.#lastEventMs.set(socket, this.#parts.clock.monotonicMs);
  }

  /** The program is about to hear a signal. */
  expectEnd(signal: Signal): void {
    this.#heardSignals += 1;
    if (this.#parts.answers.claimedMs === undefined) this.#signalStatus = SIGNAL_STATUS[signal];
  }

  /** After each event: who waits is woken in time, for its own deadline or to leave behind a claim. */
  checkWakes(): void {
    const { host, answers, scenario, sockets, clock } = this.#parts;
    if (this.#signalStatus !== undefined) this.#fail("a signal does not end a server that waits");
    if (answers.claimedMs !== undefined && host.wakeMs > answers.claimedMs + scenario.drainMs) {
      this.#fail("it has been claimed and will not leave in time");
    }
    const ignored = sockets.find(({ isIgnored }) => isIgnored);
    if (ignored !== undefined) this.#fail(`connection ${ignored.parts.id} is not listened to`);
    const hasOpen = sockets.some(({ isDestroyed }) => !isDestroyed);
    if (hasOpen && host.wakeMs > clock.monotonicMs + IDLE_TIMEOUT_MS) {
      this.#fail("a connection has no deadline");
    }
  }

  /** After it was woken: it has let go of every connection on which nothing happened for too long. */
  checkIdle(): void {
    const { answers, clock, sockets, calls } = this.#parts;
    if (calls.isOver) return;
    for (const socket of sockets) {
      const lastMs = Math.max(this.#lastEventMs.get(socket) ?? 0, answers.lastSentMs(socket));
      if (!socket.isDestroyed && clock.monotonicMs - lastMs > IDLE_TIMEOUT_MS + 1) {
        this.#fail(`connection ${socket.parts.id} is kept for ever`);
      }
    }
  }

  /** Nothing will ever happen again, or the process has ended of its own will. */
  checkEnd(): void {
    const { answers, calls, clock, scenario, sockets } = this.#parts;
    const { claimedMs } = answers;
    if (!calls.isOver) {
      if (claimedMs !== undefined) this.#fail("it has been claimed and does not leave");
      const open = sockets.find(({ isDestroyed }) => !isDestroyed);
      if (open !== undefined) this.#fail(`connection ${open.parts.id} is kept for ever`);
      return;
    }
    const hasDrained = claimedMs !== undefined && clock.monotonicMs >= claimedMs + scenario.drainMs;
    answers.mayLeaveUnheard = claimedMs === undefined || hasDrained || this.#heardSignals > 1;
    for (const socket of sockets) socket.vanish();
    this.#checkStatus(claimedMs !== undefined);
  }

  #checkStatus(hasClaimed: boolean): void {
    const { host, scenario, violations } = this.#parts;
    const expected = hasClaimed ? [0] : [];
    if (this.#signalStatus !== undefined) expected.push(this.#signalStatus);
    if (!hasClaimed && scenario.listenErrno !== undefined) expected.push(69);
    const mayNotBegin = scenario.faults.some(({ call }) => call === "checkDirectory");
    if (!hasClaimed && mayNotBegin) expected.push(73);
    if (host.status !== undefined && expected.includes(host.status)) return;
    const wanted = expected.join(" or ") || "none";
    const detail = `expected the exit status ${wanted}, got ${host.status}`;
    violations.report("exit_0_only_if_durable", detail);
  }

  #fail(detail: string): void {
    this.#parts.violations.report("nobody_waits_for_ever", detail);
  }
}
