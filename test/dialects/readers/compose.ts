/** Reads the compose dialect, by its grammar. */

import { BARE, type Cursor, type Pairs, readLines, takeEscaped } from "./cursor.ts";

const ESCAPES = { '"': '"', "\\": "\\", $: "$", n: "\n", r: "\r", t: "\t" };

export function readCompose(text: string): Pairs {
  if (/(^|[^\\])(\\\\)*\$/.test(text)) throw new Error("it would be expanded");
  return readLines(text, readValue);
}

function readValue(cursor: Cursor): string {
  if (cursor.peek() !== '"') return cursor.take(BARE);
  cursor.next();
  return takeEscaped(cursor, '"', ESCAPES);
}
