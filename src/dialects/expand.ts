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

import { common, type Encoded, fileDialect, notRepresentable, uncommon } from "./dialect.ts";
import { encodeInQuotes, formatWithWarning } from "./js.ts";
import { isBare, replaceAll } from "./quoting.ts";
import { isCommonName } from "./shell-names.ts";

export const expand = fileDialect("expand", encode, formatWithWarning);

function encode(value: string, name: string): Encoded {
  if (value.includes("$(")) return notRepresentable("holds $(");
  const encoded = isBare(value) ? common(value) : encodeInQuotes(replaceAll(value, "$", "\\$"));
  if (typeof encoded !== "string") return encoded;
  return isCommonName(name) && !hasDollarBehindEscaped(value) ? encoded : uncommon(encoded);
}

/** A `$` somewhere behind a `\$`: c12 takes the backslash off the wrong one. */
function hasDollarBehindEscaped(value: string): boolean {
  const at = value.indexOf("\\$");
  return at !== -1 && value.includes("$", at + 2);
}
