/** What the dialects share: what may stand bare, what a text holds, how characters are escaped. */

const SAFE_PUNCTUATION = "_@%+=:,./^-";

/**
 * Whether every reader of `NAME=value` lines takes the value as it stands:
 * `[A-Za-z0-9_@%+=:,./^-]*`, not beginning with `=`, which zsh expands.
 */
export function isBare(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (!isAlphanumeric(code) && !SAFE_PUNCTUATION.includes(value.charAt(index))) return false;
  }
  return !value.startsWith("=");
}

export function isAlphanumeric(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a)
  );
}

/** Whether `value` holds at least one of the characters of `set`. */
export function hasAnyOf(value: string, set: string): boolean {
  for (const character of set) if (value.includes(character)) return true;
  return false;
}

/** Whether `value` holds a code point that Unicode reserves for internal use (section 23.7). */
export function hasNoncharacter(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
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
