/**
 * Adapts the engine's source to a heap that is kept in the binary: what is there from the start is
 * never counted, and what the program does not use is left out.
 */

import { readFileSync } from "node:fs";
import { COMPILER_EDITS, EDITS } from "./quickjs-edits.mjs";
import { HASTENED, NAMED, SILENT, UNREACHED } from "./quickjs-functions.mjs";
import { writeIfChanged } from "./write-if-changed.mjs";

/** Where the pinned release counts references. */
const COUNTS = { "quickjs.h": 4, "quickjs.c": 26 };

/** The counter of an object: `sh->header.ref_count`, or `p->ref_count` where it may be of any kind. */
const COUNTER = String.raw`((?:(?:\w+(?:->|\.))*header\.|\bp->)ref_count)\b`;

/** A table of built-in functions, and a row of one; an alias names another row behind its own name. */
const TABLE = /(?<=^static const JSCFunctionListEntry (\w+)\[\] = \{\n)[^}]*(?=^\};)/gm;
const ROW = /^ *JS_\w+_DEF\( *"([^"]+)"(?:, "(\w+)")?.*\n/gm;

/** Tables whose functions are named behind their owner's name. */
const OWNERS = new Map([
  ["js_object_funcs", "Object."],
  ["js_array_funcs", "Array."],
  ["js_number_funcs", "Number."],
  ["js_string_funcs", "String."],
  ["js_math_funcs", "Math."],
  ["js_reflect_funcs", "Reflect."],
  ["js_json_funcs", "JSON."],
]);

/** What no object stands before. */
const GLOBALS =
  "Infinity JSON Math NaN Reflect decodeURIComponent escape globalThis isNaN parseInt undefined".split(
    " ",
  );

/** What the engine itself looks up; templates are compiled to calls of `concat`. */
const ENGINE_NAMES = "[Symbol.iterator] concat join message name next toString valueOf".split(" ");

/**
 * Writes quickjs.h and quickjs.c into the folder `to`, adapted to the bundled scripts.
 * @param {string} quickjs
 * @param {readonly string[]} scripts
 * @param {string} to
 */
export function adaptQuickjs(quickjs, scripts, to) {
  const script = scripts.map((path) => readFileSync(path, "utf8")).join("\n");
  const owned = script.match(/\b[A-Z]\w*\.\w+/g) ?? [];
  const properties = [...script.matchAll(/\.(\w+)/g)].map(([, name = ""]) => name);
  const names = new Set([...ENGINE_NAMES, ...GLOBALS, ...owned, ...properties]);
  for (const [file, count] of Object.entries(COUNTS)) {
    const source = readFileSync(`${quickjs}/${file}`, "utf8");
    const counted = countByCalls(source, file, count);
    const adapted = file === "quickjs.c" ? dropUnused(edit(counted, EDITS), names) : counted;
    writeIfChanged(`${to}/${file}`, adapted);
  }
  const source = readFileSync(`${quickjs}/quickjs.c`, "utf8");
  writeIfChanged(`${to}/compiler/quickjs.c`, edit(source, COMPILER_EDITS));
}

/**
 * `x++` becomes `retain(&x)`, and `--x` becomes `release(&x)`, of every counter of references.
 * @param {string} source
 * @param {string} file
 * @param {number} expected
 */
function countByCalls(source, file, expected) {
  let count = 0;
  const call =
    (/** @type {string} */ name) =>
    (/** @type {string[]} */ ...[, before, behind]) => {
      count += 1;
      return `${name}(&${before ?? behind})`;
    };
  const adapted = source
    .replaceAll(new RegExp(String.raw`${COUNTER}\+\+`, "g"), call("retain"))
    .replaceAll(new RegExp(`--${COUNTER}|${COUNTER}--`, "g"), call("release"));
  if (count === expected) return adapted;
  throw new Error(`${file}: expected ${expected} changes of reference counts, got ${count}`);
}

/**
 * @param {string} source
 * @param {readonly import("./quickjs-edits.mjs").Edit[]} edits
 */
function edit(source, edits) {
  return edits.reduce((edited, { from, to }) => {
    const [before, ...rest] = edited.split(from);
    if (rest.length !== 1) throw new Error(`Expected once in the engine's source: ${from}`);
    return [before, to, ...rest].join("");
  }, source);
}

/**
 * @param {string} source
 * @param {ReadonlySet<string>} names
 */
function dropUnused(source, names) {
  const withoutThreads = source.replace("#define CONFIG_ATOMICS\n", "");
  const silent = replaceBody(withoutThreads, SILENT, "");
  const reached = UNREACHED.reduce(
    // Who comes there all the same ends the process, as any other bug of memory does.
    (rest, name) => replaceBody(rest, name, "    abort();\n"),
    silent,
  );
  return dropUnnamed(dropMessages(HASTENED.reduce(hasten, reached)), names);
}

/** What exceptions say is never shown: it might quote a value. @param {string} source */
function dropMessages(source) {
  return source.replaceAll(/\b(JS_Throw\w+\(ctx, )"(?:[^"\\]|\\.)*"/g, '$1""');
}

/**
 * @param {string} source
 * @param {string} name
 */
function hasten(source, name) {
  const definition = new RegExp(String.raw`^(?=(?:\w+[ *]+)+${name}\([^;{]*\)\s\{\n)`, "m");
  if (!definition.test(source)) throw new Error(`Expected in the engine's source: ${name}`);
  return source.replace(definition, '__attribute__((optimize("O2"))) ');
}

/**
 * @param {string} source
 * @param {string} name
 * @param {string} to
 */
function replaceBody(source, name, to) {
  const body = new RegExp(String.raw`^((?:\w+[ *]+)+${name}\([^;{]*\)\n\{\n)[^]*?(?=^\}\n)`, "m");
  if (!body.test(source)) throw new Error(`Expected in the engine's source: ${name}`);
  return source.replace(body, `$1${to}`);
}

/**
 * @param {string} source
 * @param {ReadonlySet<string>} names
 */
function dropUnnamed(source, names) {
  return source.replaceAll(TABLE, (rows, table) => {
    const owner = OWNERS.get(table) ?? "";
    const named = NAMED.get(table);
    const isNamed = (/** @type {string} */ name) =>
      named === undefined ? names.has(owner + name) : named.includes(name);
    const aliased = [...rows.matchAll(ROW)].filter(([, name = ""]) => isNamed(name));
    const targets = new Set(aliased.map(([, , target]) => target));
    return rows.replaceAll(ROW, (/** @type {string} */ row, /** @type {string} */ name) =>
      isNamed(name) || targets.has(name) ? row : "",
    );
  });
}
