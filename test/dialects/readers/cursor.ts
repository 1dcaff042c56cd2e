/** A place in a text that readers move over; whatever the grammar does not say is an error. */

export type Pairs = readonly (readonly [name: string, value: string])[];

export class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  peek(): string {
    return this.#text.charAt(this.#at);
  }

  /** Moves over what the sticky `pattern` matches, and gives it; an error where it does not. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw new Error(`expected ${pattern} at ${this.#at}`);
    this.#at += match[0].length;
    return match[0];
  }

  /** One character, or an error at the end. */
  next(): string {
    const character = this.#text.charAt(this.#at);
    if (character === "") throw new Error("expected more, got the end");
    this.#at += 1;
    return character;
  }

  /** All up to `end`, over which it moves; an error where there is none. */
  takeUntil(end: string): string {
    const at = this.#text.indexOf(end, this.#at);
    if (at === -1) throw new Error(`expected ${JSON.stringify(end)} behind ${this.#at}`);
    const taken = this.#text.slice(this.#at, at);
    this.#at = at + end.length;
    return taken;
  }
}

export const NAME = /[A-Za-z_][A-Za-z0-9_.-]*/y;
export const SHELL_NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
export const BARE = /(?:[A-Za-z0-9_@%+:,./^-][A-Za-z0-9_@%+=:,./^-]*)?/y;

/** What stands between quotes, up to the closing one, where a backslash and a character are `escapes`. */
export function takeEscaped(
  cursor: Cursor,
  quote: string,
  escapes: Record<string, string>,
): string {
  const parts: string[] = [];
  for (;;) {
    const character = cursor.next();
    if (character === quote) return parts.join("");
    if (character !== "\\") {
      parts.push(character);
      continue;
    }
    const escaped = escapes[cursor.next()];
    if (escaped === undefined) throw new Error("expected an escape of the grammar");
    parts.push(escaped);
  }
}

/** `NAME=value` lines, with `readValue` for what is behind the equals sign. */
export function readLines(
  text: string,
  readValue: (cursor: Cursor) => string,
  name: RegExp = NAME,
): Pairs {
  const cursor = new Cursor(text);
  const pairs: (readonly [string, string])[] = [];
  while (!cursor.isAtEnd) {
    const taken = cursor.take(name);
    cursor.take(/=/y);
    pairs.push([taken, readValue(cursor)]);
    cursor.take(/\n/y);
  }
  return pairs;
}
