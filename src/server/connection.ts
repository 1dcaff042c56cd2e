/** One connection: its bytes become requests, its requests answers, in order, until it closes in stages. */

import type { Socket, SocketEvents } from "../host.ts";
import type { RequestHead } from "../http/request.ts";
import { RequestParser } from "../http/request-parser.ts";
import { CONTINUE, formatResponse } from "../http/response.ts";
import type { Answer, Application } from "./application.ts";
import type { Limits } from "./limits.ts";

/** What a connection needs of the server that it belongs to. */
export interface Keeper {
  readonly application: Application;
  readonly limits: Limits;
  /** Whether every answer is now a connection's last. */
  readonly isLeaving: boolean;
  monotonicMs(): number;
  epochMs(): number;
  /** The connection has a deadline at that time, perhaps sooner than any other. */
  schedule(deadlineMs: number): void;
  /** The connection holds so many more bytes of an unfinished request, or fewer. */
  holds(moreBytes: number): void;
  /** An answer has been given to the socket. */
  answered(): void;
  /** The connection is over. */
  closed(connection: Connection): void;
}

/**
 * `reading`: waits for a request or for the rest of one. `holding`: has an answer that must not be
 * given yet. `lingering`: has sent its last answer and waits for the caller to close, so that no
 * reset cuts the answer off (RFC 9112 section 9.6).
 */
type Phase = "reading" | "holding" | "lingering" | "closed";

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
  /** Bytes of memory held for a request that is not complete. */
  heldBytes = 0;
  #wasWithinRequest = false;
  #hasEnded = false;
  #deadlineMs = 0;
  /** Since when the connection has been without a complete request, on the monotonic clock. */
  waitingSinceMs: number;

  constructor(keeper: Keeper, socket: Socket) {
    this.#keeper = keeper;
    this.#socket = socket;
    this.#parser = new RequestParser(keeper.limits);
    this.waitingSinceMs = keeper.monotonicMs();
    this.#setDeadline(this.waitingSinceMs + keeper.limits.requestTimeoutMs);
  }

  /** Whether an answer is on its way that the caller may not have heard yet. */
  get isOwed(): boolean {
    return this.#phase === "lingering" || this.#socket.unsentBytes > 0;
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  received(bytes: Uint8Array): void {
    // What comes behind the last answer is read, so that closing sends no reset, and not looked at.
    if (this.#phase !== "reading") return;
    this.#parser.push(bytes);
    this.#advance();
    this.#parser.own();
    this.#reportHeld();
  }

  ended(): void {
    this.#hasEnded = true;
    // Whoever has sent all may still listen for the answer that is held back.
    if (this.#phase !== "holding" && this.#socket.unsentBytes === 0) this.#close();
  }

  sent(): void {
    this.#socket.resume();
    if (this.#phase === "reading") this.#advance();
    this.#reportHeld();
    this.#closeIfEnded();
  }

  closed(): void {
    this.#phase = "closed";
    this.#reportHeld();
    this.#keeper.closed(this);
  }

  /** Its deadline has passed: an unfinished request is told so, everything else just closes. */
  expire(): void {
    if (this.#held !== undefined) return this.#send(this.#held, "close");
    const isUnfinished = this.#phase === "reading" && this.#parser.isWithinRequest;
    if (isUnfinished && this.#socket.unsentBytes === 0) {
      this.#refuse("request_timeout");
    } else {
      this.#close();
    }
  }

  /** Gives the answer that is held back: the server leaves, and cuts none off. */
  hasten(): void {
    if (this.#held !== undefined) this.#send(this.#held, "close");
  }

  /** Makes room for a newer connection. */
  giveWay(): void {
    if (this.#phase === "reading" && this.#parser.isWithinRequest) {
      this.#refuse("too_many_connections");
    }
    this.#close();
  }

  #close(): void {
    if (this.#phase === "closed") return;
    this.#socket.destroy();
    this.closed();
  }

  #closeIfEnded(): void {
    if (this.#hasEnded && this.#socket.unsentBytes === 0) this.#close();
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
      this.#setDeadline(this.#keeper.monotonicMs() + this.#keeper.limits.requestTimeoutMs);
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
        this.#takeRequest(step.head, step.body);
        return true;
      case "refused":
        this.#method = step.method;
        this.#answer(this.#keeper.application.refuse(step.problem, this.#identify()), "close");
        return true;
    }
  }

  #takeHead(head: RequestHead): void {
    this.#head = head;
    this.#method = head.method;
    const answer = this.#keeper.application.check(head, this.#identify());
    if (answer !== undefined) {
      this.#answer(answer, "close");
    } else if (head.expectsContinue && !this.#parser.hasUnread) {
      this.#socket.send(CONTINUE);
    }
  }

  #takeRequest(head: RequestHead, body: Uint8Array): void {
    const answer = this.#keeper.application.answer(head, body, this.#identify());
    // Nothing runs behind a refused request: its sender and its reader may not agree where it ends.
    const isLast = answer.isRefusal || !head.persists || this.#keeper.isLeaving;
    this.#answer(answer, isLast ? "close" : "keep-alive");
  }

  #refuse(code: "request_timeout" | "too_many_connections"): void {
    this.#answer(this.#keeper.application.refuse({ code }, this.#identify()), "close");
  }

  #identify(): string {
    this.#requestId ??= this.#keeper.application.identify(this.#head);
    return this.#requestId;
  }

  #answer(answer: Answer, connection: "keep-alive" | "close"): void {
    if (answer.notBeforeMs === 0 || this.#keeper.isLeaving) return this.#send(answer, connection);
    this.#phase = "holding";
    this.#held = answer;
    this.#setDeadline(answer.notBeforeMs);
  }

  #send(answer: Answer, connection: "keep-alive" | "close"): void {
    this.#held = undefined;
    const text = formatResponse(answer.response, {
      requestId: this.#identify(),
      epochMs: this.#keeper.epochMs(),
      connection,
      content: this.#method === "HEAD" ? "head" : "whole",
    });
    this.#head = undefined;
    this.#method = undefined;
    this.#requestId = undefined;
    this.#wasWithinRequest = false;
    this.waitingSinceMs = this.#keeper.monotonicMs();
    this.#socket.send(text);
    if (connection === "close") this.#linger();
    this.#keeper.answered();
    if (connection === "close") this.#closeIfEnded();
  }

  #linger(): void {
    this.#phase = "lingering";
    this.#socket.finish();
    this.#setDeadline(this.waitingSinceMs + this.#keeper.limits.lingerMs);
  }

  /** A request has its own time from its first byte; between requests the connection may idle. */
  #awaitRequest(): void {
    const isWithinRequest = this.#parser.isWithinRequest;
    if (isWithinRequest && this.#wasWithinRequest) return;
    this.#wasWithinRequest = isWithinRequest;
    const { requestTimeoutMs, idleTimeoutMs } = this.#keeper.limits;
    const allowedMs = isWithinRequest ? requestTimeoutMs : idleTimeoutMs;
    this.#setDeadline(this.#keeper.monotonicMs() + allowedMs);
  }

  #setDeadline(deadlineMs: number): void {
    this.#deadlineMs = deadlineMs;
    this.#keeper.schedule(deadlineMs);
  }
}
