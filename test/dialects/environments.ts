/** Environments for the dialects' tests: hostile ones, generated ones, and how they are written. */

import * as fc from "fast-check";
import { type Environment, Secret } from "../../src/claim/variable.ts";
import type { DialectName } from "../../src/dialects/dialect-names.ts";
import { DIALECTS } from "../../src/dialects/dialects.ts";
import type { Dialect, Formatted } from "../../src/dialects/dialect.ts";
import type { Pairs } from "./readers/cursor.ts";
import { readCompose } from "./readers/compose.ts";
import { readDocker } from "./readers/docker.ts";
import { readEnvdir } from "./readers/envdir.ts";
import { readExpand } from "./readers/expand.ts";
import { readFiles } from "./readers/files.ts";
import { readFish } from "./readers/fish.ts";
import { readJs } from "./readers/js.ts";
import { readJson } from "./readers/json.ts";
import { readKubelet } from "./readers/kubelet.ts";
import { readNull } from "./readers/null.ts";
import { readPortable } from "./readers/portable.ts";
import { readPython } from "./readers/python.ts";
import { readRaw } from "./readers/raw.ts";
import { readShell } from "./readers/sh.ts";
import { readStrict } from "./readers/strict.ts";

export function environmentOf(pairs: Pairs): Environment {
  return pairs.map(([name, value]) => ({ name, value: new Secret(value) }));
}

type FileReader = (text: string) => Pairs;

const FILE_READERS: Partial<Record<DialectName, FileReader>> = {
  portable: readPortable,
  strict: readStrict,
  sh: readShell,
  js: readJs,
  expand: readExpand,
  compose: readCompose,
  docker: readDocker,
  python: readPython,
  kubelet: readKubelet,
  fish: readFish,
  json: readJson,
  null: readNull,
  raw: readRaw,
};

/** What the dialect's own strict reader makes of `formatted`. */
export function read(name: string, formatted: Formatted): Pairs {
  if (formatted.kind === "directory") {
    return name === "envdir" ? readEnvdir(formatted.files) : readFiles(formatted.files);
  }
  const reader = Object.entries(FILE_READERS).find(([readerName]) => readerName === name)?.[1];
  if (reader === undefined) throw new Error(`no reader for ${name}`);
  return reader(formatted.text);
}

/** What is written, or undefined where the dialect refuses. */
export function write(dialect: Dialect, pairs: Pairs): Formatted | undefined {
  const formatted = dialect.format(environmentOf(pairs));
  return formatted.ok ? formatted.value : undefined;
}

export const EVERY_DIALECT: readonly Dialect[] = Object.values(DIALECTS);

/** Pieces of which the values consist that some reader has been seen to misread, cut or run. */
const PIECES = [
  ..."'\"`\\$#=!~*?;&|<>(){}[]%^:- \t\n\r\v\f\u00a0\u0085\u2028\u2029\ufeff\uffff\u007f\u0001",

  "\r\n",
  "\\n",
  "\\r",
  "\\t",
  "\\'",
  '\\"',
  "\\$",
  "\\\\",
  "${",
  "$(",
  "$$",
  "${A}",
  "${A:-x}",
  "$(id)",
  "`id`",
  "'\nB='x",
  '"\nB="x',
  "\nB=x\n",
  "`\nB=`x",
  "#\u2028B=x",
  "%self",
  "export ",
  "a",
  "B",
  "1",
  "é",
  "😀",
  "\u{1fffe}",
  '="',
  "'\\''",
  "''",
  '""',
];

const hostileText = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 8 })
  .map((pieces) => pieces.join(""));
const anyText = fc.string({ unit: "binary" }).map((text) => text.split("\0").join(""));
const tameText = fc.constantFrom("", "value1", "a b", "it's", 'say "x"', "two\nlines", "a$b", "=x");

export const values: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 1, arbitrary: anyText },
  { weight: 2, arbitrary: tameText },
);

const names = fc.oneof(
  fc.constantFrom(
    "A",
    "B",
    "C",
    "KEY1",
    "_X",
    "__proto__",
    "constructor",
    "UID",
    "a.b",
    "C-D",
    "x9",
  ),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/),
);

export const environments: fc.Arbitrary<Pairs> = fc.uniqueArray(fc.tuple(names, values), {
  selector: ([name]) => name,
  maxLength: 4,
});
