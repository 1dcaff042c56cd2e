/**
 * The portable dialect: `NAME=value` lines that shells, systemd, dotenv and Node read exactly, and
 * that every quote-aware reader reads alike unless the variable is reported as uncommon.
 *
 *     file     = *( NAME "=" value LF )
 *     value    = strict-value / "'" literal "'"
 *     strict-value = <value of the strict dialect, taken first>
 *     literal  = *( %x01-10FFFF )      ; line breaks included; no "'", no CR, no "\" at its end
 */

import { common, type Encoded, lineDialect, notRepresentable, uncommon } from "./dialect.ts";
import { isCommonName } from "./shell-names.ts";
import { encodeAlike } from "./strict.ts";

export const portable = lineDialect("portable", encode);

function encode(value: string, name: string): Encoded {
  const alike = encodeAlike(value);
  if (alike !== undefined) return isCommonName(name) ? common(alike) : uncommon(alike);
  if (value.includes("\r")) return notRepresentable("holds a carriage return");
  if (value.endsWith("\\")) return notRepresentable("ends in a backslash");
  if (value.includes("'")) {
    return notRepresentable(
      'holds a single quote together with one of " \\ $ ` or a Unicode noncharacter',
    );
  }
  // Exact in every POSIX shell, systemd, dotenv and Node; others decode or expand in single quotes.
  return uncommon(`'${value}'`);
}
