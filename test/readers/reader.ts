/** What a reader is: a real program that reads env files, and what it promises to read exactly. */

import { hasNoncharacter } from "../../src/dialects/quoting.ts";
import type { Place } from "./place.ts";

/** What of a dialect a reader promises to read exactly; the rest is not asked of it. */
export interface Extent {
  /** What the legend says of cells that leave something out. */
  readonly leavesOut: string;
  covers(written: Written): boolean;
}

export interface Written {
  readonly name: string;
  readonly value: string;
  /** The dialect itself says that not every one of its readers reads this one exactly. */
  readonly isUncommon: boolean;
}

export const ALL: Extent = { leavesOut: "nothing", covers: () => true };

export const COMMON: Extent = {
  leavesOut: "variables that the dialect itself reports as uncommon",
  covers: ({ isUncommon }) => !isUncommon,
};

export const NO_NONCHARACTERS: Extent = {
  leavesOut: "values with a Unicode noncharacter",
  covers: ({ value }) => !hasNoncharacter(value),
};

const MANY_DOLLARS = 10_000;

/** c12 takes the square of their number: a minute for 40,000 of them (measured on a slow machine). */
export const COMMON_FEW_DOLLARS: Extent = {
  leavesOut: `${COMMON.leavesOut}, and values with over ${MANY_DOLLARS.toLocaleString("en")} \`$\``,
  covers: (written) => COMMON.covers(written) && written.value.split("$").length <= MANY_DOLLARS,
};

/** kustomize prints YAML, in which these are refused, turned into a blank, or not names at all. */
export const YAML_TEXT: Extent = {
  leavesOut:
    "values with U+007F to U+009F, U+FFFE or U+FFFF, and the names `true`, `false` and `null`,",
  covers: ({ name, value }) =>
    !/[\u007f-\u009f\ufffe\uffff]/.test(value) &&
    !["true", "false", "null"].includes(name.toLowerCase()),
};

/** Dialect -> how much of it the reader promises. */
export type Claims = Readonly<Record<string, Extent>>;

/** Every quote-aware reader: `strict` whole, and of `portable` what lies in the common subset. */
export const QUOTE_AWARE: Claims = { strict: ALL, portable: COMMON };

export interface Reader {
  readonly name: string;
  readonly claims: Claims;
  /** Where it runs: a Debian tree, or this machine where there is none. */
  readonly place: Place;
  /** A shell is part of it, and keeps some names for itself. */
  readonly keepsNames?: boolean;
  /** Variables that this reader sets itself, differently each time. */
  readonly volatileNames?: readonly string[];
  version(): Promise<string>;
  /** What it read from the file or directory at `path`, a path inside `place`. */
  read(path: string): Promise<Reading>;
}

/** Names and values as read; a name may be anything that a broken reading makes of it. */
export type Reading = ReadonlyMap<string, Buffer>;

/** Parses `NAME=value` strings, each ended by NUL: what `env -0` prints. */
export function parseNulEnded(bytes: Buffer): Reading {
  const reading = new Map<string, Buffer>();
  let start = 0;
  for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, start)) {
    add(reading, bytes.subarray(start, end));
    start = end + 1;
  }
  if (start !== bytes.length) throw new Error("expected output that ends with NUL, got a rest");
  return reading;
}

/** The reading of a list of `NAME=value` strings. */
export function readingOfAssignments(assignments: readonly string[]): Reading {
  const reading = new Map<string, Buffer>();
  for (const assignment of assignments) add(reading, Buffer.from(assignment, "utf8"));
  return reading;
}

function add(reading: Map<string, Buffer>, assignment: Buffer): void {
  const equals = assignment.indexOf("=");
  const end = equals === -1 ? assignment.length : equals;
  const name = assignment.subarray(0, end).toString("utf8");
  if (reading.has(name)) throw new Error(`expected every name once, got ${name} twice`);
  reading.set(name, assignment.subarray(end + 1));
}

/** The reading of an object of strings. */
export function readingOfObject(object: unknown): Reading {
  if (typeof object !== "object" || object === null) {
    throw new Error(`expected an object of strings, got ${typeof object}`);
  }
  const reading = new Map<string, Buffer>();
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== "string") {
      throw new Error(`${name}: expected a string, got ${typeof value}`);
    }
    reading.set(name, Buffer.from(value, "utf8"));
  }
  return reading;
}

/** The member at the end of `path`, or undefined where any of its steps is missing. */
export function memberOf(json: unknown, ...path: readonly string[]): unknown {
  let member = json;
  for (const step of path) {
    if (typeof member !== "object" || member === null) return undefined;
    member = new Map<string, unknown>(Object.entries(member)).get(step);
  }
  return member;
}

/** What a command of the reader prints, first line only. */
export async function firstLineOf(place: Place, argv: readonly string[]): Promise<string> {
  const { stdout, stderr } = await place.run({ argv });
  const text = stdout.toString("utf8").trim() || stderr.trim();
  return text.split("\n")[0] ?? "";
}

/** The version number in what a command of the reader prints. */
export async function versionFrom(place: Place, argv: readonly string[]): Promise<string> {
  const { stdout, stderr } = await place.run({ argv });
  const text = stdout.toString("utf8") + stderr;
  const found = /\d+(?:\.\d+)+[\w+.-]*/.exec(text);
  if (found === null)
    throw new Error(`expected a version, got ${JSON.stringify(text.slice(0, 80))}`);
  return found[0];
}

/** The version of an installed Debian package, without epoch and revision. */
export async function packageVersion(place: Place, name: string): Promise<string> {
  const argv = ["dpkg-query", "--show", "--showformat=${source:Upstream-Version}", name];
  return await firstLineOf(place, argv);
}
