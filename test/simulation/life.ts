/** One process from its start to its end: callers, time and signals happen to it in a seeded order. */

import { LATER } from "../../src/later.ts";
import { main } from "../../src/main.ts";
import { AnswerJudge } from "./answer-judge.ts";
import { Caller } from "./caller.ts";
import { refusalAtStart } from "./command.ts";
import { CommitNotes } from "./commit-notes.ts";
import { findClaimed } from "./claimed.ts";
import type { SimulatedEnvironment } from "./environments.ts";
import { FileJudge } from "./file-judge.ts";
import { HostCalls, ProcessEnd } from "./host-calls.ts";
import { LeavingJudge } from "./leaving-judge.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedFiles } from "./simulated-files.ts";
import { type Clock, SimulatedHost } from "./simulated-host.ts";
import { SimulatedSocket } from "./simulated-socket.ts";
import type { Trace } from "./trace.ts";
import type { Violations } from "./violation.ts";

/** More than any run needs that comes to an end at all. */
const MAX_STEPS = 60_000;
/** How long a starved listener looks away. */
const STARVED_MS = 100;

export interface LifeParts {
  readonly scenario: Scenario;
  readonly disk: SimulatedDisk;
  readonly random: Random;
  readonly trace: Trace;
  readonly clock: Clock;
  readonly violations: Violations;
}

export class Life {
  readonly #parts: LifeParts;
  readonly calls: HostCalls;
  readonly files: SimulatedFiles;
  readonly host: SimulatedHost;
  readonly fileJudge: FileJudge;
  readonly answerJudge: AnswerJudge;
  readonly #leavingJudge: LeavingJudge;
  /** What stands whole at the start, of an earlier claim. */
  #claimed: SimulatedEnvironment | undefined;
  readonly #mustRefuse: boolean;
  readonly #callers: readonly Caller[];
  /** Callers whose connections the program has not accepted yet. */
  readonly #backlog: Caller[] = [];
  readonly #sockets: SimulatedSocket[] = [];
  readonly #signals: Scenario["signals"][number][];
  #starvedUntilMs = 0;
  /** The calls on files behind which the directory has been checked. */
  #checkedVersion = 0;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    const { scenario, disk, random, trace, clock, violations } = parts;
    const notes = new CommitNotes(scenario.targets);
    this.calls = new HostCalls(trace, scenario.faults, scenario.crash);
    const fileJudge = new FileJudge({ ...scenario, disk, notes, violations });
    this.fileJudge = fileJudge;
    const changed = (): void => fileJudge.checkInstant();
    const { shortWritePercent, outputs } = scenario;
    const common = { random, calls: this.calls };
    this.files = new SimulatedFiles({
      ...common,
      command: scenario.command,
      disk,
      notes,
      shortWritePercent,
      changed,
    });
    this.host = new SimulatedHost({ ...scenario, ...common, files: this.files, trace, clock });
    this.#claimed = findClaimed(disk, scenario, scenario.earlier);
    const stands = outputs.some(({ path }) => disk.find(path) !== undefined);
    this.#mustRefuse = scenario.ifExists === "refuse" && stands;
    this.answerJudge = new AnswerJudge({ files: fileJudge, outputs, notes, violations, clock });
    const { calls, host, answerJudge: answers } = this;
    const reused = (): SimulatedEnvironment | undefined =>
      this.hasReused ? this.#claimed : undefined;
    const judged = { calls, host, answers, reused, sockets: this.#sockets, files: fileJudge };
    this.#leavingJudge = new LeavingJudge({ ...judged, scenario, violations, clock });
    this.#callers = scenario.callers.map((plan) => new Caller(plan, random));
    this.#signals = scenario.signals.toSorted((left, right) => left.atMs - right.atMs);
  }

  /** Until the process has ended, or nothing will ever happen to it again. */
  run(): void {
    this.#tell("start", () => main(this.host, () => LATER));
    if (!this.calls.hasCrashed) this.#checkStart();
    if (this.#parts.scenario.faults.length === 0 && !this.#isOver) this.fileJudge.checkAside();
    for (let steps = 0; !this.#isOver; steps += 1) {
      if (steps > MAX_STEPS) {
        this.#parts.violations.report("nobody_waits_for_ever", "it does not come to rest");
      }
      if (this.#parts.random.chance(3)) this.#pass(this.#parts.random.below(2000) / 1000);
      if (this.#parts.random.below(1000) < this.#parts.scenario.jumpPermille) this.#jump();
      if (!this.#step() && !this.#passUntilNext()) break;
    }
    if (this.#parts.violations.first === undefined && !this.calls.hasCrashed) {
      this.#leavingJudge.checkEnd();
    }
  }

  /** Whether the process has ended at its start because a claim had been made before. */
  get hasReused(): boolean {
    return this.host.lines.some((line) => line.includes("reused what was claimed before"));
  }

  #checkStart(): void {
    const { violations, scenario, disk } = this.#parts;
    // A directory may have been put back that a killed predecessor had moved aside.
    this.#claimed ??= findClaimed(disk, scenario, scenario.earlier);
    const { command } = scenario;
    if (command !== undefined && refusalAtStart(command) !== undefined) return;
    const mayReuse = scenario.ifExists === "reuse" && this.#claimed !== undefined;
    if (this.hasReused && !mayReuse) {
      violations.report("reused_only_if_whole", "something else than a whole claim is reused");
    }
    if (scenario.faults.length > 0) return;
    if (mayReuse && !this.hasReused) {
      violations.report("claimed_is_reused", "what was claimed stands whole and is not reused");
    }
    if (this.#mustRefuse && this.host.status !== 73) {
      violations.report("right_answer", "it does not end though an output stands already");
    }
    if (this.hasReused && this.#claimed !== undefined) this.fileJudge.checkDurable(this.#claimed);
  }

  get #isOver(): boolean {
    return this.calls.isOver || this.#parts.violations.first !== undefined;
  }

  /** Lets one of those to whom something can happen have its turn; whether there was one. */
  #step(): boolean {
    const turns = 1 + this.#callers.length + this.#sockets.length;
    const first = this.#parts.random.below(turns);
    for (let count = 0; count < turns; count += 1) {
      if (this.#take((first + count) % turns)) return true;
    }
    return false;
  }

  #take(turn: number): boolean {
    if (turn === 0) return this.#stepHost();
    const caller = this.#callers[turn - 1];
    if (caller !== undefined) return this.#stepCaller(caller);
    const socket = this.#sockets[turn - 1 - this.#callers.length];
    if (socket === undefined) return false;
    let hasStepped = false;
    this.#tell("", () => {
      hasStepped = socket.step();
    });
    if (hasStepped) this.#leavingJudge.touch(socket);
    return hasStepped;
  }

  #stepCaller(caller: Caller): boolean {
    if (caller.socket !== undefined || !this.host.isListening) return caller.step(this.#nowMs);
    if (caller.nextMs > this.#nowMs) return false;
    const { random, trace } = this.#parts;
    const { windowBytes } = caller.plan;
    const id = this.#callers.indexOf(caller) + 1;
    const { stream } = caller;
    const { calls, answerJudge: watcher } = this;
    caller.socket = new SimulatedSocket({ id, stream, windowBytes, random, trace, calls, watcher });
    trace.note(`caller ${id} connects`);
    this.#backlog.push(caller);
    return true;
  }

  #stepHost(): boolean {
    const { tellOpened, events } = this.host;
    if (events === undefined) return false;
    const [signal] = this.#signals;
    if (signal !== undefined && signal.atMs <= this.#nowMs) {
      this.#signals.shift();
      return this.#tell(signal.signal, () => {
        this.#leavingJudge.expectEnd(signal.signal);
        events.signalled(signal.signal);
      });
    }
    if (tellOpened !== undefined) return this.#tell("opened", tellOpened);
    if (this.host.wakeMs <= this.#nowMs) return this.#wake(() => events.woken());
    return this.#accept();
  }

  #wake(woken: () => void): true {
    this.host.wakeMs = Infinity;
    this.#tell("woken", woken);
    this.#leavingJudge.checkIdle();
    return true;
  }

  #accept(): boolean {
    const { events, isListening } = this.host;
    const [caller] = this.#backlog;
    const socket = caller?.socket;
    if (events === undefined || caller === undefined || socket === undefined) return false;
    if (!isListening || this.#starvedUntilMs > this.#nowMs) return false;
    const openCount = this.#sockets.filter(({ isDestroyed }) => !isDestroyed).length;
    if (openCount >= this.#parts.scenario.maxConnections) this.answerJudge.isCrowded = true;
    if (this.#parts.random.chance(this.#parts.scenario.shortagePercent)) {
      this.answerJudge.isCrowded = true;
      this.#starvedUntilMs = this.#nowMs + STARVED_MS;
      return this.#tell("no descriptor is free", () => events.acceptFailed());
    }
    this.#backlog.shift();
    this.#sockets.push(socket);
    this.#leavingJudge.touch(socket);
    this.answerJudge.open(socket, caller);
    return this.#tell(`accepts ${socket.parts.id}`, () => socket.open(events.accepted(socket)));
  }

  /** One call into the program, as its host makes it, and what must hold behind it. */
  #tell(what: string, tell: () => void): true {
    if (what !== "") this.#parts.trace.note(`${this.#nowMs.toFixed(1)} ${what}`);
    try {
      tell();
      // Nothing else happens between: a host that fails late has let go of everybody before.
      while (this.host.tellFailed !== undefined) this.host.tellFailed();
    } catch (thrown) {
      if (!(thrown instanceof ProcessEnd)) {
        const sentence =
          thrown instanceof Error ? `${thrown.stack}` : "something else than an error";
        this.#parts.violations.report("no_exception", sentence);
      }
    }
    if (this.host.draws > 0 && this.#sockets.length === 0) {
      this.#parts.violations.report("clones_differ", "something is drawn before anybody came");
    }
    if (this.calls.hasCrashed) return true;
    if (this.files.version !== this.#checkedVersion) {
      this.#checkedVersion = this.files.version;
      this.fileJudge.checkBetweenEvents(this.files);
    }
    if (!this.calls.isOver) this.#leavingJudge.checkWakes();
    return true;
  }

  get #nowMs(): number {
    return this.#parts.clock.monotonicMs;
  }

  #pass(ms: number): void {
    this.#parts.clock.monotonicMs += ms;
    this.#parts.clock.epochMs += ms;
  }

  /** The machine was suspended, or somebody set its clock. */
  #jump(): void {
    const { random, clock } = this.#parts;
    if (random.chance(50)) this.#pass(random.pick([50, 1000, 9000, 40_000, 3_600_000]));
    else clock.epochMs += random.between(-100_000, 100_000) * 60_000;
    this.#parts.trace.note(`${this.#nowMs.toFixed(1)} the clock jumps`);
  }

  /** Lets time pass until something is due; whether anything ever is. */
  #passUntilNext(): boolean {
    let nextMs = this.host.wakeMs;
    for (const caller of this.#callers) {
      if (caller.socket !== undefined || this.host.isListening) {
        nextMs = Math.min(nextMs, Math.max(caller.nextMs, this.#nowMs + 0.001));
      }
    }
    for (const { atMs } of this.#signals) nextMs = Math.min(nextMs, atMs);
    if (this.#backlog.length > 0) nextMs = Math.min(nextMs, this.#starvedUntilMs);
    if (nextMs === Infinity) return false;
    this.#pass(Math.max(0, nextMs - this.#nowMs));
    // The sum may be a rounding error short of it, for ever.
    this.#parts.clock.monotonicMs = Math.max(nextMs, this.#nowMs);
    return true;
  }
}
