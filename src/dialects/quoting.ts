/** What the dialects share: what may stand bare, what a text holds, how characters are escaped. */

import { allBut, BEYOND, characterSet, isAllOf } from "../bytes/character-set.ts";
import { span } from "../bytes/primitives.ts";

const BARE = characterSet("0-9", "A-Z", "a-z", ..."_@%+=:,./^-");
const LATIN1 = allBut(BEYOND);

/**
 * Whether every reader of `NAME=value` lines takes the value as it stands:
 * `[A-Za-z0-9_@%+=:,./^-]*`, not beginning with `=`, which zsh expands.
 */
export function isBare(value: string): boolean {
  return isAllOf(value, BARE) && !value.startsWith("=");
}

/** Whether `value` holds at least one of the characters of `set`. */
export function hasAnyOf(value: string, set: string): boolean {
  for (const character of set) if (value.includes(character)) return true;
  return false;
}

/** Whether `value` holds a code point that Unicode reserves for internal use (section 23.7). */
export function hasNoncharacter(value: string): boolean {
  for (let index = span(value, 0, LATIN1); index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0xd800) continue;
    const point = value.codePointAt(index) ?? unit;
    if ((point & 0xfffe) === 0xfffe || (point >= 0xfdd0 && point <= 0xfdef)) return true;
    if (point > 0xffff) index += 1;
  }
  return false;
}

/** `text` with every `part` replaced, in one pass. */
export function replaceAll(text: string, part: string, replacement: string): string {
  return text.split(part).join(replacement);
}

/** `text` with a backslash before each backslash and each character of `others`. */
export function escapeWithBackslash(text: string, others: string): string {
  let escaped = replaceAll(text, "\\", "\\\\");
  for (const character of others) escaped = replaceAll(escaped, character, `\\${character}`);
  return escaped;
}

/** `text` with its line breaks written as `\n` and `\r`. */
export function escapeBreaks(text: string): string {
  return replaceAll(replaceAll(text, "\n", "\\n"), "\r", "\\r");
}

/**
 * The longest line, without its LF, that Go's bufio.Scanner gives: Docker, podman, kubectl and the
 * kubelet read so. From a longer one on, kubectl drops the rest of the file without a word.
 */
export const MAX_SCANNED_LINE_BYTES = 65_535;
