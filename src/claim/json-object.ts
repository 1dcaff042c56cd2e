/** Reads a flat JSON object (RFC 8259), keeping what JSON.parse would lose: order and duplicates. */

import { allBut, characterSet, isAllOf } from "../bytes/character-set.ts";
import { parseHex } from "../bytes/hex.ts";
import { span } from "../bytes/primitives.ts";
import type { Entry } from "./environment.ts";

/**
 * What stands under each key, in the order of the text; undefined where the text is malformed.
 * Nothing is read behind `most` keys.
 */
export function parseJsonObject(text: string, most: number): readonly Entry[] | undefined {
  const reader = new Reader(text);
  const entries = reader.readObject(most);
  const isWhole = entries !== undefined && (entries.length === most || reader.isAtEnd());
  return isWhole ? entries : undefined;
}

const BLANKS = characterSet(" ", "\n", "\r", "\t");
/** What stands for itself: neither control characters nor the backslash. */
const PLAIN = allBut("\0-\x1f", "\\");
const WORD_ENDS = ",}] \n\r\t";

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Pieces that the text is cut into at first. */
const FIRST_PIECES = 4096;

/**
 * Goes from quote to quote, which the engine finds by itself: what stands between strings and the
 * strings themselves take turns.
 */
class Reader {
  readonly #text: string;
  /** What stands before, between and behind quotes; the first of them only, where their number is the limit. */
  #pieces: readonly string[];
  #limit = FIRST_PIECES;
  /** The place of the piece behind the one that is being read. */
  #next = 1;
  /** What is left to be read of the text before the next string. */
  #rest: string;

  constructor(text: string) {
    this.#text = text;
    this.#pieces = text.split('"', FIRST_PIECES);
    this.#rest = this.#pieces[0] ?? "";
  }

  isAtEnd(): boolean {
    return isBlank(this.#rest) && !this.#hasNext();
  }

  /** A key that comes twice is malformed: readers disagree about which one counts. */
  readObject(most: number): readonly Entry[] | undefined {
    if (!this.#take("{")) return undefined;
    const names = new Set<string>();
    const entries = this.#readPlainMembers(most - 1, names);
    if (names.size < entries.length) return undefined;
    if (entries.length === 0 && this.#take("}")) return entries;
    do {
      const name = this.#readString();
      if (name === undefined || !this.#take(":")) return undefined;
      names.add(name);
      const entry = this.#readValue(name);
      if (entry === undefined) return undefined;
      entries.push(entry);
      if (names.size < entries.length) return undefined;
    } while (entries.length < most && this.#take(","));
    return entries.length === most || this.#take("}") ? entries : undefined;
  }

  /**
   * Members of strings without escapes that a comma follows, as far as they stand there first and in
   * the spacing of most callers: whatever else there is, is left. Ends behind a key that came before.
   */
  #readPlainMembers(most: number, names: Set<string>): Entry[] {
    const entries: Entry[] = [];
    if (this.#rest !== "" || span(this.#text, 0, PLAIN) < this.#text.length) return entries;
    for (let at = 1; entries.length < most && names.size === entries.length; at += 4) {
      if (at + 3 >= this.#limit) this.#grow();
      const pieces = this.#pieces;
      const name = pieces[at];
      const colon = pieces[at + 1];
      const text = pieces[at + 2];
      const comma = pieces[at + 3];
      if (name === undefined || text === undefined) break;
      if ((colon !== ":" && colon !== ": ") || (comma !== "," && comma !== ", ")) break;
      names.add(name);
      entries.push({ name, kind: "text", text });
      this.#next = at + 4;
    }
    return entries;
  }

  #readValue(name: string): Entry | undefined {
    if (isBlank(this.#rest)) {
      const text = this.#readString();
      return text === undefined ? undefined : { name, kind: "text", text };
    }
    this.#rest = withoutBlanks(this.#rest);
    const first = this.#rest.charAt(0);
    if (first === "{" || first === "[") {
      return this.#skipNested() ? { name, kind: first === "{" ? "object" : "array" } : undefined;
    }
    const word = this.#readWord();
    return word === undefined ? undefined : readLiteral(name, word);
  }

  /** The string that is next, behind blanks alone. */
  #readString(): string | undefined {
    if (!isBlank(this.#rest) || !this.#hasNext()) return undefined;
    let raw = this.#pieces[this.#next] ?? "";
    this.#next += 1;
    if (span(raw, 0, PLAIN) < raw.length) {
      const whole = this.#joinEscaped(raw);
      const text = whole === undefined ? undefined : unescape(whole);
      if (text === undefined) return undefined;
      raw = text;
    }
    if (!this.#hasNext()) return undefined;
    this.#rest = this.#pieces[this.#next] ?? "";
    this.#next += 1;
    return raw;
  }

  /** The piece, with those behind it that an escaped quote has cut off. */
  #joinEscaped(first: string): string | undefined {
    const joined = [first];
    for (let piece = first; endsInEscape(piece); this.#next += 1) {
      if (!this.#hasNext()) return undefined;
      piece = this.#pieces[this.#next] ?? "";
      joined.push(piece);
    }
    return joined.join('"');
  }

  /** Not all at once: a text of nothing but quotes would become a list sixteen times its size. */
  #hasNext(): boolean {
    if (this.#next === this.#limit) this.#grow();
    return this.#next < this.#pieces.length;
  }

  #grow(): void {
    this.#limit *= 2;
    this.#pieces = this.#text.split('"', this.#limit);
  }

  /**
   * Skips an array or object. Any in an answer is refused, so only its end has to be found; it is
   * counted, not descended into: a hundred thousand brackets must not exhaust the stack.
   */
  #skipNested(): boolean {
    let depth = 0;
    for (;;) {
      for (let at = 0; at < this.#rest.length; at += 1) {
        const character = this.#rest.charAt(at);
        if (character === "{" || character === "[") depth += 1;
        if (character === "}" || character === "]") depth -= 1;
        if (depth > 0) continue;
        this.#rest = this.#rest.slice(at + 1);
        return true;
      }
      this.#rest = "";
      if (this.#readString() === undefined) return false;
    }
  }

  /** Up to a blank or to what ends a value; no word runs into a string. */
  #readWord(): string | undefined {
    const rest = this.#rest;
    let end = 0;
    while (end < rest.length && !WORD_ENDS.includes(rest.charAt(end))) end += 1;
    if (end === rest.length && this.#hasNext()) return undefined;
    this.#rest = rest.slice(end);
    return rest.slice(0, end);
  }

  /** Skips blanks, then takes `character` if it is next. */
  #take(character: string): boolean {
    const rest = withoutBlanks(this.#rest);
    if (!rest.startsWith(character)) return false;
    this.#rest = rest.slice(1);
    return true;
  }
}

function isBlank(text: string): boolean {
  return text === "" || text === " " || isAllOf(text, BLANKS);
}

/** The text from its first character on that is no blank. */
function withoutBlanks(text: string): string {
  return text.slice(span(text, 0, BLANKS));
}

/** Whether the piece's last backslash escapes the quote behind it. */
function endsInEscape(piece: string): boolean {
  let start = piece.length;
  while (piece.charAt(start - 1) === "\\") start -= 1;
  return (piece.length - start) % 2 === 1;
}

/** What the inside of a string stands for. */
function unescape(raw: string): string | undefined {
  const parts: string[] = [];
  for (let at = 0; ;) {
    const end = span(raw, at, PLAIN);
    parts.push(raw.slice(at, end));
    if (end === raw.length) return parts.join("");
    // A quote stands only behind a backslash here, and a control character nowhere.
    const escaped = raw.charAt(end) === "\\" ? readEscape(raw, end + 1) : undefined;
    if (escaped === undefined) return undefined;
    parts.push(escaped.text);
    at = end + 1 + escaped.length;
  }
}

/** What the escape at `at`, behind its backslash, stands for, and how long it is. */
function readEscape(
  raw: string,
  at: number,
): { readonly text: string; readonly length: number } | undefined {
  const character = raw.charAt(at);
  if (character !== "u") {
    const text = ESCAPES[character];
    return text === undefined ? undefined : { text, length: 1 };
  }
  const digits = raw.slice(at + 1, at + 5);
  const unit = digits.length === 4 ? parseHex(digits) : undefined;
  return unit === undefined ? undefined : { text: String.fromCharCode(unit), length: 5 };
}

function readLiteral(name: string, word: string): Entry | undefined {
  if (word === "null") return { name, kind: "null" };
  if (word === "true" || word === "false") return { name, kind: "boolean" };
  const first = word.charCodeAt(word.startsWith("-") ? 1 : 0);
  const isNumber = first >= 0x30 && first <= 0x39 && !Number.isNaN(Number(word));
  return isNumber ? { name, kind: "number" } : undefined;
}
