/** A claim's result as one line of JSON, and what such a line tells a later run. */

import { asCount, asText, parseFields } from "../json-fields.ts";
import type { ClaimProblem, ClaimReceipt, Outcome } from "../outcome.ts";
import { OUTCOMES, type OutcomeName } from "./outcomes.ts";

/**
 * `beganAtMs`: when the run began, or the one that it goes on with. What can be read from a line that
 * was cut off comes first.
 */
export function formatResult(url: string, beganAtMs: number, outcome: Outcome): string {
  const { outcome: name, requestId, attempts, durationMs } = outcome;
  const head = { url, began_at_ms: beganAtMs, outcome: name };
  const course = { attempts, duration_ms: durationMs, request_id: requestId };
  return `${JSON.stringify({ ...head, ...describeOutcome(outcome), ...course })}\n`;
}

function describeOutcome(outcome: Outcome): Readonly<Record<string, unknown>> {
  switch (outcome.outcome) {
    case "claimed": {
      const { verified, receipt } = outcome;
      const reason = outcome.verified ? {} : { reason: outcome.reason };
      return { verified, ...reason, ...(receipt && { receipt: describeReceipt(receipt) }) };
    }
    case "mismatched":
      return { differing: outcome.differing, receipt: describeReceipt(outcome.receipt) };
    case "refused":
      return { by: outcome.by, problem: describeProblem(outcome.problem) };
    case "taken":
      return { problem: describeProblem(outcome.problem) };
    case "unknown": {
      const { reason, evidence, lastFailure, sentAtMs } = outcome;
      return { reason, evidence, last_failure: lastFailure, sent_at_ms: sentAtMs };
    }
    case "unreachable":
      return { reason: outcome.reason, last_failure: outcome.lastFailure };
  }
}

/** As the server's own receipt calls it. */
function describeReceipt(receipt: ClaimReceipt): Readonly<Record<string, unknown>> {
  const { names, outputs, requestId, replayed } = receipt;
  return {
    names,
    request_id: requestId,
    replayed,
    outputs: outputs.map(({ file, dialect, length, sha256, uncommonNames }) => ({
      file,
      dialect,
      length,
      sha256,
      uncommon_names: uncommonNames,
    })),
  };
}

function describeProblem(problem: ClaimProblem): Readonly<Record<string, unknown>> {
  const { code, status, detail, variables } = problem;
  return { code, status, detail, errors: variables };
}

/** What an earlier run knew of a target last. */
export interface Earlier {
  readonly url: string;
  readonly outcome: OutcomeName;
  /** When the environment was first sent, or some moment before, as far as the line tells it. */
  readonly sentAtMs: number | undefined;
  /** When the run began, or the one that it went on with. */
  readonly beganAtMs: number | undefined;
}

/**
 * `unreadable` where not even the URL can be read. A line that was cut off behind its URL belongs to
 * a claim that was made, and whose outcome is therefore unknown.
 */
export function parseResult(line: string): Earlier | "unreadable" {
  const fields = parseFields(line) ?? parseFields(headOfCutLine(line));
  const url = asText(fields?.["url"]);
  if (url === undefined) return "unreadable";
  const name = asText(fields?.["outcome"]) ?? "";
  const beganAtMs = asCount(fields?.["began_at_ms"]);
  const sentAtMs = asCount(fields?.["sent_at_ms"]) ?? beganAtMs;
  return { url, outcome: isOutcomeName(name) ? name : "unknown", sentAtMs, beganAtMs };
}

/** An object of what stands there whole, of the URL and the time. */
function headOfCutLine(line: string): string {
  const [, head = ""] = /^(\{"url":"(?:[^"\\]|\\.)*"(?:,"began_at_ms":\d+(?=,))?)/.exec(line) ?? [];
  return `${head}}`;
}

function isOutcomeName(name: string): name is OutcomeName {
  return Object.hasOwn(OUTCOMES, name);
}
