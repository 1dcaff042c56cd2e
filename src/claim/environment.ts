/** Parses named values into an environment, or tells everything that is wrong with them at once. */

import { allBut, BEYOND, isAllOf } from "../bytes/character-set.ts";
import { utf8Length } from "../bytes/primitives.ts";
import type { VariableProblem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";
import { dangerOf } from "./dangerous-names.ts";
import { isName, matchesAny, type NameSet } from "./names.ts";
import { type Environment, Secret, type Variable } from "./variable.ts";

/**
 * The greatest `NAME=value` in bytes: with its NUL it fills MAX_ARG_STRLEN, 32 pages of 4 KiB, over
 * which Linux refuses to exec (execve(2)). Accepting more would doom the workload.
 */
export const MAX_VARIABLE_BYTES = 131_071;

/** What a media type's reader found under a name: text, or something else, called by its kind. */
export type Entry =
  | { readonly name: string; readonly kind: "text"; readonly text: string }
  | { readonly name: string; readonly kind: "number" | "boolean" | "null" | "array" | "object" };

/** What an environment must and must not hold, beyond what holds for all. */
export interface Policy {
  readonly names: NameSet;
  /** Patterns of dangerous names that are accepted all the same. */
  readonly allow: readonly string[];
  /** Patterns of names that are refused, whatever else is said of them. */
  readonly deny: readonly string[];
  /** Names without which a claim is refused. */
  readonly require: readonly string[];
}

/** The environment in the entries' order, or all that is wrong with it, what is missing last. */
export function parseEnvironment(
  entries: readonly Entry[],
  policy: Policy,
): Result<Environment, readonly VariableProblem[]> {
  const variables = new Map<string, Variable>();
  const problems: VariableProblem[] = [];
  for (const entry of entries) {
    const problem = checkEntry(entry, variables.get(entry.name), policy);
    if (problem !== undefined) problems.push(problem);
    else if (entry.kind === "text") {
      variables.set(entry.name, { name: entry.name, value: new Secret(entry.text) });
    }
  }
  if (policy.require.length > 0) {
    const names = new Set(entries.map(({ name }) => name));
    for (const name of policy.require) {
      if (!names.has(name))
        problems.push({ name, code: "missing", reason: "required, but not given" });
    }
  }
  return problems.length > 0 ? refuse(problems) : accept([...variables.values()]);
}

function checkEntry(
  entry: Entry,
  earlier: Variable | undefined,
  policy: Policy,
): VariableProblem | undefined {
  const { name } = entry;
  const problem = checkName(name, policy);
  if (problem !== undefined) return problem;
  if (entry.kind !== "text") {
    return { name, code: "not_a_string", reason: NOT_A_STRING[entry.kind] };
  }
  const { text } = entry;
  if (earlier !== undefined && earlier.value.reveal() !== text) {
    return { name, code: "duplicate_name", reason: "given twice with different values" };
  }
  // What most texts are: short and plain.
  const isShort = text.length < CERTAINLY_SHORT && name.length < CERTAINLY_SHORT;
  if (isShort && isAllOf(text, PLAIN)) return undefined;
  return checkText(name, text);
}

const NAME_EXPECTED: Readonly<Record<NameSet, string>> = {
  posix: "expected a name of letters, digits and _, not beginning with a digit",
  dotenv: "expected a name of letters, digits, _, . and -, beginning with a letter or _",
};

function checkName(name: string, policy: Policy): VariableProblem | undefined {
  const { allow, deny, names } = policy;
  if (!isName(name, names)) {
    return { name: shownName(name), code: "invalid_name", reason: NAME_EXPECTED[names] };
  }
  if (deny.length > 0 && matchesAny(deny, name)) {
    return { name, code: "denied_name", reason: "refused by this server's --deny" };
  }
  const danger = dangerOf(name);
  if (danger === undefined || matchesAny(allow, name)) return undefined;
  return { name, code: "dangerous_name", reason: `refused: ${danger}` };
}

/** Neither NUL nor what may be a surrogate. */
const PLAIN = allBut("\0", BEYOND);

/** Of characters, which take three bytes at most, in a name and in a value whose sum is within the limit. */
const CERTAINLY_SHORT = MAX_VARIABLE_BYTES >> 3;

function checkText(name: string, text: string): VariableProblem | undefined {
  if (isTooLong(name, text)) {
    const reason = `NAME=value is over ${MAX_VARIABLE_BYTES} bytes; Linux runs nothing with a longer one`;
    return { name, code: "too_long", reason };
  }
  if (text.includes("\0")) {
    return { name, code: "contains_nul", reason: "expected text without NUL characters" };
  }
  if (text.isWellFormed()) return undefined;
  return { name, code: "not_unicode", reason: "expected Unicode text, got a lone surrogate" };
}

/** Counted only where it is in doubt: a character takes one byte to three, a pair of surrogates four. */
function isTooLong(name: string, text: string): boolean {
  const most = MAX_VARIABLE_BYTES - name.length - 1;
  return text.length > most || (text.length * 3 > most && utf8Length(text) > most);
}

/** The sentence for each kind of JSON value that is not text. It quotes an example, never the value. */
const NOT_A_STRING = {
  number: 'expected a string, got a number; write it in quotes, such as "8080"',
  boolean: 'expected a string, got a boolean; write it in quotes, such as "true"',
  null: 'expected a string, got null; write "" for an empty value, or leave the name out',
  array: "expected a string, got an array; write one string",
  object: "expected a string, got an object; write one string",
} as const;

const MAX_SHOWN = 64;

/**
 * A refused name as it may be shown. It may be no name at all but a part of a value, from a body
 * read as another type or an `&` that was not escaped: only what resembles a name is shown.
 */
function shownName(name: string): string {
  const resembling = `_${name.split("-").join("_")}`;
  return name.length <= MAX_SHOWN && isName(resembling, "dotenv") ? name : "(not shown)";
}
