/** The parts of a text that are written by a program, between markers. */

import { readFileSync, writeFileSync } from "node:fs";

/** Puts `text` between the file's markers of that name; throws where there are none. */
export function renewSection(file: string, name: string, text: string): void {
  const before = `<!-- ${name}:begin -->\n`;
  const after = `<!-- ${name}:end -->`;
  const whole = readFileSync(file, "utf8");
  const start = whole.indexOf(before) + before.length;
  const end = whole.indexOf(after);
  if (start < before.length || end < start) throw new Error(`${file} has no place for ${name}`);
  writeFileSync(file, `${whole.slice(0, start)}\n${text}\n\n${whole.slice(end)}`);
}
