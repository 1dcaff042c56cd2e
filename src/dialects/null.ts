/**
 * The null dialect: variables ended by NUL, as `env -0` prints and `xargs -0` takes them.
 *
 *     file     = *( NAME "=" value NUL )
 *     value    = <any characters but NUL>
 */

import { common, type Entry, fileDialect } from "./dialect.ts";

export const nullEnded = fileDialect("null", (value) => common(value), formatRecords);

function formatRecords(entries: readonly Entry[]): string {
  return entries.map(({ name, text }) => `${name}=${text}\0`).join("");
}
