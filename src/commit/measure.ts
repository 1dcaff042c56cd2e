/** How long an output is, and the digest by which it is known again. */

import { encodeUtf8, formatHex } from "../bytes/primitives.ts";
import type { Content } from "./output.ts";

export interface Measure {
  /** Bytes in the file, or in all files of the directory together. */
  readonly length: number;
  /**
   * Lower-case hexadecimal SHA-256 of the file's bytes; for a directory, of each file's name, a NUL,
   * its length in decimal, a NUL and its bytes, in the order given.
   */
  readonly sha256: string;
}

export function measure(content: Content, sha256: (bytes: Uint8Array) => Uint8Array): Measure {
  const bytes = content.kind === "file" ? content.bytes : flatten(content);
  return { length: lengthOf(content), sha256: formatHex(sha256(bytes)) };
}

function lengthOf(content: Content): number {
  if (content.kind === "file") return content.bytes.length;
  return content.files.reduce((length, { bytes }) => length + bytes.length, 0);
}

/** One sequence of bytes for a directory, from which no two directories come alike. */
function flatten(content: Extract<Content, { kind: "directory" }>): Uint8Array {
  const parts = content.files.flatMap(({ name, bytes }) => [
    encodeUtf8(`${name}\0${bytes.length}\0`),
    bytes,
  ]);
  const flat = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    flat.set(part, at);
    at += part.length;
  }
  return flat;
}
