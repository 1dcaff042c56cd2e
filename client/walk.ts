/** A claim's walk: wait until the server is healthy, send, and where the answer is lost find out what became of it. */

import { randomUUID } from "node:crypto";
import { isHealthy, isOk, readAnswer, type Reading } from "./answer.ts";
import { Disclosure } from "./disclosure.ts";
import { type Exchange, exchange, failureOf, type HttpRequest, isGone } from "./exchange.ts";
import { compareLives, readLife } from "./life.ts";
import type {
  ClaimProblem,
  ClaimReceipt,
  Course,
  Outcome,
  Unknown,
  Unverified,
} from "./outcome.ts";
import { reactionTo } from "./reactions.ts";
import { type Errand, formatClaim, formatQuestion } from "./request.ts";
import { type Phase, type Stop, type Stops, TimeLine } from "./time-line.ts";
import { verify } from "./verification.ts";

/** `wait` for the health check, `send` the claim, or `ask` what became of it. */
type Next = "wait" | "send" | "ask" | Outcome;

type Fate = Pick<Unknown, "reason" | "lastFailure">;

/** What was sent and may have been applied: since when, on either clock. */
interface Uncertainty {
  readonly sinceMs: number;
  readonly sentAtMs: number;
}

export class Walk {
  readonly #errand: Errand;
  readonly #time: TimeLine;
  readonly #disclosure: Disclosure;
  readonly #requestId = randomUUID();
  #attempts = 0;
  #uncertain: Uncertainty | undefined;
  #evidence: Unknown["evidence"] = "none";
  /** A refusal behind which the claim was to be sent again. */
  #lastProblem: ClaimProblem | undefined;
  #lastFailure = "NONE";
  /** Whether the last request had less than a whole attempt's time. */
  #isHurried = false;

  constructor(errand: Errand, stops: Stops) {
    this.#errand = errand;
    this.#time = new TimeLine(stops);
    const values = errand.environment.map(({ value }) => value);
    this.#disclosure = new Disclosure(
      errand.token === undefined ? values : [errand.token, ...values],
    );
    const { sentAtMs } = errand;
    if (sentAtMs === undefined) return;
    const agoMs = Date.now() - sentAtMs;
    // Where the clock has been set back since, no server is known to have been there before.
    this.#uncertain = { sentAtMs, sinceMs: agoMs < 0 ? -Infinity : this.#time.nowMs - agoMs };
  }

  async run(): Promise<Outcome> {
    let next: Next = this.#uncertain === undefined ? "wait" : this.#unsettled();
    while (typeof next === "string") {
      const stop = this.#time.stopped(this.#phase);
      // oxlint-disable-next-line no-await-in-loop -- one step after the other
      next = stop === undefined ? await this.#take(next) : this.#stopped(stop);
    }
    return next;
  }

  #take(step: "wait" | "send" | "ask"): Promise<Next> {
    if (step === "wait") return this.#wait();
    return step === "send" ? this.#send() : this.#ask();
  }

  get #phase(): Phase {
    return this.#uncertain === undefined ? "unsent" : "sent";
  }

  async #wait(): Promise<Next> {
    const heard = await this.#exchange(
      formatQuestion(this.#errand.target, "health", this.#requestId),
    );
    if (heard.kind === "answered" && isHealthy(heard)) {
      this.#time.resetPauses();
      return "send";
    }
    return this.#failed(heard, "wait");
  }

  async #send(): Promise<Next> {
    const before = this.#uncertain;
    // While it is under way it counts as sent: whoever stops us now must hear so.
    this.#uncertain ??= { sinceMs: this.#time.nowMs, sentAtMs: Date.now() };
    const heard = await this.#exchange(formatClaim(this.#errand, this.#requestId));
    if (heard.kind === "unsent") {
      this.#uncertain = before;
      if (before !== undefined && isGone(heard.failure)) return this.#unknown("server_gone", heard);
      return this.#failed(heard, before === undefined ? "wait" : "ask");
    }
    this.#attempts += 1;
    this.#note(heard);
    if (heard.kind === "answered") {
      const reading = this.#read(heard);
      if (reading.kind !== "unreliable") return this.#conclude(reading, before);
    }
    const isAccepted = heard.kind === "cut" && isReceiptBegun(heard);
    if (isAccepted && this.#errand.generation === "json") this.#evidence = "accepted";
    // The first time it is asked at once: behind a claim the server soon goes.
    if (before !== undefined) await this.#time.pause(this.#phase);
    return this.#unsettled();
  }

  /** What follows where the claim may have been applied: the newer generation can be asked. */
  #unsettled(): Next {
    if (this.#errand.generation === "json") return "ask";
    return this.#unknown("answer_lost");
  }

  /**
   * The claim may be sent again only to the server that it was sent to: that one repeats its answer
   * or takes it now, while another at the same address would be a second one to get this environment.
   */
  async #ask(): Promise<Next> {
    const askedMs = this.#time.nowMs;
    const heard = await this.#exchange(
      formatQuestion(this.#errand.target, "status", this.#requestId),
    );
    const heardMs = this.#time.nowMs;
    if (heard.kind === "unsent" && isGone(heard.failure)) {
      return this.#unknown("server_gone", heard);
    }
    // What a gateway answers for a server that it does not reach says nothing about that server.
    if (heard.kind !== "answered" || heard.status >= 500) return this.#failed(heard, "ask");
    const life = readLife(heard);
    const sinceMs = this.#uncertain?.sinceMs ?? askedMs;
    const compared = life && compareLives(life.uptimeMs, { askedMs, heardMs }, sinceMs);
    if (life === undefined || compared === "another") {
      return this.#unknown("another_server", heard);
    }
    if (compared === "unclear") return this.#failed(heard, "ask");
    if (life.isClaimed && this.#evidence === "none") this.#evidence = "claimed";
    return "send";
  }

  #read(heard: Extract<Exchange, { kind: "answered" }>): Reading {
    if (this.#errand.generation === "json") return readAnswer(heard, this.#disclosure);
    if (heard.status === 200 && isOk(heard.text)) return { kind: "ok" };
    const reading = readAnswer(heard, this.#disclosure);
    return reading.kind === "problem" ? reading : { kind: "unreliable" };
  }

  /** `before`: what was uncertain before the attempt that was answered so. */
  async #conclude(
    reading: Exclude<Reading, { kind: "unreliable" }>,
    before: Uncertainty | undefined,
  ): Promise<Next> {
    if (reading.kind === "receipt") return this.#verified(reading.receipt);
    if (reading.kind === "ok") {
      // Whoever does not read what is posted says so too, and has taken nothing of it.
      return this.#errand.generation === "query"
        ? this.#claimed(undefined, "no_receipt")
        : this.#unknown("no_receipt");
    }
    const { problem } = reading;
    if (reactionTo(problem.code) === "taken") return { outcome: "taken", problem, ...this.#course };
    this.#uncertain = before;
    if (isFinal(problem, before)) return this.#refused(problem);
    this.#lastProblem = problem;
    await this.#time.pause(this.#phase);
    return before === undefined ? "send" : "ask";
  }

  #refused(problem: ClaimProblem): Outcome {
    return { outcome: "refused", by: "server", problem, ...this.#course };
  }

  #verified(receipt: ClaimReceipt): Outcome {
    const verification = verify(receipt, this.#errand.environment);
    if (verification.kind === "verified") {
      return { outcome: "claimed", verified: true, receipt, ...this.#course };
    }
    if (verification.kind !== "differing") return this.#claimed(receipt, verification.kind);
    return {
      outcome: "mismatched",
      receipt: this.#disclosure.showReceipt(receipt),
      differing: verification.differing.map((text) => this.#disclosure.show(text)),
      ...this.#course,
    };
  }

  #claimed(receipt: ClaimReceipt | undefined, reason: Unverified): Outcome {
    const shown = receipt && this.#disclosure.showReceipt(receipt);
    return { outcome: "claimed", verified: false, receipt: shown, reason, ...this.#course };
  }

  /** What remains to be said when nothing more may be tried. */
  #stopped(stop: Stop): Outcome {
    if (this.#uncertain !== undefined) return this.#unknown(stop);
    if (this.#lastProblem !== undefined) return this.#refused(this.#lastProblem);
    const lastFailure = this.#lastFailure;
    return { outcome: "unreachable", reason: stop, lastFailure, ...this.#course };
  }

  #unknown(reason: Fate["reason"], heard?: Exchange): Outcome {
    if (heard !== undefined) this.#note(heard);
    return {
      outcome: "unknown",
      reason,
      evidence: this.#evidence,
      lastFailure: this.#lastFailure,
      sentAtMs: this.#uncertain?.sentAtMs ?? Date.now(),
      ...this.#course,
    };
  }

  async #failed(heard: Exchange, next: Next): Promise<Next> {
    this.#note(heard);
    await this.#time.pause(this.#phase);
    return next;
  }

  /** What our own end cut short tells less than what was heard before it. */
  #note(heard: Exchange): void {
    const failure = failureOf(heard);
    const isCutShort = failure === "ABORTED" || (failure === "TIMEOUT" && this.#isHurried);
    if (!isCutShort || this.#lastFailure === "NONE") this.#lastFailure = failure;
  }

  #exchange(request: HttpRequest): Promise<Exchange> {
    this.#isHurried = this.#time.isShort;
    return exchange(request, this.#time.patience(this.#phase));
  }

  get #course(): Course {
    return {
      requestId: this.#requestId,
      attempts: this.#attempts,
      durationMs: Math.round(this.#time.durationMs),
    };
  }
}

/**
 * Whether the refusal says all. Where an earlier attempt is uncertain, only what the server says of
 * any such claim does: had it been applied, the server would repeat its receipt.
 */
function isFinal(problem: ClaimProblem, before: Uncertainty | undefined): boolean {
  const reaction = reactionTo(problem.code);
  if (before === undefined) return reaction !== "crowded";
  return reaction === "refused" && problem.code !== "unrecognized";
}

/** Only a claim that has been accepted is answered so, and behind the commit. */
function isReceiptBegun(heard: Extract<Exchange, { kind: "cut" }>): boolean {
  return heard.status === 200 && heard.mediaType === "application/json";
}
