/**
 * The docker dialect: `NAME=value` lines without any quoting, for `docker` and `podman --env-file`,
 * `kubectl --from-env-file`, kustomize and Compose's `format: raw`.
 *
 *     file     = *( line LF )
 *     line     = NAME "=" value        ; at most 65,535 bytes
 *     value    = <any characters but LF; no CR at its end>
 *
 * Blanks around the value, quotes, "#" and a byte order mark are part of the value: readers look
 * for comments, blanks and byte order marks only where a line begins, and there stands the name.
 */

import { utf8Length } from "../bytes/primitives.ts";
import { common, type Encoded, lineDialect, notRepresentable } from "./dialect.ts";
import { MAX_SCANNED_LINE_BYTES } from "./quoting.ts";

export const docker = lineDialect("docker", encode);

function encode(value: string, name: string): Encoded {
  if (value.includes("\n")) return notRepresentable("holds a line break");
  if (value.endsWith("\r")) return notRepresentable("ends in a carriage return");
  if (utf8Length(`${name}=${value}`) > MAX_SCANNED_LINE_BYTES) {
    return notRepresentable(`takes more than ${MAX_SCANNED_LINE_BYTES} bytes as NAME=value`);
  }
  return common(value);
}
