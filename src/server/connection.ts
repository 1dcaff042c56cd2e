/** One connection: its bytes become requests, its requests answers, in order, until it closes in stages. */

import type { Socket, SocketEvents } from "../host.ts";
import type { RequestHead } from "../http/request.ts";
import { RequestParser } from "../http/request-parser.ts";
import { CONTINUE, fillForm, formatResponse } from "../http/response.ts";
import type { Answer } from "./application.ts";
import type { Keeper } from "./keeper.ts";
import { YIELD_MS } from "./limits.ts";
import type { Phase } from "./phase.ts";
import type { Recalled } from "./recall.ts";

export class Connection implements SocketEvents {
  readonly #keeper: Keeper;
  readonly #socket: Socket;
  readonly #parser: RequestParser;
  #phase: Phase = "reading";
  #head: RequestHead | undefined;
  /** The method of the request that is answered next, where it is known. */
  #method: string | undefined;
  #requestId: string | undefined;
  #held: Answer | undefined;
  /** Whether what comes next is the first byte of a request. */
  #isFresh = true;
  /** What has just come, where it may be a whole request and nothing else. */
  #whole: Uint8Array | undefined;
  /** Bytes of memory held for a request that is not complete. */
  heldBytes = 0;
  #wasWithinRequest = false;
  #hasEnded = false;
  /** When it is to be told to {@link expire}, on the monotonic clock. */
  deadlineMs = 0;
  /** Since when the connection has been without a complete request, on the monotonic clock. */
  waitingSinceMs: number;

  constructor(keeper: Keeper, socket: Socket) {
    this.#keeper = keeper;
    this.#socket = socket;
    this.#parser = new RequestParser(keeper.limits);
    this.waitingSinceMs = keeper.host.monotonicMs();
    this.#setDeadline(this.waitingSinceMs + keeper.limits.requestTimeoutMs);
  }

  /** Whether an answer is on its way that the caller may not have heard yet. */
  get isOwed(): boolean {
    const { unsentBytes } = this.#socket;
    return unsentBytes > 0 || this.#phase === "yielding" || this.#phase === "lingering";
  }

  /** Whether its caller has asked to wait for an answer. */
  get isWaiting(): boolean {
    return this.#held?.hold?.kind === "wait";
  }

  received(bytes: Uint8Array): void {
    // What comes behind the last answer is read, so that closing sends no reset, and not looked at.
    if (this.#phase !== "reading" && !this.isWaiting) return;
    const recalled = this.#isFresh ? this.#keeper.recall.find(bytes) : undefined;
    if (recalled !== undefined) return this.#answerRecalled(recalled);
    this.#whole = this.#isFresh ? bytes : undefined;
    this.#isFresh = false;
    this.#parser.push(bytes);
    // What comes behind a request that waits has to wait too, and no more of it is taken.
    if (this.#phase === "holding") this.#socket.pause();
    else this.#advance();
    this.#whole = undefined;
    this.#parser.own();
    this.#reportHeld();
  }

  /** As if it had been read anew; the connection stays as it is. */
  #answerRecalled({ form, requestId }: Recalled): void {
    const keeper = this.#keeper;
    const nowMs = keeper.host.monotonicMs();
    this.waitingSinceMs = nowMs;
    this.#setDeadline(nowMs + keeper.limits.idleTimeoutMs);
    const id = requestId ?? keeper.host.randomUuid();
    this.#socket.send(fillForm(form, id, keeper.host.epochMs()));
    if (this.#socket.unsentBytes === 0) return;
    this.#isFresh = false;
    this.#advance();
  }

  ended(): void {
    this.#hasEnded = true;
    // Whoever waits may have gone, which an answer shows; a penalty is not shortened.
    if (this.isWaiting) this.giveHeld();
    else this.#closeIfEnded();
  }

  sent(): void {
    this.#goOn();
  }

  closed(): void {
    this.#phase = "closed";
    this.#reportHeld();
    this.#keeper.closed(this);
  }

  /** Its deadline has passed: an unfinished request is told so, everything else just closes. */
  expire(): void {
    if (this.#held !== undefined) return this.giveHeld();
    const lingersUntilMs = this.waitingSinceMs + this.#keeper.limits.lingerMs;
    const mayLinger =
      this.#phase === "yielding" && this.#keeper.host.monotonicMs() < lingersUntilMs;
    if (mayLinger) return this.#part(undefined);
    const isUnfinished = this.#phase === "reading" && this.#parser.isWithinRequest;
    if (isUnfinished && this.#socket.unsentBytes === 0) return this.#refuse("request_timeout");
    this.#close();
  }

  /** Gives the answer that is held back, if there is one, and goes on with what has come behind it. */
  giveHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#phase = "reading";
    const response = held.hold?.kind === "wait" ? held.hold.renew() : held.response;
    this.#send({ ...held, response });
    this.#goOn();
  }

  /** Makes room for a newer connection. */
  giveWay(): void {
    const isUnfinished = this.#phase === "reading" && this.#parser.isWithinRequest;
    if (isUnfinished || this.isWaiting) this.#refuse("too_many_connections");
    this.#close();
  }

  /** Answers what has come meanwhile, and reads on. */
  #goOn(): void {
    this.#socket.resume();
    if (this.#phase === "reading") this.#advance();
    this.#reportHeld();
    this.#closeIfEnded();
  }

  #close(): void {
    if (this.#phase === "closed") return;
    this.#socket.destroy();
    this.closed();
  }

  /** Whoever has sent all may still listen for what is on its way. */
  #closeIfEnded(): void {
    const isHolding = this.#phase === "holding";
    if (this.#hasEnded && !isHolding && this.#socket.unsentBytes === 0) this.#close();
  }

  #reportHeld(): void {
    const bytes = this.#phase === "closed" ? 0 : this.#parser.heldBytes;
    const difference = bytes - this.heldBytes;
    this.heldBytes = bytes;
    if (difference !== 0) this.#keeper.holds(difference);
  }

  /** Answers requests until bytes are wanting, or the caller does not read what it was sent. */
  #advance(): void {
    while (this.#phase === "reading" && this.#socket.unsentBytes === 0 && this.#takeStep());
    if (this.#phase === "closed") return;
    if (this.#socket.unsentBytes > 0) {
      // Nothing more is read, so that a caller who never listens holds one answer and no more.
      this.#socket.pause();
      this.#setDeadline(this.#keeper.host.monotonicMs() + this.#keeper.limits.requestTimeoutMs);
    } else if (this.#phase === "reading") {
      this.#awaitRequest();
    }
  }

  /** Whether there was a step to take. */
  #takeStep(): boolean {
    const step = this.#parser.next();
    switch (step.kind) {
      case "incomplete":
        return false;
      case "head":
        this.#takeHead(step.head);
        return true;
      case "request":
        this.#answerRequest(step.head, step.body);
        return true;
      case "refused":
        this.#method = step.method;
        this.#answer(this.#keeper.application.refuse(step.problem, this.#identify()));
        return true;
    }
  }

  #answerRequest(head: RequestHead, body: Uint8Array): void {
    const { application, recall } = this.#keeper;
    const answer = application.answer(head, body, this.#identify());
    const whole = this.#parser.hasUnread ? undefined : this.#whole;
    if (whole !== undefined && application.isRecallable(head, answer)) {
      recall.keep(whole, () => application.recalled(head, answer));
    }
    this.#answer(answer);
  }

  #takeHead(head: RequestHead): void {
    this.#head = head;
    this.#method = head.method;
    const answer = this.#keeper.application.check(head, this.#identify());
    if (answer !== undefined) {
      this.#answer(answer);
    } else if (head.expectsContinue && !this.#parser.hasUnread) {
      this.#socket.send(CONTINUE);
    }
  }

  #refuse(code: "request_timeout" | "too_many_connections"): void {
    this.#answer(this.#keeper.application.refuse({ code }, this.#identify()));
  }

  #identify(): string {
    this.#requestId ??= this.#keeper.application.identify(this.#head);
    return this.#requestId;
  }

  #answer(answer: Answer): void {
    const { hold } = answer;
    const isGiven = this.#keeper.isLeaving || (hold?.kind === "wait" && this.#hasEnded);
    if (hold === undefined || isGiven) return this.#send(answer);
    this.#phase = "holding";
    this.#held = answer;
    this.#setDeadline(hold.untilMs);
  }

  #send({ response, isRefusal }: Answer): void {
    const requestId = this.#identify();
    // Nothing runs behind a refused request: its sender and its reader may not agree where it ends.
    const isLast = isRefusal || this.#head?.persists !== true || this.#keeper.isLeaving;
    if (!isRefusal && this.#head !== undefined) {
      this.#keeper.application.logAnswered(this.#head, response.status, requestId);
    }
    const text = formatResponse(response, {
      requestId,
      epochMs: this.#keeper.host.epochMs(),
      connection: isLast ? "close" : "keep-alive",
      content: this.#method === "HEAD" ? "head" : "whole",
    });
    const head = this.#head;
    this.#held = undefined;
    this.#head = undefined;
    this.#method = undefined;
    this.#requestId = undefined;
    this.#wasWithinRequest = false;
    this.waitingSinceMs = this.#keeper.host.monotonicMs();
    this.#socket.send(text);
    if (isLast) this.#part(head);
    this.#keeper.answered();
    if (isLast) this.#closeIfEnded();
  }

  /** Whoever goes by the answer's length closes first; others hear at once that it was the last. */
  #part(head: RequestHead | undefined): void {
    const isYielding = head?.version === "1.1";
    this.#phase = isYielding ? "yielding" : "lingering";
    if (!isYielding) this.#socket.finish();
    const allowedMs = isYielding ? YIELD_MS : this.#keeper.limits.lingerMs;
    this.#setDeadline(this.waitingSinceMs + allowedMs);
  }

  /** A request has its own time from its first byte; between requests the connection may idle. */
  #awaitRequest(): void {
    const isWithinRequest = this.#parser.isWithinRequest;
    this.#isFresh = this.#parser.isFresh;
    if (isWithinRequest && this.#wasWithinRequest) return;
    this.#wasWithinRequest = isWithinRequest;
    const { requestTimeoutMs, idleTimeoutMs } = this.#keeper.limits;
    const allowedMs = isWithinRequest ? requestTimeoutMs : idleTimeoutMs;
    this.#setDeadline(this.#keeper.host.monotonicMs() + allowedMs);
  }

  #setDeadline(deadlineMs: number): void {
    this.deadlineMs = deadlineMs;
    this.#keeper.schedule(deadlineMs);
  }
}
