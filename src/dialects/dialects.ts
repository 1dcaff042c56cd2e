/** The one table of all dialects, and what one says that cannot hold an environment. */

import type { Environment, Variable } from "../claim/variable.ts";
import type { VariableProblem } from "../problems.ts";
import { refuse, type Result } from "../result.ts";
import { compose } from "./compose.ts";
import { type DialectName, DIALECT_NAMES } from "./dialect-names.ts";
import type { Dialect, Formatted } from "./dialect.ts";
import { docker } from "./docker.ts";
import { envdir } from "./envdir.ts";
import { expand } from "./expand.ts";
import { files } from "./files.ts";
import { fish } from "./fish.ts";
import { js } from "./js.ts";
import { json } from "./json.ts";
import { kubelet } from "./kubelet.ts";
import { nullEnded } from "./null.ts";
import { portable } from "./portable.ts";
import { python } from "./python.ts";
import { raw } from "./raw.ts";
import { sh } from "./sh.ts";
import { strict } from "./strict.ts";

/** What `--format` takes -> the dialect of that name. */
export const DIALECTS = {
  portable,
  strict,
  sh,
  js,
  expand,
  compose,
  docker,
  python,
  kubelet,
  fish,
  json,
  envdir,
  files,
  null: nullEnded,
  raw,
} as const satisfies Record<DialectName, Dialect>;

/** The dialect of that name, or undefined where there is none. */
export function findDialect(name: string): Dialect | undefined {
  const known = DIALECT_NAMES.find((candidate) => candidate === name);
  return known && DIALECTS[known];
}

/** What is tried, in this order, for a variable that a dialect cannot hold; the last holds any. */
const ALTERNATIVES: readonly Dialect[] = [portable, sh, js, compose, python, json];

/** Problems that come with advice: each is tried in every alternative, which takes its time. */
const MAX_ADVISED = 16;

/**
 * What `dialect` writes, or all that it cannot hold; the reasons then say which dialects could hold
 * the variable exactly for all of their readers.
 */
export function formatEnvironment(
  dialect: Dialect,
  environment: Environment,
): Result<Formatted, readonly VariableProblem[]> {
  const formatted = dialect.format(environment);
  if (formatted.ok) return formatted;
  const variables = new Map(environment.map((variable) => [variable.name, variable]));
  const advised = formatted.problem.map((problem, index) =>
    index < MAX_ADVISED ? advise(problem, variables.get(problem.name)) : problem,
  );
  return refuse(advised);
}

function advise(problem: VariableProblem, variable: Variable | undefined): VariableProblem {
  if (variable === undefined || problem.code !== "not_representable") return problem;
  return { ...problem, reason: `${problem.reason}; ${adviceFor(variable)}` };
}

function adviceFor(variable: Variable): string {
  const names = ALTERNATIVES.filter((dialect) => holdsExactly(dialect, variable)).map(
    ({ name }) => name,
  );
  const last = names.at(-1) ?? "";
  const others = names.slice(0, -1).join(", ");
  return `--format ${others === "" ? last : `${others} or ${last}`} can`;
}

function holdsExactly(dialect: Dialect, variable: Variable): boolean {
  const formatted = dialect.format([variable]);
  return formatted.ok && formatted.value.uncommonNames.length === 0;
}
