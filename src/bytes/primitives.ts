/**
 * What is done to each byte or character of a request. A host whose engine is slow at loops has its
 * own functions stand in for these: scripts/bundle.mjs puts hosts/native/primitives.ts in their place.
 */

/** A set of characters: 1 at the place of each member, and at 256 where all beyond U+00FF are members. */
export type CharacterSet = Uint8Array;

/** Where the first character from `from` on stands that is not in the set; the text's length where all are. */
export function span(text: string, from: number, members: CharacterSet): number {
  let index = from;
  while (index < text.length && members[Math.min(text.charCodeAt(index), 256)] === 1) index += 1;
  return index;
}

/** As {@link span}, in bytes. */
export function spanBytes(bytes: Uint8Array, from: number, members: CharacterSet): number {
  let index = from;
  while (index < bytes.length && members[bytes[index] ?? 0] === 1) index += 1;
  return index;
}

/** Arguments that one call may carry, far below every engine's limit. */
const CHUNK = 8192;

/** The bytes from `start` up to `end`, one character a byte (ISO 8859-1). */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let from = start; from < end; from += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(from, Math.min(from + CHUNK, end)));
  }
  return text;
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

/** The bytes as lower-case hexadecimal text. */
export function formatHex(bytes: Uint8Array): string {
  let text = "";
  // Three at a time: the engine's own digits are made faster than these loops go round.
  for (let index = 0; index < bytes.length; index += 3) {
    const high = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8);
    text += (0x1000000 | high | (bytes[index + 2] ?? 0)).toString(16).slice(1);
  }
  return text.slice(0, bytes.length * 2);
}
