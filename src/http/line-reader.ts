/** Takes lines that end in CRLF, and only in CRLF, off a queue of bytes. */

import type { ByteQueue } from "../bytes/byte-queue.ts";
import { decodeLatin1 } from "../bytes/latin1.ts";

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const DEL = 0x7f;

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
    for (let index = this.#scanned; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if ((byte >= 0x20 && byte !== DEL) || byte === HTAB) {
        if (index >= maxBytes) return TOO_LONG;
        continue;
      }
      if (byte !== CR) return MALFORMED;
      if (index + 1 < bytes.length) return bytes[index + 1] === LF ? this.#take(index) : MALFORMED;
      this.#scanned = index;
      return INCOMPLETE;
    }
    this.#scanned = bytes.length;
    return INCOMPLETE;
  }

  #take(length: number): Line {
    const text = decodeLatin1(this.#queue.view(0, length), 0, length);
    this.#queue.drop(length + 2);
    this.#scanned = 0;
    return { kind: "line", text };
  }
}
