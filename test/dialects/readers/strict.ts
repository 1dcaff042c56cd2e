/** Reads the strict dialect, by its grammar: bare, 'single' on one line, or "double" without escapes. */

import { BARE, type Cursor, type Pairs, readLines, SHELL_NAME } from "./cursor.ts";

export function readStrict(text: string): Pairs {
  return readLines(text, readStrictValue, SHELL_NAME);
}

const NONCHARACTER =
  /[\ufdd0-\ufdef]|[\ufffe\uffff]|[\ud83f\ud87f\ud8bf\ud8ff\ud93f\ud97f\ud9bf\ud9ff\uda3f\uda7f\udabf\udaff\udb3f\udb7f\udbbf\udbff][\udffe\udfff]/;

function readStrictValue(cursor: Cursor): string {
  const quote = cursor.peek();
  if (quote !== "'" && quote !== '"') return cursor.take(BARE);
  cursor.next();
  const value = cursor.takeUntil(quote);
  if (NONCHARACTER.test(value)) throw new Error("a noncharacter");
  const forbidden = quote === "'" ? /[\r\n]|\\\\|\\\$|\\$|\$[A-Za-z0-9_{(]/ : /["\\$`\r]/;
  if (forbidden.test(value)) throw new Error(`${forbidden} in ${quote}`);
  return value;
}
