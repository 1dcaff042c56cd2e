/**
 * The js dialect: `NAME=value` lines for dotenv from 15 on, dotenv-flow, Node and Deno.
 *
 *     file     = [ warning LF ] *( NAME "=" value LF )
 *     warning  = "#" text              ; there where a value stands in backticks
 *     value    = bare / "'" literal "'" / DQUOTE decoded DQUOTE / "`" literal "`"
 *     bare     = <as in the strict dialect>
 *     literal  = <any characters, line breaks included, but the quote and CR; no "\" at its end>
 *     decoded  = <as literal, but "\n" stands for LF and "\r" for CR>
 *
 * No backslash protects a quote, and none is doubled. Node neither decodes "\r" nor keeps a CR: a
 * variable with one is reported as uncommon.
 */

import { common, type Encoded, type Entry, fileDialect, formatLines } from "./dialect.ts";
import { notRepresentable, uncommon } from "./dialect.ts";
import { escapeBreaks, hasAnyOf, isBare } from "./quoting.ts";

export const js = fileDialect("js", encode, formatWithWarning);

function encode(value: string): Encoded {
  return isBare(value) ? common(value) : encodeInQuotes(value);
}

/** The value in the first quotes in which dotenv, Node and Deno read it alike. */
export function encodeInQuotes(value: string): Encoded {
  const isPlain = !hasAnyOf(value, '"\\$`');
  if (value.includes("\r")) {
    return isPlain
      ? uncommon(`"${escapeBreaks(value)}"`)
      : notRepresentable('holds a carriage return together with one of " \\ $ `');
  }
  if (isPlain && value.includes("\n")) return common(`"${value}"`);
  // A backslash before the closing quote escapes it where a later line holds the same quote.
  if (value.endsWith("\\")) return notRepresentable("ends in a backslash");
  if (!value.includes("'")) return common(`'${value}'`);
  if (isPlain || !isDecodedInDoubleQuotes(value)) return common(`"${value}"`);
  if (!value.includes("`")) return common(`\`${value}\``);
  return notRepresentable('holds a single quote, a backtick, and one of " $ \\n \\r');
}

/** Whether a reader would end, expand or decode the value in double quotes. */
function isDecodedInDoubleQuotes(value: string): boolean {
  return hasAnyOf(value, '"$') || value.includes("\\n") || value.includes("\\r");
}

const WARNING = "# Never to be sourced by a shell: it would run what stands in backticks here\n";

/** The lines, below a warning where one has backticks that a shell would run. */
export function formatWithWarning(entries: readonly Entry[]): string {
  const hasBackticks = entries.some(({ text }) => text.startsWith("`"));
  return (hasBackticks ? WARNING : "") + formatLines(entries);
}
