/** Reads the raw dialect: whatever some reader takes for a line, split at its first equals sign. */

import type { Pairs } from "./cursor.ts";

export function readRaw(text: string): Pairs {
  if (text === "") return [];
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
  if (lines.pop() !== "") throw new Error("expected a final line feed");
  return lines.map((line) => {
    const equals = line.indexOf("=");
    if (equals < 1) throw new Error("expected NAME=value");
    return [line.slice(0, equals), line.slice(equals + 1)] as const;
  });
}
