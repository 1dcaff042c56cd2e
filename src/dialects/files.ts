/**
 * The files dialect: a directory with one file a variable, as in `/run/secrets`.
 *
 *     directory = *( <file called NAME> )
 *     file      = <the value, and nothing else>
 */

import { common, directoryDialect } from "./dialect.ts";

export const files = directoryDialect("files", (value) => common(value));
