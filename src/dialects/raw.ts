/**
 * The raw dialect: `NAME=value` lines byte for byte, nothing quoted, as the original wrote them.
 *
 *     file     = *( NAME "=" value LF )
 *     value    = <any characters but LF, CR, U+2028 and U+2029>
 *
 * Those four would break out of their line: LF everywhere, CR in dotenv, which makes an LF of it,
 * and the two separators in dotenv behind a "#", because JavaScript's `^` and `$` know them.
 */

import { common, type Encoded, lineDialect, notRepresentable } from "./dialect.ts";
import { hasAnyOf } from "./quoting.ts";

export const raw = lineDialect("raw", encode);

function encode(value: string): Encoded {
  return hasAnyOf(value, "\n\r\u2028\u2029")
    ? notRepresentable("holds a line break")
    : common(value);
}
