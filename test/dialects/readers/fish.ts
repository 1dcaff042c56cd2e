/** Reads the fish dialect: nothing but `set -gx NAME 'value'`. */

import { Cursor, type Pairs, SHELL_NAME, takeEscaped } from "./cursor.ts";

export function readFish(text: string): Pairs {
  const cursor = new Cursor(text);
  const pairs: (readonly [string, string])[] = [];
  while (!cursor.isAtEnd) {
    cursor.take(/set -gx /y);
    const name = cursor.take(SHELL_NAME);
    cursor.take(/ '/y);
    pairs.push([name, takeEscaped(cursor, "'", { "'": "'", "\\": "\\" })]);
    cursor.take(/\n/y);
  }
  return pairs;
}
