/** Takes lines that end in CRLF, and only in CRLF, off a queue of bytes. */

import type { ByteQueue } from "../bytes/byte-queue.ts";
import { decodeLatin1, spanBytes } from "../bytes/primitives.ts";
import { FIELD_VALUE } from "./syntax.ts";

const LF = 0x0a;
const CR = 0x0d;

/** A line without its CRLF, that there is none yet, or that none can come. */
export type Line =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "incomplete" }
  | { readonly kind: "too_long" }
  | { readonly kind: "malformed" };

const INCOMPLETE: Line = { kind: "incomplete" };
const TOO_LONG: Line = { kind: "too_long" };
const MALFORMED: Line = { kind: "malformed" };

export class LineReader {
  readonly #queue: ByteQueue;
  /** Bytes of the unfinished line that have been looked at, so that none is looked at twice. */
  #scanned = 0;

  constructor(queue: ByteQueue) {
    this.#queue = queue;
  }

  /**
   * The next line of at most `maxBytes`, CRLF not counted. A bare CR, a bare LF or a control
   * character is malformed (RFC 9112 section 2.2), and told as soon as it is seen: a peer that
   * speaks something else must not hold a connection until the line's end. What is told depends on
   * the first byte at fault alone, not on how the bytes were split.
   */
  next(maxBytes: number): Line {
    const bytes = this.#queue.view(0, maxBytes + 2);
    const end = spanBytes(bytes, this.#scanned, FIELD_VALUE);
    if (end > maxBytes) return TOO_LONG;
    if (end < bytes.length && bytes[end] !== CR) return MALFORMED;
    if (end + 1 < bytes.length) return bytes[end + 1] === LF ? this.#take(bytes, end) : MALFORMED;
    this.#scanned = end;
    return INCOMPLETE;
  }

  #take(bytes: Uint8Array, length: number): Line {
    const text = decodeLatin1(bytes, 0, length);
    this.#queue.drop(length + 2);
    this.#scanned = 0;
    return { kind: "line", text };
  }
}
