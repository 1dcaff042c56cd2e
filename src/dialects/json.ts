/**
 * The json dialect: one JSON object (RFC 8259) of strings.
 *
 *     file     = "{" [ member *( "," member ) ] "}" LF
 *     member   = string ":" string     ; RFC 8259 section 7; in the claim's order
 */

import { common, type Entry, fileDialect } from "./dialect.ts";

export const json = fileDialect("json", (value) => common(value), formatObject);

/** Member by member: an object would move names of digits to its front, and lose `__proto__`. */
function formatObject(entries: readonly Entry[]): string {
  const members = entries.map(
    ({ name, text }) => `${JSON.stringify(name)}:${JSON.stringify(text)}`,
  );
  return `{${members.join(",")}}\n`;
}
