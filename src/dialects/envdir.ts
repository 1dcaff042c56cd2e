/**
 * The envdir dialect: a directory with one file a variable, for `s6-envdir -Lf`, daemontools'
 * `envdir` and runit's `chpst -e`.
 *
 *     directory = *( <file called NAME> )
 *     file      = *( literal / NUL ) LF
 *     literal   = <any character but LF and NUL>
 *     NUL       = %x00                 ; stands for LF
 *
 * The final LF makes the empty value a file that is not empty: an empty one removes the variable.
 * daemontools and runit cut blanks off the value's end: such a variable is reported as uncommon.
 */

import { common, directoryDialect, type Encoded, uncommon } from "./dialect.ts";
import { replaceAll } from "./quoting.ts";

export const envdir = directoryDialect("envdir", encode);

function encode(value: string): Encoded {
  const text = `${replaceAll(value, "\n", "\0")}\n`;
  return value.endsWith(" ") || value.endsWith("\t") ? uncommon(text) : common(text);
}
