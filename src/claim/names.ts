/** Which names a variable may have, and which a pattern means. */

import { characterSet, isAllOf } from "../bytes/character-set.ts";
import { type CharacterSet } from "../bytes/primitives.ts";

/** Which names a variable may have. */
export const NAME_SETS = ["posix", "dotenv"] as const;
export type NameSet = (typeof NAME_SETS)[number];

const WORD = ["0-9", "A-Z", "a-z", "_"];
const CHARACTERS: Readonly<Record<NameSet, CharacterSet>> = {
  posix: characterSet(...WORD),
  dotenv: characterSet(...WORD, ".", "-"),
};
const HYPHEN = 0x2d;
const NINE = 0x39;

/**
 * `posix`: `[A-Za-z_][A-Za-z0-9_]*`, what shells and every reader take for a name. `dotenv` also
 * takes `.` and `-` behind the first character.
 */
export function isName(text: string, set: NameSet): boolean {
  // Digits, the dot and the hyphen stand side by side in ASCII.
  const first = text.charCodeAt(0);
  if (text === "" || (first >= HYPHEN && first <= NINE)) return false;
  return isAllOf(text, CHARACTERS[set]);
}

/** Whether the text is a name, or a name's beginning and `*`. */
export function isNamePattern(text: string): boolean {
  return isName(text.endsWith("*") ? `${text.slice(0, -1)}_` : text, "dotenv");
}

/** Whether `name` is one of the patterns, or begins as one of them that ends in `*` does. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matches(pattern, name));
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
