/**
 * The expand dialect: `NAME=value` lines for readers that expand `$NAME` in any quotes: Vite, Next,
 * Bun, c12 and dotenv-expand.
 *
 *     file     = <as in the js dialect>
 *     value    = <as in the js dialect, but in each quoting "\$" stands for "$", and no other "$" is
 *                there>
 *
 * Some of its readers run `$(command)` however it is quoted: it is refused.
 */

import { common, type Encoded, fileDialect, notRepresentable } from "./dialect.ts";
import { encodeInQuotes, formatWithWarning } from "./js.ts";
import { isBare, replaceAll } from "./quoting.ts";

export const expand = fileDialect("expand", encode, formatWithWarning);

function encode(value: string): Encoded {
  if (isBare(value)) return common(value);
  if (value.includes("$(")) return notRepresentable("holds $(");
  return encodeInQuotes(replaceAll(value, "$", "\\$"));
}
