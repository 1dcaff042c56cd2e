/** What a refusal means for the claim that hears it: one row a code of the server's table. */

import {
  type ProblemCode,
  VARIABLE_PROBLEM_CODES,
  type VariableProblemCode,
} from "../src/problems.ts";

/**
 * `refused`: the same claim would hear it again. `taken`: another environment has won. `failed`: it
 * was not applied, for a reason that may pass. `crowded`: it was not looked at, and is sent again.
 */
export type Reaction = "refused" | "taken" | "failed" | "crowded";

/** A new code of the server's does not compile without its row here. */
const REACTIONS: Readonly<Record<ProblemCode, Reaction>> = {
  malformed_request_line: "refused",
  malformed_target: "refused",
  malformed_header: "refused",
  malformed_host: "refused",
  mismatched_host: "refused",
  malformed_length: "refused",
  conflicting_framing: "refused",
  malformed_transfer_encoding: "refused",
  malformed_chunk: "refused",
  malformed_encoding: "refused",
  malformed_json: "refused",
  malformed_query: "refused",
  query_beside_body: "refused",
  unauthorized: "refused",
  foreign_origin: "refused",
  not_found: "refused",
  method_not_allowed: "refused",
  request_timeout: "crowded",
  already_claimed: "taken",
  body_too_large: "refused",
  target_too_long: "refused",
  unsupported_media_type: "refused",
  unsupported_content_encoding: "refused",
  unsupported_expectation: "refused",
  refused_variables: "refused",
  empty_claim: "refused",
  environment_too_large: "refused",
  too_many_variables: "refused",
  header_too_large: "refused",
  internal_error: "failed",
  commit_failed: "failed",
  unsupported_transfer_encoding: "refused",
  unsupported_method: "refused",
  too_many_connections: "crowded",
  unsupported_version: "refused",
};

/** A code that this client does not know is a refusal: no server applies what it answers so. */
export function reactionTo(code: ProblemCode | "unrecognized"): Reaction {
  return code === "unrecognized" ? "refused" : REACTIONS[code];
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(REACTIONS, text);
}

export function isVariableProblemCode(text: string): text is VariableProblemCode {
  return VARIABLE_PROBLEM_CODES.some((code) => code === text);
}
