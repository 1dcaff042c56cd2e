/** UTF-8, strictly: nothing is ever replaced by U+FFFD (Unicode 16, section 3.9, table 3-7). */

import { characterSet, isAllOf } from "./character-set.ts";
import { decodeLatin1, spanBytes } from "./primitives.ts";

const ASCII = characterSet("\0-\x7f");

/**
 * The text, or undefined where the bytes are not well-formed UTF-8. A byte order mark stays.
 * Both steps are built into every engine (ECMA-262, B.2.1.1 and 19.2.6.1), and the second is strict:
 * a loop over the bytes would take thirty times as long in an interpreter.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const text = decodeLatin1(bytes, 0, bytes.length);
  return spanBytes(bytes, 0, ASCII) === bytes.length ? text : decodePercent(escape(text));
}

/** ASCII text whose percent-escapes are UTF-8, decoded; undefined where one is broken or they are not. */
export function decodePercent(text: string): string | undefined {
  try {
    return text.includes("%") ? decodeURIComponent(text) : text;
  } catch {
    return undefined;
  }
}

/** Whether every character of `text` is below U+0080. */
export function isAscii(text: string): boolean {
  return isAllOf(text, ASCII);
}
