/** Checks every answer at the moment at which it is sent, and that each one is heard. */

import type { Caller } from "./caller.ts";
import type { CommitNotes } from "./commit-notes.ts";
import type { SimulatedEnvironment } from "./environments.ts";
import type { FileJudge } from "./file-judge.ts";
import type { SimulatedRequest } from "./requests.ts";
import { ResponseReader, type SimulatedResponse } from "./response-reader.ts";
import type { Clock } from "./simulated-host.ts";
import type { SimulatedSocket, SocketWatcher } from "./simulated-socket.ts";
import { contentOf, measure, type SimulatedTarget } from "./targets.ts";
import type { Invariant, Violations } from "./violation.ts";

/** The limits that the program documents (DESIGN.md, 2.4). */
const REQUEST_TIMEOUT_MS = 10_000;
const LINGER_MS = 2_000;
/** The longest that the program may keep a connection on which nobody waits and nothing happens. */
const IDLE_TIMEOUT_MS = 30_000;
/** Two sums of the same times may differ by so much. */
const ROUNDING_MS = 0.001;

interface Exchange {
  readonly caller: Caller;
  readonly reader: ResponseReader;
  readonly openedMs: number;
  lastSentMs: number;
  /** Before which the request that is answered next was not looked at. */
  startedMs: number;
  hasLast: boolean;
  lastStatus: number;
}

export interface AnswerJudgeParts {
  readonly files: FileJudge;
  readonly outputs: readonly SimulatedTarget[];
  readonly notes: CommitNotes;
  readonly violations: Violations;
  readonly clock: Clock;
}

export class AnswerJudge implements SocketWatcher {
  readonly #parts: AnswerJudgeParts;
  readonly #exchanges = new Map<SimulatedSocket, Exchange>();
  /** Everything that was ever sent. */
  readonly sent: string[] = [];
  /** When the winner's answer was sent. */
  claimedMs: number | undefined;
  /** Connections have been short: any of them may be closed to make room. */
  isCrowded = false;
  /** The process has been told to end, or every caller has had its time. */
  mayLeaveUnheard = false;
  #judgedCommits = 0;

  constructor(parts: AnswerJudgeParts) {
    this.#parts = parts;
  }

  open(socket: SimulatedSocket, caller: Caller): void {
    const openedMs = this.#parts.clock.monotonicMs;
    this.#exchanges.set(socket, {
      caller,
      reader: new ResponseReader(),
      openedMs,
      lastSentMs: openedMs,
      startedMs: openedMs,
      hasLast: false,
      lastStatus: 0,
    });
  }

  /** When the program has last sent something on that connection. */
  lastSentMs(socket: SimulatedSocket): number {
    return this.#exchanges.get(socket)?.lastSentMs ?? 0;
  }

  /** How long nothing may happen on that connection before the program lets go of it. */
  maxIdleMs(socket: SimulatedSocket): number {
    const requests = this.#exchanges.get(socket)?.caller.plan.requests ?? [];
    const waits = requests.map(({ expectation }) =>
      expectation.kind === "state" ? expectation.waitMs : 0,
    );
    return Math.max(IDLE_TIMEOUT_MS, ...waits);
  }

  /** Whether its caller waits for the state, and nothing stands in the way of telling it. */
  isWaiting(socket: SimulatedSocket): boolean {
    const exchange = this.#exchanges.get(socket);
    if (exchange === undefined || exchange.hasLast || socket.unsentBytes > 0) return false;
    const { caller } = exchange;
    const index = caller.answerEnds.length;
    const isComplete = socket.received >= (caller.ends[index] ?? Infinity);
    return (
      isComplete && !socket.isDestroyed && caller.plan.requests[index]?.expectation.kind === "state"
    );
  }

  sending(socket: SimulatedSocket, bytes: Uint8Array): void {
    const exchange = this.#exchanges.get(socket);
    const text = Buffer.from(bytes).toString("latin1");
    this.sent.push(text);
    if (exchange === undefined) return;
    exchange.startedMs = exchange.lastSentMs;
    exchange.lastSentMs = this.#parts.clock.monotonicMs;
    exchange.reader.push(text);
    for (;;) {
      const index = exchange.caller.answerEnds.length;
      const request = exchange.caller.plan.requests[index];
      const isComplete = socket.received >= (exchange.caller.ends[index] ?? Infinity);
      const response = exchange.reader.next(request?.isHead === true && isComplete);
      if (response === undefined) break;
      if (typeof response === "string") return this.#report("right_answer", response);
      this.#take(exchange, request, response, isComplete);
    }
    if (!exchange.reader.isBetweenResponses) this.#report("right_answer", "half an answer");
  }

  /** Every complete request has been answered, and every answer can still be heard. */
  destroying(socket: SimulatedSocket): void {
    const exchange = this.#exchanges.get(socket);
    if (exchange === undefined || socket.callerHasReset) return;
    if (this.isCrowded || this.mayLeaveUnheard) return;
    const { caller, lastSentMs, hasLast } = exchange;
    const sinceSentMs = this.#parts.clock.monotonicMs - lastSentMs;
    const isUnheard = socket.unsentBytes > 0 && sinceSentMs > REQUEST_TIMEOUT_MS - ROUNDING_MS;
    const index = caller.answerEnds.length;
    const isComplete = socket.received >= (caller.ends[index] ?? Infinity);
    const isUnfinished = caller.plan.requests[index]?.expectation.kind === "unfinished";
    if (isComplete && !isUnfinished && !hasLast && !isUnheard && this.claimedMs === undefined) {
      this.#report("nobody_waits_for_ever", `closed without an answer to request ${index + 1}`);
    }
    const isReset = socket.received < socket.sentByCaller;
    const heard = isReset ? socket.readByCaller : socket.taken;
    const isCutOff = hasLast ? heard < socket.given : socket.unsentBytes > 0;
    if (isCutOff && sinceSentMs < LINGER_MS - ROUNDING_MS) {
      this.#report("answer_is_heard", `the answer on connection ${socket.parts.id} is cut off`);
    }
  }

  #take(
    exchange: Exchange,
    request: SimulatedRequest | undefined,
    response: SimulatedResponse,
    isComplete: boolean,
  ): void {
    const { caller } = exchange;
    if (exchange.hasLast) return this.#report("right_answer", "an answer behind the last one");
    if (request === undefined) return this.#report("right_answer", "an answer to no request");
    if (response.status === 100) {
      caller.continueEnds.push(response.end);
      const mayWait = request.waitsAt !== undefined || request.expectation.kind === "unfinished";
      if (!mayWait) this.#report("right_answer", "an unwanted 100 Continue");
      return;
    }
    caller.answerEnds.push(response.end);
    exchange.hasLast = response.isLast;
    exchange.lastStatus = response.status;
    if (!response.fields.has("x-request-id")) this.#report("right_answer", "no X-Request-ID");
    this.#judge(exchange, request, response, isComplete);
    const isLeaving = this.claimedMs !== undefined;
    const mustBeLast = response.status !== 200 || !request.persists || isLeaving;
    if (mustBeLast !== response.isLast) this.#report("right_answer", "wrong Connection field");
  }

  #judge(
    exchange: Exchange,
    request: SimulatedRequest,
    response: SimulatedResponse,
    isComplete: boolean,
  ): void {
    const { expectation, label } = request;
    const { status, body } = response;
    // A caller who does not listen may have sent whole requests that are not looked at yet.
    if (status === 503 && this.isCrowded) return;
    if (!isComplete || expectation.kind === "unfinished") {
      const ageMs = this.#parts.clock.monotonicMs - exchange.openedMs;
      if (status === 408 && ageMs > REQUEST_TIMEOUT_MS - ROUNDING_MS) return;
      if (expectation.kind === "refused" && expectation.status === status) return;
      return this.#report("right_answer", `${status} to ${label}, which is not complete`);
    }
    if (expectation.kind === "claim") return this.#judgeClaim(expectation, response);
    if (expectation.kind === "validated") return this.#judgeValidation(expectation, response);
    const expected = expectation.kind === "refused" ? expectation.status : 200;
    if (status !== expected) {
      this.#report("right_answer", `expected ${expected} to ${label}, got ${status}`);
    }
    if (expectation.kind === "state") this.#judgeState(exchange, expectation.waitMs, body);
    const told = expectation.kind === "told" ? expectation.body : body;
    if (told !== body) this.#report("right_answer", `wrong body to ${label}`);
  }

  /** The state is the right one, and told no sooner than the caller wished. */
  #judgeState(exchange: Exchange, waitMs: number, body: string): void {
    const isClaimed = this.claimedMs !== undefined;
    if (body !== "" && !body.includes(`"state":"${isClaimed ? "claimed" : "waiting"}"`)) {
      this.#report("right_answer", "another state is told than there is");
    }
    const { caller, startedMs } = exchange;
    const mayHaveGone = caller.socket?.callerHasEnded === true;
    const isEarly = this.#parts.clock.monotonicMs < startedMs + waitMs - ROUNDING_MS;
    if (isEarly && !isClaimed && !mayHaveGone) {
      this.#report("right_answer", "who waits for the state is told too soon");
    }
  }

  #judgeValidation(
    claim: { readonly environment: SimulatedEnvironment; readonly answer: "OK" | "receipt" },
    response: SimulatedResponse,
  ): void {
    const { winner } = this.#parts.files;
    const isOther = winner !== undefined && !isSame(winner, claim.environment);
    if (this.#parts.notes.commits > this.#judgedCommits) {
      this.#report("nothing_applied_by_a_refusal", "a validation has committed");
    }
    if (response.status !== (isOther ? 409 : 200)) {
      return this.#report("right_answer", `${response.status} to a validation`);
    }
    if (isOther) return;
    this.#checkReceipt(claim, response.body, winner === undefined ? "won" : "replayed");
  }

  #judgeClaim(
    claim: { readonly environment: SimulatedEnvironment; readonly answer: "OK" | "receipt" },
    response: SimulatedResponse,
  ): void {
    const { files, notes } = this.#parts;
    const { winner } = files;
    const isReplay = winner !== undefined && isSame(winner, claim.environment);
    const hasCommitted = notes.commits > this.#judgedCommits;
    this.#judgedCommits = notes.commits;
    if (winner !== undefined && hasCommitted) {
      this.#report("one_environment", "another commit after the winner's");
    }
    switch (response.status) {
      case 200:
        if (winner !== undefined && !isReplay) {
          return this.#report("one_environment", "200 to two environments");
        }
        files.checkDurable(claim.environment);
        files.winner = claim.environment;
        this.claimedMs ??= this.#parts.clock.monotonicMs;
        return this.#checkReceipt(claim, response.body, winner === undefined ? "won" : "replayed");
      case 409:
        if (winner !== undefined && !isReplay) return;
        return this.#report("right_answer", winner === undefined ? NOBODY_WON : "409 to a replay");
      case 500:
        if (winner === undefined && hasCommitted && notes.hasFailed) return;
        return this.#report("right_answer", "500 to a claim though no call has failed");
      default:
        this.#report("right_answer", `${response.status} to a valid claim`);
    }
  }

  #checkReceipt(
    claim: { readonly environment: SimulatedEnvironment; readonly answer: "OK" | "receipt" },
    body: string,
    verdict: "won" | "replayed",
  ): void {
    if (claim.answer === "OK") {
      if (body !== "OK") this.#report("right_answer", "expected OK for an answer");
      return;
    }
    const { variables } = claim.environment;
    const outputs = this.#parts.outputs.map((output) => ({
      file: output.setting,
      dialect: output.dialect,
      ...measure(contentOf(claim.environment, output)),
      uncommon_names: [],
    }));
    const receipt: unknown = JSON.parse(body);
    const told = new Map(Object.entries(typeof receipt === "object" ? { ...receipt } : {}));
    const expected = {
      names: variables.map(([name]) => name),
      ...(outputs[0] ?? { file: null, dialect: null, length: 0, sha256: null }),
      replayed: verdict === "replayed",
      outputs,
    };
    for (const [name, value] of Object.entries(expected)) {
      if (JSON.stringify(told.get(name)) !== JSON.stringify(value)) {
        this.#report("right_answer", `the receipt's ${name} is wrong`);
      }
    }
  }

  #report(invariant: Invariant, detail: string): void {
    this.#parts.violations.report(invariant, detail);
  }
}

function isSame(left: SimulatedEnvironment, right: SimulatedEnvironment): boolean {
  return Buffer.compare(left.file, right.file) === 0;
}

const NOBODY_WON = "409 though nobody has won";
