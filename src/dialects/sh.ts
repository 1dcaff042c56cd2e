/**
 * The sh dialect: `NAME=value` lines for POSIX shells (`set -a; . ./.env`, XCU section 2.2.3) and
 * systemd's `EnvironmentFile=` (systemd.exec(5)) alike.
 *
 *     file     = *( NAME "=" value LF )
 *     value    = bare / DQUOTE *( literal / escape ) DQUOTE
 *     bare     = <as in the strict dialect>
 *     literal  = <any character, line breaks included, but DQUOTE, "\", "$" and "`">
 *     escape   = "\" ( DQUOTE / "\" / "$" / "`" )   ; stands for its second character
 *
 * systemd ignores a variable that holds a Unicode noncharacter: it is reported as uncommon.
 */

import { common, type Encoded, lineDialect, notRepresentable, uncommon } from "./dialect.ts";
import { escapeWithBackslash, hasNoncharacter, isBare } from "./quoting.ts";
import { isCommonName, isShellName } from "./shell-names.ts";

export const sh = lineDialect("sh", encode);

function encode(value: string, name: string): Encoded {
  if (!isShellName(name)) return notRepresentable("has a name with a dot or a hyphen");
  const text = isBare(value) ? value : `"${escapeWithBackslash(value, '"$`')}"`;
  return isCommonName(name) && !hasNoncharacter(value) ? common(text) : uncommon(text);
}
