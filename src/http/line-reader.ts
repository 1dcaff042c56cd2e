/** Takes lines that end in CRLF, and only in CRLF, off a queue of bytes. */

import type { ByteQueue } from "../bytes/byte-queue.ts";
import { decodeLatin1 } from "../bytes/latin1.ts";

const CR = 0x0d;
const LF = 0x0a;

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
   * speaks something else must not hold a connection until the line's end.
   */
  next(maxBytes: number): Line {
    const queue = this.#queue;
    const end = queue.indexOf(LF, this.#scanned);
    const textEnd = end === -1 ? queue.length : end - 1;
    if (end !== -1 && queue.at(end - 1) !== CR) return MALFORMED;
    if (end === 0 || !isLineText(queue.view(this.#scanned, textEnd), end === -1)) return MALFORMED;
    if (textEnd > maxBytes + (end === -1 ? 1 : 0)) return TOO_LONG;
    if (end === -1) {
      // A CR at the very end may be the first half of CRLF: it is looked at again.
      this.#scanned = queue.at(textEnd - 1) === CR ? textEnd - 1 : textEnd;
      return INCOMPLETE;
    }
    const bytes = queue.view(0, textEnd);
    const text = decodeLatin1(bytes, 0, bytes.length);
    queue.drop(end + 1);
    this.#scanned = 0;
    return { kind: "line", text };
  }
}

/** No control characters but HTAB; a CR only at the end of what has come, while more may come. */
function isLineText(bytes: Uint8Array, mayEndInCr: boolean): boolean {
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte >= 0x20 && byte !== 0x7f) continue;
    const isPendingCr = byte === CR && mayEndInCr && index === bytes.length - 1;
    if (byte !== 0x09 && !isPendingCr) return false;
  }
  return true;
}
