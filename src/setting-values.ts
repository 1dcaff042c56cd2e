/** Parses the values of settings: each gives the value, or the sentence of what was expected. */

import { DIALECT_NAMES, type DialectName } from "./dialects/dialect-names.ts";
import { isRecordPath } from "./commit/paths.ts";
import type { Owner } from "./host.ts";
import { accept, refuse, type Result } from "./result.ts";

/** Decimal digits only, within both bounds. */
export function parseWholeNumber(
  text: string,
  least: number,
  greatest: number,
): Result<number, string> {
  const number = Number(text);
  const isPlain = String(number) === text && Number.isInteger(number);
  if (isPlain && number >= least && number <= greatest) return accept(number);
  return refuse(`a whole number from ${least} to ${greatest}`);
}

export function parseOneOf<Choice extends string>(
  text: string,
  choices: readonly Choice[],
): Result<Choice, string> {
  const choice = choices.find((candidate) => candidate === text);
  return choice === undefined ? refuse(`one of ${choices.join(", ")}`) : accept(choice);
}

const MODE_EXPECTED = "permission bits in octal from 0 to 0777";

export function parseMode(text: string): Result<number, string> {
  for (const digit of text) if (!"01234567".includes(digit)) return refuse(MODE_EXPECTED);
  const mode = Number.parseInt(text, 8);
  return mode <= 0o777 ? accept(mode) : refuse(MODE_EXPECTED);
}

const OWNER_EXPECTED = "UID or UID:GID in numbers, such as 1000:1000";

/** 4294967295 would say that nothing is to change (chown(2)). */
const MAX_ID = 4_294_967_294;

/** The empty text is none. Names are not looked up: an image made from scratch has no /etc/passwd. */
export function parseOwner(text: string): Result<Owner | undefined, string> {
  if (text === "") return accept(undefined);
  const colon = text.indexOf(":");
  const user = parseWholeNumber(colon === -1 ? text : text.slice(0, colon), 0, MAX_ID);
  const group = colon === -1 ? accept(-1) : parseWholeNumber(text.slice(colon + 1), 0, MAX_ID);
  if (!user.ok || !group.ok) return refuse(OWNER_EXPECTED);
  return accept({ user: user.value, group: group.value });
}

/** As the path of the env file: none is written. A file of that name is `./none`. */
export const NO_FILE = "none";

export function parseFilePath(text: string): Result<string, string> {
  const name = text.slice(text.lastIndexOf("/") + 1);
  const isFile = name !== "" && name !== "." && name !== ".." && !text.includes("\0");
  // A claim's record would be written over it.
  if (isRecordPath(name))
    return refuse("the path of a file that is not a record of this program's");
  return isFile ? accept(text) : refuse("the path of a file");
}

/** A switch that is there, or the words that a variable may have in its place. */
export function parseSwitch(text: string): Result<boolean, string> {
  if (text === "true" || text === "1") return accept(true);
  return text === "false" || text === "0" ? accept(false) : refuse("true or false");
}

/** Names between commas; the empty text is none. */
export function parseNames(
  text: string,
  isMember: (name: string) => boolean,
): Result<readonly string[], string> {
  const names = text === "" ? [] : text.split(",");
  return names.every(isMember) ? accept(names) : refuse("names between commas, such as A,B_C");
}

/** One target of a claim, and how it is written. */
export interface OutputSetting {
  readonly dialect: DialectName;
  readonly path: string;
}

const OUTPUT_EXPECTED =
  "DIALECT:PATH, no path the same as or within another, such as sh:/run/app.env";

/** A line an output; the empty text is none. Symlinks are not looked through. */
export function parseOutputs(text: string): Result<readonly OutputSetting[], string> {
  const outputs: OutputSetting[] = [];
  for (const line of text === "" ? [] : text.split("\n")) {
    const colon = line.indexOf(":");
    const dialect = parseOneOf(line.slice(0, Math.max(colon, 0)), DIALECT_NAMES);
    const path = parseFilePath(line.slice(colon + 1));
    if (!dialect.ok || !path.ok) return refuse(OUTPUT_EXPECTED);
    if (outputs.some((earlier) => overlaps(earlier.path, path.value))) {
      return refuse(OUTPUT_EXPECTED);
    }
    outputs.push({ dialect: dialect.value, path: path.value });
  }
  return accept(outputs);
}

/** Whether one path is the other, or leads through it: the one would replace the other. */
function overlaps(left: string, right: string): boolean {
  const [a, b] = [`${plainPath(left)}/`, `${plainPath(right)}/`];
  return a.startsWith(b) || b.startsWith(a);
}

/** The path without empty and `.` segments. */
function plainPath(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return (path.startsWith("/") ? "/" : "") + segments.join("/");
}
