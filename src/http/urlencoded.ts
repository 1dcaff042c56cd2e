/** Decodes a query or a form body: `application/x-www-form-urlencoded`, strictly. */

import { decodePercent, isAscii } from "../bytes/utf8.ts";

/** One name with its value, both decoded. */
export type Pair = readonly [name: string, value: string];

/**
 * The pairs in order; undefined where a percent-escape is broken or the bytes are not UTF-8
 * (the URL Standard, section 5.1, would replace them; a secret must not change silently).
 * `text` holds one byte a character. A pair without `=` has the empty value; empty pairs are skipped.
 * Nothing is read behind `most` pairs.
 */
export function parseUrlencoded(text: string, most: number): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  // Not split: a body of nothing but `&` would become a list sixteen times its size.
  for (let start = 0, end = 0; start < text.length && pairs.length < most; start = end + 1) {
    end = endOf(text, "&", start);
    if (end === start) continue;
    const part = text.slice(start, end);
    const equals = part.indexOf("=");
    const name = decodeComponent(equals === -1 ? part : part.slice(0, equals));
    const value = equals === -1 ? "" : decodeComponent(part.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

/** Where the part that begins at `start` ends: before `separator`, or with the text. */
function endOf(text: string, separator: string, start: number): number {
  const found = text.indexOf(separator, start);
  return found === -1 ? text.length : found;
}

/** `+` is a blank, `%XX` a byte, and so is each other character; the bytes are UTF-8. */
function decodeComponent(text: string): string | undefined {
  const spaced = text.includes("+") ? text.split("+").join(" ") : text;
  // Bytes beyond ASCII that came as they are become escapes too; the escapes that came stay.
  return decodePercent(isAscii(spaced) ? spaced : spaced.split("%").map(escape).join("%"));
}
