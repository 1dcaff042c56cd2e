/** UTF-8, strictly: nothing is ever replaced by U+FFFD (Unicode 16, section 3.9, table 3-7). */

import { decodeLatin1 } from "./latin1.ts";

/**
 * The text, or undefined where the bytes are not well-formed UTF-8. A byte order mark stays.
 * Both steps are built into every engine (ECMA-262, B.2.1.1 and 19.2.6.1), and the second is strict:
 * a loop over the bytes would take thirty times as long in an interpreter.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return decodePercent(escape(decodeLatin1(bytes, 0, bytes.length)));
}

/** ASCII text whose percent-escapes are UTF-8, decoded; undefined where one is broken or they are not. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether every character of `text` is below U+0080. */
export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) >= 0x80) return false;
  }
  return true;
}

/** Bytes that `text` takes in UTF-8; a lone surrogate counts as three. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // A pair of surrogates is two units and four bytes: each counts one more than itself.
    length += unit < 0x800 || isPaired(text, index, unit) ? 1 : 2;
  }
  return length;
}

function isPaired(text: string, index: number, unit: number): boolean {
  if (unit >= 0xd800 && unit <= 0xdbff) return isLowSurrogate(text.charCodeAt(index + 1));
  return isLowSurrogate(unit) && isHighSurrogate(text.charCodeAt(index - 1));
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** The UTF-8 bytes of a well-formed text; callers see to that first (String.prototype.isWellFormed). */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  let at = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes[at] = unit;
      at += 1;
      continue;
    }
    const point = text.codePointAt(index) ?? unit;
    at = writeSequence(bytes, at, point);
    if (point >= 0x10000) index += 1;
  }
  return bytes;
}

/** Writes the two to four bytes of `point` at `at`; the place behind them. */
function writeSequence(bytes: Uint8Array, at: number, point: number): number {
  const length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  let rest = point;
  for (let offset = length - 1; offset > 0; offset -= 1) {
    bytes[at + offset] = 0x80 | (rest & 0x3f);
    rest >>= 6;
  }
  bytes[at] = ((0xf00 >> length) & 0xff) | rest;
  return at + length;
}
