/** Reads the json dialect member by member, so that order, duplicates and `__proto__` are seen. */

import { Cursor, type Pairs } from "./cursor.ts";

const STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

export function readJson(text: string): Pairs {
  const cursor = new Cursor(text);
  const pairs: (readonly [string, string])[] = [];
  cursor.take(/\{/y);
  while (cursor.peek() !== "}") {
    if (pairs.length > 0) cursor.take(/,/y);
    const name = readString(cursor);
    cursor.take(/:/y);
    pairs.push([name, readString(cursor)]);
  }
  cursor.take(/\}\n/y);
  if (!cursor.isAtEnd) throw new Error("expected the end");
  return pairs;
}

function readString(cursor: Cursor): string {
  return String(JSON.parse(cursor.take(STRING)));
}
