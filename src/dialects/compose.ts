/**
 * The compose dialect: `NAME=value` lines for Docker Compose's `env_file` and `.env` from version 2
 * on, and for phpdotenv (Laravel).
 *
 *     file     = *( NAME "=" value LF )
 *     value    = bare / DQUOTE *( literal / escape ) DQUOTE
 *     bare     = <as in the strict dialect>
 *     literal  = <any character but DQUOTE, "\", "$", LF, CR and HTAB>
 *     escape   = "\" ( DQUOTE / "\" / "$" )         ; stands for its second character
 *              / "\n" / "\r" / "\t"                 ; stand for LF, CR and HTAB
 *
 * phpdotenv takes no hyphen in a name: such a variable is reported as uncommon.
 */

import { common, type Encoded, lineDialect, uncommon } from "./dialect.ts";
import { escapeBreaks, escapeWithBackslash, isBare, replaceAll } from "./quoting.ts";

export const compose = lineDialect("compose", encode);

function encode(value: string, name: string): Encoded {
  const text = isBare(value) ? value : `"${escape(value)}"`;
  return name.includes("-") ? uncommon(text) : common(text);
}

function escape(value: string): string {
  return replaceAll(escapeBreaks(escapeWithBackslash(value, '"$')), "\t", "\\t");
}
