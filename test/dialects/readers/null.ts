/** Reads the null dialect: records that end in NUL, split at their first equals sign. */

import { Cursor, type Pairs } from "./cursor.ts";

export function readNull(text: string): Pairs {
  const cursor = new Cursor(text);
  const pairs: (readonly [string, string])[] = [];
  while (!cursor.isAtEnd) pairs.push([cursor.takeUntil("="), cursor.takeUntil("\0")]);
  return pairs;
}
