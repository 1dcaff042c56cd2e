/** Reads the portable dialect, by its grammar: bare, 'literal', or "double" without escapes. */

import { BARE, type Cursor, type Pairs, readLines } from "./cursor.ts";

export function readPortable(text: string): Pairs {
  return readLines(text, readPortableValue);
}

function readPortableValue(cursor: Cursor): string {
  const quote = cursor.peek();
  if (quote !== "'" && quote !== '"') return cursor.take(BARE);
  cursor.next();
  const value = cursor.takeUntil(quote);
  const forbidden = quote === "'" ? /\r|\\$/ : /["\\$`\r]/;
  if (forbidden.test(value)) throw new Error(`${forbidden} in ${quote}`);
  return value;
}
