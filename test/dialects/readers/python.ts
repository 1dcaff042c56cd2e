/** Reads the python dialect as python-dotenv does: its quoted values, its escapes, its expansion. */

import { BARE, type Cursor, type Pairs, readLines } from "./cursor.ts";

export function readPython(text: string): Pairs {
  return readLines(text, readValue).map(([name, value]) => [name, expand(value)] as const);
}

function readValue(cursor: Cursor): string {
  const quote = cursor.peek();
  if (quote === "'") {
    return cursor
      .take(/'(?:\\'|[^'])*'/y)
      .slice(1, -1)
      .replace(/\\[\\']/g, (escape) => escape.slice(1));
  }
  if (quote === '"') {
    return cursor
      .take(/"(?:\\"|[^"])*"/y)
      .slice(1, -1)
      .replace(/\\[\\'"nrt]/g, (escape) => DECODED[escape] ?? "");
  }
  return cursor.take(BARE);
}

const DECODED: Record<string, string> = {
  "\\\\": "\\",
  "\\'": "'",
  '\\"': '"',
  "\\n": "\n",
  "\\r": "\r",
  "\\t": "\t",
};

/** Every `${NAME:-default}` is its default here: no variable has the empty name. */
function expand(value: string): string {
  return value.replace(/\$\{([^}:]*)(?::-([^}]*))?\}/g, (_, name: string, fallback?: string) => {
    if (name !== "" || fallback === undefined) throw new Error("a variable would be read");
    return fallback;
  });
}
