/** Reads the docker dialect as Go's bufio.Scanner and Docker's, podman's and kubectl's parsers do. */

import type { Pairs } from "./cursor.ts";

/** The lines of bufio.ScanLines: a CR before the LF is dropped, and too long a line is the end. */
export function scanLines(text: string): readonly string[] {
  if (!text.endsWith("\n") && text !== "") throw new Error("expected a final line feed");
  const lines = text.split("\n").slice(0, -1);
  if (lines.some((line) => Buffer.byteLength(line) > 65_535)) throw new Error("token too long");
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

export function readDocker(text: string): Pairs {
  const lines = scanLines(text.startsWith("\ufeff") ? text.slice(1) : text);
  return lines
    .map((line) => line.trimStart())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const equals = line.indexOf("=");
      const name = line.slice(0, equals);
      if (equals === -1 || !/^[A-Za-z_.-][\w.-]*$/.test(name)) throw new Error("not NAME=value");
      return [name, line.slice(equals + 1)] as const;
    });
}
