/** Turns a connection's bytes, however they are split, into requests one after another. */

import { ByteQueue } from "../bytes/byte-queue.ts";
import type { Problem } from "../problems.ts";
import { ChunkedBody, type BodyProgress } from "./chunked-body.ts";
import { parseField, parseHead, parseRequestLine, type RequestLine } from "./head.ts";
import { LineReader } from "./line-reader.ts";
import { Headers, type RequestHead } from "./request.ts";
import { isTokenByte } from "./syntax.ts";

export interface RequestLimits {
  readonly maxTargetBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
}

/** What the bytes so far amount to. A refusal is final: the parser reads nothing behind it. */
export type Step =
  | { readonly kind: "incomplete" }
  | { readonly kind: "head"; readonly head: RequestHead }
  | { readonly kind: "request"; readonly head: RequestHead; readonly body: Uint8Array }
  | { readonly kind: "refused"; readonly problem: Problem; readonly method: string | undefined };

const INCOMPLETE: Step = { kind: "incomplete" };
const EMPTY = new Uint8Array(0);

/** Room for the method, the version and two blanks around a target of the greatest length. */
const REQUEST_LINE_EXTRA = 64;

/** What a header field takes in memory beside its text: measured on QuickJS. */
const FIELD_COST = 150;

type Stage = "start" | "fields" | "length_body" | "chunked_body" | "refused";

export class RequestParser {
  readonly #limits: RequestLimits;
  readonly #queue = new ByteQueue();
  readonly #lines = new LineReader(this.#queue);
  #stage: Stage = "start";
  #hasSkippedLine = false;
  #line: RequestLine | undefined;
  #headers = new Headers();
  #headerBytes = 0;
  /** Bytes of memory that the parsed part of the head takes, about. */
  #headCost = 0;
  #head: RequestHead | undefined;
  #body: Body = new Body(0);
  #left = 0;
  #chunks: ChunkedBody | undefined;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Whether a request has begun and is not complete. */
  get isWithinRequest(): boolean {
    return this.#stage !== "start" || this.#queue.length > 0;
  }

  /** Whether what comes next is a request's first byte, and nothing has come before it. */
  get isFresh(): boolean {
    return !this.isWithinRequest && !this.#hasSkippedLine;
  }

  /** Whether bytes have come that no step has used yet. */
  get hasUnread(): boolean {
    return this.#queue.length > 0;
  }

  /** Bytes of memory held for requests that are not complete. */
  get heldBytes(): number {
    return this.#queue.capacity + this.#body.capacity + this.#headCost;
  }

  /** Appends what has arrived. The bytes stay the caller's; call {@link own} before they change. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** Copies the pushed bytes that are still needed. */
  own(): void {
    this.#queue.own();
  }

  /** The next step; call it until it says "incomplete" or "refused". */
  next(): Step {
    switch (this.#stage) {
      case "start":
        return this.#readRequestLine();
      case "fields":
        return this.#readFields();
      case "length_body":
        return this.#readLengthBody();
      case "chunked_body":
        return this.#finishBody(this.#chunks?.read() ?? "complete");
      case "refused":
        return INCOMPLETE;
    }
  }

  #refuse(problem: Problem): Step {
    this.#stage = "refused";
    this.#queue.drop(this.#queue.length);
    this.#body = new Body(0);
    return { kind: "refused", problem, method: this.#line?.method };
  }

  #readRequestLine(): Step {
    const first = this.#queue.at(0);
    if (this.#queue.length > 0 && first !== 0x0d && !isTokenByte(first)) {
      return this.#refuse({ code: "malformed_request_line" });
    }
    const { maxTargetBytes } = this.#limits;
    const line = this.#lines.next(maxTargetBytes + REQUEST_LINE_EXTRA);
    if (line.kind === "incomplete") return INCOMPLETE;
    if (line.kind === "too_long") return this.#refuse(targetTooLong(maxTargetBytes));
    if (line.kind === "malformed") return this.#refuse({ code: "malformed_request_line" });
    if (line.text === "" && !this.#hasSkippedLine) {
      // One empty line in front is what some old clients send behind a body (RFC 9112 section 2.2).
      this.#hasSkippedLine = true;
      return this.#readRequestLine();
    }
    const parsed = parseRequestLine(line.text);
    if (!parsed.ok) return this.#refuse(parsed.problem);
    const targetBytes = line.text.length - parsed.value.method.length - " HTTP/1.1 ".length;
    if (targetBytes > maxTargetBytes) return this.#refuse(targetTooLong(maxTargetBytes));
    this.#line = parsed.value;
    this.#headCost = line.text.length;
    this.#stage = "fields";
    return this.#readFields();
  }

  #readFields(): Step {
    const { maxHeaderBytes } = this.#limits;
    for (;;) {
      const line = this.#lines.next(maxHeaderBytes - this.#headerBytes);
      if (line.kind === "incomplete") return INCOMPLETE;
      if (line.kind === "malformed") return this.#refuse({ code: "malformed_header" });
      if (line.kind === "too_long") {
        return this.#refuse({
          code: "header_too_large",
          detail: `The limit is ${maxHeaderBytes} bytes`,
        });
      }
      if (line.text === "") return this.#finishHead();
      this.#headerBytes = Math.min(this.#headerBytes + line.text.length + 2, maxHeaderBytes);
      const field = parseField(line.text);
      if (!field.ok) return this.#refuse(field.problem);
      this.#headCost += line.text.length + FIELD_COST;
      this.#headers.add(field.value[0], field.value[1]);
    }
  }

  #finishHead(): Step {
    if (this.#line === undefined) return this.#refuse({ code: "malformed_request_line" });
    const head = parseHead(this.#line, this.#headers);
    if (!head.ok) return this.#refuse(head.problem);
    const { framing } = head.value;
    const { maxBodyBytes, maxHeaderBytes } = this.#limits;
    this.#head = head.value;
    this.#stage = framing.kind === "chunked" ? "chunked_body" : "length_body";
    if (framing.kind === "length" && framing.length > maxBodyBytes) {
      return this.#refuse({
        code: "body_too_large",
        detail: `The limit is ${maxBodyBytes} bytes`,
      });
    }
    this.#left = framing.kind === "length" ? framing.length : 0;
    const body = new Body(this.#left);
    this.#body = body;
    if (framing.kind === "chunked") {
      const limits = { maxBodyBytes, maxExtraBytes: maxHeaderBytes };
      this.#chunks = new ChunkedBody(this.#queue, limits, (bytes) => body.append(bytes));
    }
    return { kind: "head", head: head.value };
  }

  #readLengthBody(): Step {
    const bytes = this.#queue.view(0, this.#left);
    this.#body.append(bytes);
    this.#left -= bytes.length;
    this.#queue.drop(bytes.length);
    return this.#finishBody(this.#left === 0 ? "complete" : "incomplete");
  }

  #finishBody(progress: BodyProgress): Step {
    if (progress === "incomplete") return INCOMPLETE;
    if (progress !== "complete") return this.#refuse(progress);
    const head = this.#head;
    if (head === undefined) return this.#refuse({ code: "malformed_request_line" });
    const body = this.#body.bytes;
    this.#startOver();
    return { kind: "request", head, body };
  }

  #startOver(): void {
    this.#stage = "start";
    this.#hasSkippedLine = false;
    this.#line = undefined;
    this.#headers = new Headers();
    this.#headerBytes = 0;
    this.#headCost = 0;
    this.#head = undefined;
    this.#body = new Body(0);
    this.#chunks = undefined;
  }
}

function targetTooLong(maxTargetBytes: number): Problem {
  return { code: "target_too_long", detail: `The limit is ${maxTargetBytes} bytes` };
}

/** A body that grows as it arrives: what is announced costs nothing until it has been sent. */
class Body {
  #bytes: Uint8Array = EMPTY;
  #length = 0;
  readonly #announced: number;

  constructor(announcedBytes: number) {
    this.#announced = announcedBytes;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#bytes.length) {
      const doubled = Math.max(needed * 2, 256);
      const wanted = this.#announced > 0 ? Math.min(doubled, this.#announced) : doubled;
      const grown = new Uint8Array(Math.max(wanted, needed));
      grown.set(this.#bytes.subarray(0, this.#length), 0);
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = needed;
  }
}
