/**
 * The python dialect: `NAME=value` lines for python-dotenv from 1.0 on, and pydantic-settings.
 *
 *     file     = *( NAME "=" value LF )
 *     value    = bare / "'" *( char / "\\" / "\'" ) "'"
 *              / DQUOTE *( char / "\\" / "\" DQUOTE / "\n" / "\r" ) DQUOTE
 *     bare     = <as in the strict dialect>
 *     char     = literal / dollar / backslash
 *     literal  = <any character but the quote, "\", CR, LF; "$" only where no "{" follows>
 *     dollar   = "${:-$}"              ; stands for "$": the default of a variable without a name
 *     backslash = "${:-\}"             ; stands for "\", there where the value ends
 *
 * The last backslash is written so because `\\` before the closing quote is read as a backslash and
 * an escaped quote, and the value would go on to the next quote of the file.
 */

import { common, type Encoded, lineDialect } from "./dialect.ts";
import { escapeBreaks, escapeWithBackslash, hasAnyOf, isBare, replaceAll } from "./quoting.ts";

export const python = lineDialect("python", encode);

const DOLLAR = "${:-$}";
const BACKSLASH = "${:-\\}";

function encode(value: string): Encoded {
  if (isBare(value)) return common(value);
  const quote = hasAnyOf(value, "\r\n") ? '"' : "'";
  const endsInBackslash = value.endsWith("\\");
  const head = endsInBackslash ? value.slice(0, -1) : value;
  const escaped = escapeBreaks(escapeWithBackslash(head, quote));
  const text = replaceAll(escaped, "${", `${DOLLAR}{`);
  return common(`${quote}${text}${endsInBackslash ? BACKSLASH : ""}${quote}`);
}
