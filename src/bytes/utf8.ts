/** UTF-8, strictly: nothing is ever replaced by U+FFFD (Unicode 16, section 3.9, table 3-7). */

/** Code units gathered before they become text, far below every engine's argument limit. */
const CHUNK = 4096;

/** The text, or undefined where the bytes are not well-formed UTF-8. A byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = "";
  let units: number[] = [];
  let index = 0;
  while (index < bytes.length) {
    const lead = bytes[index] ?? 0;
    if (lead < 0x80) {
      units.push(lead);
      index += 1;
    } else {
      const length = sequenceLength(lead);
      const point = length === 0 ? -1 : decodeSequence(bytes, index, length);
      if (point < 0) return undefined;
      pushPoint(units, point);
      index += length;
    }
    if (units.length >= CHUNK) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

/** Bytes in the sequence that `lead` begins; 0 where none begins so (C0, C1 and F5 upwards too). */
function sequenceLength(lead: number): number {
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/** Smallest code point that needs a sequence of that many bytes: below it the form is overlong. */
const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

function decodeSequence(bytes: Uint8Array, at: number, length: number): number {
  if (at + length > bytes.length) return -1;
  let point = (bytes[at] ?? 0) & (0x7f >> length);
  for (let offset = 1; offset < length; offset += 1) {
    const byte = bytes[at + offset] ?? 0;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  const isOverlong = point < (SMALLEST[length] ?? 0);
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  return isOverlong || isSurrogate || point > 0x10ffff ? -1 : point;
}

function pushPoint(units: number[], point: number): void {
  if (point < 0x10000) {
    units.push(point);
    return;
  }
  units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
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

/** Whether every surrogate in `text` has its partner, so that UTF-8 can hold it. */
export function isWellFormed(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (!isPaired(text, index, unit)) return false;
  }
  return true;
}

/** The UTF-8 bytes of a well-formed text; callers check {@link isWellFormed} first. */
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
