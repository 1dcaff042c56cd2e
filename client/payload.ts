/** What a claim carries: an environment, checked as far as every server checks it, and ready to be sent. */

import { type Entry, parseEnvironment, type Policy } from "../src/claim/environment.ts";
import type { Environment } from "../src/claim/variable.ts";
import type { VariableProblem } from "../src/problems.ts";
import type { Result } from "../src/result.ts";
import type { Variables } from "./call.ts";

/** What no server accepts. What only some refuse is theirs to tell. */
const ANY_SERVER: Policy = { names: "dotenv", allow: ["*"], deny: [], require: [] };

/**
 * The environment, or all that is wrong with it; a problem tells a name and never a value. Throws a
 * TypeError where these are no variables at all.
 */
export function parseVariables(
  variables: Variables,
): Result<Environment, readonly VariableProblem[]> {
  return parseEntries(pairsOf(variables).map(([name, value]) => entryOf(name, value)));
}

/** Callers in JavaScript give what they have; what Node throws of it may quote a value. */
function pairsOf(variables: unknown): readonly (readonly [name: string, value: unknown])[] {
  if (typeof variables !== "object" || variables === null) throw new TypeError(NO_VARIABLES);
  if (!isIterable(variables)) return Object.entries(variables);
  return Array.from(variables, (pair) => {
    if (!Array.isArray(pair)) throw new TypeError(NO_VARIABLES);
    const [name, value]: readonly unknown[] = pair;
    if (typeof name !== "string") throw new TypeError(NO_VARIABLES);
    return [name, value] as const;
  });
}

const NO_VARIABLES = "variables: expected an object of strings, or pairs of a name and a value";

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}

export function parseEntries(
  entries: readonly Entry[],
): Result<Environment, readonly VariableProblem[]> {
  return parseEnvironment(entries, ANY_SERVER);
}

/** JSON would drop `undefined` without a word. */
function entryOf(name: string, value: unknown): Entry {
  if (typeof value === "string") return { name, kind: "text", text: value };
  return { name, kind: kindOf(value) };
}

function kindOf(value: unknown): "number" | "boolean" | "null" | "array" | "object" {
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  if (Array.isArray(value)) return "array";
  return typeof value === "object" && value !== null ? "object" : "null";
}

/** A JSON object with the variables in their order; an object of JavaScript's would lose `__proto__`. */
export function formatJsonBody(environment: Environment): string {
  const members = environment.map(
    ({ name, value }) => `${JSON.stringify(name)}:${JSON.stringify(value.reveal())}`,
  );
  return `{${members.join(",")}}`;
}

/** The claim's URL with the variables as its query. */
export function withQuery(url: URL, environment: Environment): URL {
  const claim = new URL(url);
  for (const { name, value } of environment) claim.searchParams.append(name, value.reveal());
  return claim;
}
