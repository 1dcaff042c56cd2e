/** Checks that nobody waits for ever: deadlines, the leaving behind a claim, and the exit status. */

import type { Signal } from "../../src/host.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import { expectBehindClaim, refusalAtStart } from "./command.ts";
import type { SimulatedEnvironment } from "./environments.ts";
import type { FileJudge } from "./file-judge.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Scenario } from "./scenario.ts";
import type { Clock, SimulatedHost } from "./simulated-host.ts";
import type { SimulatedSocket } from "./simulated-socket.ts";
import type { Violations } from "./violation.ts";

const SIGNAL_STATUS: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

export interface LeavingJudgeParts {
  readonly scenario: Scenario;
  readonly host: SimulatedHost;
  readonly calls: HostCalls;
  readonly answers: AnswerJudge;
  readonly files: FileJudge;
  readonly violations: Violations;
  /** What was claimed before and is reused. */
  readonly reused: () => SimulatedEnvironment | undefined;
  readonly clock: Clock;
  /** The connections that have been accepted. */
  readonly sockets: readonly SimulatedSocket[];
}

export class LeavingJudge {
  readonly #parts: LeavingJudgeParts;
  readonly #lastEventMs = new Map<SimulatedSocket, number>();
  /** What the first signal before a claim makes the exit status. */
  #signalStatus: number | undefined;
  /** The same for the first behind a claim, where a command is still to begin. */
  #lateStatus: number | undefined;
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
    else if (this.#parts.scenario.command !== undefined) {
      this.#lateStatus ??= SIGNAL_STATUS[signal];
    }
  }

  /** After each event: who waits is woken in time, for its own deadline or to leave behind a claim. */
  checkWakes(): void {
    const { host, answers, scenario, sockets, clock } = this.#parts;
    if (this.#signalStatus !== undefined) this.#fail("a signal does not end a server that waits");
    if (answers.claimedMs !== undefined && host.wakeMs > answers.claimedMs + scenario.drainMs) {
      this.#fail("it has been claimed and will not leave in time");
    }
    const waiting = sockets.find((socket) => answers.isWaiting(socket));
    if (answers.claimedMs !== undefined && waiting !== undefined) {
      this.#fail(`connection ${waiting.parts.id} waits to be told of the claim`);
    }
    const giveUpMs = host.openedMs + scenario.maxWaitMs;
    if (host.isListening && answers.claimedMs === undefined && host.wakeMs > giveUpMs) {
      this.#fail("it will wait for longer than it may");
    }
    // Nobody listens to what comes behind a request that waits.
    const ignored = sockets.find((socket) => socket.isIgnored && !answers.isWaiting(socket));
    if (ignored !== undefined) this.#fail(`connection ${ignored.parts.id} is not listened to`);
    const open = sockets.filter(({ isDestroyed }) => !isDestroyed);
    const maxIdleMs = Math.min(...open.map((socket) => answers.maxIdleMs(socket)));
    if (host.wakeMs > clock.monotonicMs + maxIdleMs) this.#fail("a connection has no deadline");
    const isAlone = open.length === 0 && host.isListening && answers.claimedMs === undefined;
    if (isAlone && host.wakeMs < giveUpMs) this.#fail("it will be woken for nobody");
  }

  /** After it was woken: it has let go of every connection on which nothing happened for too long. */
  checkIdle(): void {
    const { answers, clock, sockets, calls } = this.#parts;
    if (calls.isOver) return;
    for (const socket of sockets) {
      const lastMs = Math.max(this.#lastEventMs.get(socket) ?? 0, answers.lastSentMs(socket));
      const maxIdleMs = answers.maxIdleMs(socket);
      if (!socket.isDestroyed && clock.monotonicMs - lastMs > maxIdleMs + 1) {
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
    const { host, scenario, violations, clock } = this.#parts;
    const { command } = scenario;
    const goesOn = hasClaimed || this.#parts.reused() !== undefined;
    if (goesOn && command !== undefined) return this.#checkProgram();
    const expected = goesOn ? [0] : [];
    const refusal = command === undefined ? undefined : refusalAtStart(command);
    if (refusal !== undefined) expected.push(refusal);
    if (this.#signalStatus !== undefined) expected.push(this.#signalStatus);
    if (!hasClaimed && scenario.listenErrno !== undefined) expected.push(69);
    const mayNotBegin = scenario.faults.some(
      ({ call }) =>
        call === "checkDirectory" || (call === "setOwner" && scenario.owner !== undefined),
    );
    if (scenario.ifExists === "refuse") expected.push(73);
    if (!hasClaimed && mayNotBegin) expected.push(73);
    const isLate = clock.monotonicMs >= host.openedMs + scenario.maxWaitMs;
    if (!hasClaimed && isLate) expected.push(75);
    if (refusal !== undefined && host.isListening) this.#fail("it waits for a hopeless claim");
    if (host.status !== undefined && expected.includes(host.status)) return;
    const wanted = expected.join(" or ") || "none";
    const detail = `expected the exit status ${wanted}, got ${host.status}`;
    violations.report("exit_0_only_if_durable", detail);
  }

  /** The command begins with what was claimed, unless it cannot, or a signal has come before. */
  #checkProgram(): void {
    const { host, scenario, files, violations } = this.#parts;
    const { command } = scenario;
    const environment = files.winner ?? this.#parts.reused();
    if (command === undefined || environment === undefined) return;
    const behindClaim = this.#lateStatus ?? expectBehindClaim(command, environment);
    const became = host.program ?? host.status;
    if (JSON.stringify(became) === JSON.stringify(behindClaim)) return;
    const [got, wanted] = [JSON.stringify(became), JSON.stringify(behindClaim)];
    violations.report("command_as_claimed", `expected ${wanted}, got ${got}`);
  }

  #fail(detail: string): void {
    this.#parts.violations.report("nobody_waits_for_ever", detail);
  }
}
