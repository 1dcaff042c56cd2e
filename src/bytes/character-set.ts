/** Sets of characters, for {@link span}. */

import { type CharacterSet, span } from "./primitives.ts";

/** As a member: every character beyond U+00FF. */
export const BEYOND = "beyond";

/** Of single characters and ranges such as `a-z`; `beyond` is all that is beyond U+00FF. */
export function characterSet(...members: readonly string[]): CharacterSet {
  return mark(new Uint8Array(257), members, 1);
}

const EVERY = characterSet("\0-\xff", BEYOND);

/** Every character but those members. */
export function allBut(...members: readonly string[]): CharacterSet {
  return mark(new Uint8Array(EVERY), members, 0);
}

function mark(table: Uint8Array, members: readonly string[], value: number): CharacterSet {
  // Not `for of`, whose iterator costs an interpreter more than a short list's members.
  for (let index = 0; index < members.length; index += 1) {
    const member = members[index] ?? "";
    const first = member === BEYOND ? 256 : member.charCodeAt(0);
    const last = member.length === 3 ? member.charCodeAt(2) : first;
    for (let code = first; code <= last; code += 1) table[code] = value;
  }
  return table;
}

/** Whether every character of `text` is a member. */
export function isAllOf(text: string, members: CharacterSet): boolean {
  return span(text, 0, members) === text.length;
}
