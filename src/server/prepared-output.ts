/** An environment in the form in which each configured output takes it, before anything is spent. */

import { encodeUtf8 } from "../bytes/primitives.ts";
import type { WrittenOutput } from "../claim/receipt.ts";
import type { Environment } from "../claim/variable.ts";
import { measure } from "../commit/measure.ts";
import type { Content } from "../commit/output.ts";
import type { Formatted } from "../dialects/dialect.ts";
import type { DialectName } from "../dialects/dialect-names.ts";
import { DIALECTS, formatEnvironment } from "../dialects/dialects.ts";
import type { VariableProblem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";

/** Where an output goes and how it is written. */
export interface OutputTarget {
  readonly path: string;
  readonly dialect: DialectName;
}

export interface PreparedOutput {
  readonly target: OutputTarget;
  readonly content: Content;
  readonly uncommonNames: readonly string[];
}

/**
 * What is written for each target, in their order, or all that some dialect cannot hold, in the
 * environment's order: a variable once, with the reasons of every dialect.
 */
export function prepareOutputs(
  targets: readonly OutputTarget[],
  environment: Environment,
): Result<readonly PreparedOutput[], readonly VariableProblem[]> {
  const prepared: PreparedOutput[] = [];
  const problems: VariableProblem[] = [];
  for (const target of targets) {
    const formatted = formatEnvironment(DIALECTS[target.dialect], environment);
    if (!formatted.ok) {
      for (const problem of formatted.problem) problems.push(problem);
    } else {
      const { uncommonNames } = formatted.value;
      prepared.push({ target, content: encodeContent(formatted.value), uncommonNames });
    }
  }
  return problems.length > 0 ? refuse(mergeProblems(problems, environment)) : accept(prepared);
}

function mergeProblems(
  problems: readonly VariableProblem[],
  environment: Environment,
): readonly VariableProblem[] {
  const merged = new Map<string, VariableProblem>();
  for (const problem of problems) {
    const earlier = merged.get(problem.name);
    const reason = earlier === undefined ? problem.reason : `${earlier.reason}; ${problem.reason}`;
    merged.set(problem.name, { ...problem, reason });
  }
  return environment.flatMap(({ name }) => merged.get(name) ?? []);
}

function encodeContent(formatted: Formatted): Content {
  if (formatted.kind === "file") return { kind: "file", bytes: encodeUtf8(formatted.text) };
  const files = formatted.files.map(({ name, text }) => ({ name, bytes: encodeUtf8(text) }));
  return { kind: "directory", files };
}

/** The output as the receipt tells it. */
export function describePrepared(
  output: PreparedOutput,
  sha256: (bytes: Uint8Array) => Uint8Array,
): WrittenOutput {
  const { target, content, uncommonNames } = output;
  const { path: file, dialect } = target;
  return { file, dialect, ...measure(content, sha256), uncommonNames };
}
