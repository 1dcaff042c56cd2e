/** Reads the files dialect: each file is a value. */

import type { Pairs } from "./cursor.ts";
import type { NamedFile } from "./envdir.ts";

export function readFiles(files: readonly NamedFile[]): Pairs {
  return files.map(({ name, text }) => {
    if (name.startsWith(".") || name.includes("/") || name.length > 255) throw new Error("no name");
    return [name, text] as const;
  });
}
