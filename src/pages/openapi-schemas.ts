/** The schemas of what callers send and hear, as JSON Schema 2020-12 for the OpenAPI description. */

import { MAX_VARIABLE_BYTES } from "../claim/environment.ts";
import type { SessionState } from "../claim/session.ts";
import { DIALECT_NAMES } from "../dialects/dialect-names.ts";
import { PROBLEMS, VARIABLE_PROBLEM_CODES } from "../problems.ts";

/** A part of the description, as it is printed. */
export type Json = string | number | boolean | readonly Json[] | Members;

export interface Members {
  readonly [name: string]: Json;
}

/** Each state that there is: one that is missing here does not compile. */
const STATES: Readonly<Record<SessionState, true>> = {
  waiting: true,
  committing: true,
  claimed: true,
};

/** A line a problem, for who reads the description. */
function describeCodes(): string {
  const rows = Object.entries(PROBLEMS);
  return rows
    .map(([code, [status, sentence]]) => `- \`${code}\` (${status}): ${sentence}`)
    .join("\n");
}

const TEXT: Json = { type: "string" };

/** An object in which each of `always` is there, and each of `perhaps` may be. */
function object(description: string, always: Members, perhaps: Members = {}): Json {
  const properties = { ...always, ...perhaps };
  return { type: "object", description, required: Object.keys(always), properties };
}

function referTo(schema: string): Json {
  return { $ref: `#/components/schemas/${schema}` };
}

const OUTPUT: Members = {
  file: { type: "string", description: "The path, as it was configured" },
  dialect: { type: "string", enum: DIALECT_NAMES },
  length: { type: "integer", minimum: 0, description: "In bytes; of a directory, of all files" },
  sha256: {
    type: "string",
    pattern: "^[0-9a-f]{64}$",
    description:
      "Of the file's bytes; of a directory, of each file's name, a NUL, its length in decimal, a NUL " +
      "and its bytes, in the claim's order",
  },
  uncommon_names: {
    type: "array",
    items: TEXT,
    description: "What not every reader of the dialect's family reads exactly",
  },
};

const TEXT_OR_NULL: Json = { type: ["string", "null"] };

/** `components.schemas` of the description. */
export const SCHEMAS = {
  Environment: {
    type: "object",
    description:
      "Variables by their names, which with --names=dotenv may hold . and - too. NAME=value takes at " +
      `most ${MAX_VARIABLE_BYTES} bytes.`,
    propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
    additionalProperties: {
      type: "string",
      maxLength: MAX_VARIABLE_BYTES,
      pattern: String.raw`^[^\u0000]*$`,
    },
  },
  Receipt: object(
    "What was written. What is on top is the first output's, nulls where there is none.",
    {
      names: { type: "array", items: TEXT, description: "In the claim's order" },
      count: { type: "integer", minimum: 0 },
      ...OUTPUT,
      file: TEXT_OR_NULL,
      dialect: TEXT_OR_NULL,
      sha256: TEXT_OR_NULL,
      request_id: { type: "string", description: "Of the claim that won" },
      replayed: { type: "boolean", description: "Whether the same had been claimed before" },
      outputs: { type: "array", items: referTo("Output") },
    },
  ),
  Output: object("One file, or one directory", OUTPUT),
  Status: object("The server, and not one value", {
    state: { type: "string", enum: Object.keys(STATES) },
    version: TEXT,
    pid: { type: "integer" },
    uptime_seconds: { type: "number", minimum: 0 },
    required: { type: "array", items: TEXT, description: "Names that a claim has to have" },
  }),
  Problem: object(
    "Why a request was refused (RFC 9457)",
    {
      title: TEXT,
      status: { type: "integer" },
      code: { type: "string", description: describeCodes() },
      detail: { type: "string", description: "For people" },
      request_id: TEXT,
    },
    { errors: { type: "array", items: referTo("VariableProblem") } },
  ),
  VariableProblem: object("What is wrong with one variable", {
    name: TEXT,
    code: { type: "string", enum: VARIABLE_PROBLEM_CODES },
    reason: { type: "string", description: "For people, and never the value" },
  }),
} as const satisfies Members;
