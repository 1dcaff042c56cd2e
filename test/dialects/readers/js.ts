/** Reads the js dialect as dotenv, Node and Deno do, refusing all on which they differ. */

import { BARE, Cursor, NAME, type Pairs } from "./cursor.ts";

export function readJs(text: string): Pairs {
  const cursor = new Cursor(text);
  const pairs: (readonly [string, string])[] = [];
  while (!cursor.isAtEnd) {
    if (cursor.peek() === "#") {
      cursor.takeUntil("\n");
      continue;
    }
    const name = cursor.take(NAME);
    cursor.take(/=/y);
    pairs.push([name, readValue(cursor)]);
    cursor.take(/\n/y);
  }
  return pairs;
}

function readValue(cursor: Cursor): string {
  const quote = cursor.peek();
  if (quote === "" || !"'\"`".includes(quote)) return cursor.take(BARE);
  cursor.next();
  const value = cursor.takeUntil(quote);
  if (value.endsWith("\\")) throw new Error("dotenv takes the closing quote for an escaped one");
  if (value.includes("\r")) throw new Error("dotenv makes a line feed of it");
  if (quote !== '"') return value;
  if (value.includes("$")) throw new Error("Deno expands it");
  return value.replace(/\\n/g, "\n").replace(/\\r/g, "\r");
}
