/**
 * The portable dialect: `NAME=value` lines that shells, systemd, dotenv and Node read exactly, and
 * that every quote-aware reader reads alike unless the variable is reported as uncommon.
 *
 *     file     = *( NAME "=" value LF )
 *     value    = bare / "'" single "'" / DQUOTE double DQUOTE
 *     bare     = what is safe for every reader, the empty value included
 *     single   = literal text without "'"
 *     double   = literal text, line breaks included, without DQUOTE, backslash, "$", backtick, CR
 */

import type { Dialect } from "./dialect.ts";
import {
  type Encoded,
  formatLines,
  hasAnyOf,
  hasNoncharacter,
  isAlphanumeric,
  isBare,
} from "./quoting.ts";

export const portable: Dialect = {
  name: "portable",
  format: (environment) => formatLines(environment, encode),
};

const NOT_REPRESENTABLE: Encoded = {
  kind: "not_representable",
  reason:
    "no encoding means the same to every reader of the portable dialect: it holds a carriage " +
    'return, ends in a backslash, or has a single quote together with one of " \\ $ `',
};

function encode(value: string): Encoded {
  if (isBare(value)) return { kind: "common", text: value };
  if (isCommonInSingleQuotes(value)) return { kind: "common", text: `'${value}'` };
  if (isCommonInDoubleQuotes(value)) return { kind: "common", text: `"${value}"` };
  // Exact in every POSIX shell, systemd, dotenv and Node; others decode or expand in single quotes.
  if (!hasAnyOf(value, "'\r") && !value.endsWith("\\")) {
    return { kind: "uncommon", text: `'${value}'` };
  }
  return NOT_REPRESENTABLE;
}

function isCommonInSingleQuotes(value: string): boolean {
  if (hasAnyOf(value, "'\r\n") || value.includes("\\\\") || value.includes("\\$")) return false;
  if (value.endsWith("\\") || hasExpansion(value) || hasNoncharacter(value)) return false;
  return !(value.startsWith('="') && value.indexOf('"', 2) === -1);
}

function isCommonInDoubleQuotes(value: string): boolean {
  return !hasAnyOf(value, '"\\$`\r') && !hasNoncharacter(value);
}

/** A `$` before a name, a brace or a parenthesis: some readers expand it in any quotes. */
function hasExpansion(value: string): boolean {
  for (let at = value.indexOf("$"); at !== -1; at = value.indexOf("$", at + 1)) {
    const next = value.charCodeAt(at + 1);
    if (isAlphanumeric(next) || "_{(".includes(value.charAt(at + 1) || " ")) return true;
  }
  return false;
}
