/**
 * The kubelet dialect: the env files that Kubernetes reads by `fileKeyRef`, from version 1.35 on
 * (kubernetes.io, "Define Environment Variable Values Using An Init Container", env file syntax;
 * ParseEnv in kubernetes/kubernetes, pkg/kubelet/util/env/env_util.go).
 *
 *     file     = *( NAME "=" "'" literal "'" LF )
 *     literal  = <any characters, line breaks included, but "'"; no CR before LF>
 *
 * There is no bare form: 1.35 refuses a file with an unquoted value. It drops a CR before LF, and
 * gives up at a line of more than 65,535 bytes. 1.34 read another grammar, and quotes as part of
 * the value.
 */

import { utf8Length } from "../bytes/primitives.ts";
import { common, type Encoded, lineDialect, notRepresentable } from "./dialect.ts";
import { MAX_SCANNED_LINE_BYTES } from "./quoting.ts";

export const kubelet = lineDialect("kubelet", encode);

function encode(value: string, name: string): Encoded {
  if (value.includes("'")) return notRepresentable("holds a single quote");
  if (value.includes("\r\n")) return notRepresentable("holds a carriage return before a line feed");
  const lines = `${name}='${value}'`.split("\n");
  if (lines.some((line) => utf8Length(line) > MAX_SCANNED_LINE_BYTES)) {
    return notRepresentable(`makes a line of more than ${MAX_SCANNED_LINE_BYTES} bytes`);
  }
  return common(`'${value}'`);
}
