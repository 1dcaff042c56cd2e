/** Reads the kubelet dialect line by line, as the kubelet of Kubernetes 1.35 does. */

import type { Pairs } from "./cursor.ts";
import { scanLines } from "./docker.ts";

export function readKubelet(text: string): Pairs {
  const lines = [...scanLines(text)];
  const pairs: (readonly [string, string])[] = [];
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const match = /^([A-Za-z_.-][\w.-]*)='([^]*)$/.exec(line);
    if (match === null) throw new Error("expected NAME='");
    const [, name = "", first = ""] = match;
    const parts = [first];
    while (!parts.at(-1)?.includes("'")) {
      const next = lines.shift();
      if (next === undefined) throw new Error("unclosed single quote");
      parts.push(next);
    }
    const value = parts.join("\n");
    if (value.indexOf("'") !== value.length - 1) throw new Error("content after the closing quote");
    pairs.push([name, value.slice(0, -1)]);
  }
  return pairs;
}
