/** Reads the envdir dialect as `s6-envdir -Lf` does. */

import type { Pairs } from "./cursor.ts";

export interface NamedFile {
  readonly name: string;
  readonly text: string;
}

export function readEnvdir(files: readonly NamedFile[]): Pairs {
  return files.map(({ name, text }) => {
    if (name.startsWith(".") || /[/=]/.test(name)) throw new Error("the file is not read");
    if (text.indexOf("\n") !== text.length - 1) throw new Error("expected one LF, at the end");
    return [name, text.slice(0, -1).split("\0").join("\n")] as const;
  });
}
