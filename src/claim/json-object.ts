/** Reads a flat JSON object (RFC 8259), keeping what JSON.parse would lose: order and duplicates. */

import { parseHex } from "../bytes/hex.ts";
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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

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

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#skipBlanks();
    return this.#at === this.#text.length;
  }

  /** A key that comes twice is malformed: readers disagree about which one counts. */
  readObject(most: number): readonly Entry[] | undefined {
    const entries: Entry[] = [];
    const names = new Set<string>();
    if (!this.#take("{")) return undefined;
    if (this.#take("}")) return entries;
    do {
      this.#skipBlanks();
      const name = this.#readString();
      if (name === undefined || names.has(name) || !this.#take(":")) return undefined;
      names.add(name);
      const entry = this.#readValue(name);
      if (entry === undefined) return undefined;
      entries.push(entry);
      if (entries.length === most) return entries;
    } while (this.#take(","));
    return this.#take("}") ? entries : undefined;
  }

  #readValue(name: string): Entry | undefined {
    this.#skipBlanks();
    const first = this.#text.charAt(this.#at);
    if (first === '"') {
      const text = this.#readString();
      return text === undefined ? undefined : { name, kind: "text", text };
    }
    if (first === "{" || first === "[") {
      return this.#skipNested() ? { name, kind: first === "{" ? "object" : "array" } : undefined;
    }
    return readLiteral(name, this.#readWord());
  }

  #readString(): string | undefined {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) return undefined;
    const parts: string[] = [];
    let start = this.#at + 1;
    for (let at = start; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code < 0x20) return undefined;
      if (code !== QUOTE && code !== BACKSLASH) continue;
      parts.push(this.#text.slice(start, at));
      if (code === QUOTE) {
        this.#at = at + 1;
        return parts.join("");
      }
      const escaped = this.#readEscape(at + 1);
      if (escaped === undefined) return undefined;
      parts.push(escaped.text);
      start = at + 1 + escaped.length;
      at = start - 1;
    }
    return undefined;
  }

  /** What the escape at `at`, behind its backslash, stands for, and how long it is. */
  #readEscape(at: number): { readonly text: string; readonly length: number } | undefined {
    const character = this.#text.charAt(at);
    if (character !== "u") {
      const text = ESCAPES[character];
      return text === undefined ? undefined : { text, length: 1 };
    }
    const digits = this.#text.slice(at + 1, at + 5);
    const unit = digits.length === 4 ? parseHex(digits) : undefined;
    return unit === undefined ? undefined : { text: String.fromCharCode(unit), length: 5 };
  }

  /**
   * Skips an array or object. Any in an answer is refused, so only its end has to be found; it is
   * counted, not descended into: a hundred thousand brackets must not exhaust the stack.
   */
  #skipNested(): boolean {
    let depth = 0;
    do {
      const character = this.#text.charAt(this.#at);
      if (character === "") return false;
      if (character === '"') {
        if (this.#readString() === undefined) return false;
        continue;
      }
      if (character === "{" || character === "[") depth += 1;
      if (character === "}" || character === "]") depth -= 1;
      this.#at += 1;
    } while (depth > 0);
    return true;
  }

  #readWord(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !isWordEnd(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  /** Skips blanks, then takes `character` if it is next. */
  #take(character: string): boolean {
    this.#skipBlanks();
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    while (isJsonBlank(this.#text.charAt(this.#at))) this.#at += 1;
  }
}

function isJsonBlank(character: string): boolean {
  return character === " " || character === "\n" || character === "\r" || character === "\t";
}

function isWordEnd(character: string): boolean {
  return character === "," || character === "}" || character === "]" || isJsonBlank(character);
}

function readLiteral(name: string, word: string): Entry | undefined {
  if (word === "null") return { name, kind: "null" };
  if (word === "true" || word === "false") return { name, kind: "boolean" };
  const first = word.charCodeAt(word.startsWith("-") ? 1 : 0);
  const isNumber = first >= 0x30 && first <= 0x39 && !Number.isNaN(Number(word));
  return isNumber ? { name, kind: "number" } : undefined;
}
