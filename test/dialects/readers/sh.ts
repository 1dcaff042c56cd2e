/** Reads assignments as a POSIX shell does (XCU section 2.2), refusing all that it would expand or run. */

import { type Cursor, type Pairs, readLines, SHELL_NAME } from "./cursor.ts";

export function readShell(text: string): Pairs {
  return readLines(text, readWord, SHELL_NAME);
}

function readWord(cursor: Cursor): string {
  const parts: string[] = [];
  for (;;) {
    const character = cursor.peek();
    if (character === "\n") return parts.join("");
    if (character === "'") {
      cursor.next();
      parts.push(cursor.takeUntil("'"));
    } else if (character === '"') {
      cursor.next();
      parts.push(readDoubleQuoted(cursor));
    } else {
      parts.push(cursor.take(/[A-Za-z0-9_@%+=:,./^-]/y));
    }
  }
}

function readDoubleQuoted(cursor: Cursor): string {
  const parts: string[] = [];
  for (;;) {
    const character = cursor.next();
    if (character === '"') return parts.join("");
    if (character === "$" || character === "`") throw new Error("a shell would expand this");
    if (character !== "\\") {
      parts.push(character);
      continue;
    }
    const next = cursor.next();
    if (next === "\n") continue;
    parts.push('"\\$`'.includes(next) ? next : `\\${next}`);
  }
}
