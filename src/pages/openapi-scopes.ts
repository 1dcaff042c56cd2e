/** Which problems an operation may meet. */

import { type ProblemCode, PROBLEMS } from "../problems.ts";

/** Which requests a problem may meet: any, also such as are no operation, or those of some operations. */
export type Scope = "any" | "claim_or_validation" | "claim" | "status";

/** A problem without a scope does not compile. */
const SCOPES: Readonly<Record<ProblemCode, Scope>> = {
  malformed_request_line: "any",
  malformed_target: "any",
  malformed_header: "any",
  malformed_host: "any",
  mismatched_host: "any",
  malformed_length: "any",
  conflicting_framing: "any",
  malformed_transfer_encoding: "any",
  malformed_chunk: "any",
  malformed_encoding: "claim_or_validation",
  malformed_json: "claim_or_validation",
  malformed_query: "status",
  query_beside_body: "claim_or_validation",
  unauthorized: "claim_or_validation",
  foreign_origin: "claim_or_validation",
  not_found: "any",
  method_not_allowed: "any",
  request_timeout: "any",
  already_claimed: "claim_or_validation",
  body_too_large: "any",
  target_too_long: "any",
  unsupported_media_type: "claim_or_validation",
  unsupported_content_encoding: "any",
  unsupported_expectation: "any",
  refused_variables: "claim_or_validation",
  empty_claim: "claim_or_validation",
  environment_too_large: "claim_or_validation",
  too_many_variables: "claim_or_validation",
  header_too_large: "any",
  internal_error: "any",
  commit_failed: "claim",
  unsupported_transfer_encoding: "any",
  unsupported_method: "any",
  too_many_connections: "any",
  unsupported_version: "any",
};

export const CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** The statuses that those operations list; every other refusal is their default. */
export function statusesWithin(scopes: readonly Scope[]): readonly string[] {
  return statusesOf(CODES.filter((code) => scopes.includes(SCOPES[code])));
}

/** The statuses that some operation lists. */
export function listedStatuses(): readonly string[] {
  return statusesOf(CODES.filter((code) => SCOPES[code] !== "any"));
}

/** The codes that any request may be refused with. */
export function codesOfAny(): readonly ProblemCode[] {
  return CODES.filter((code) => SCOPES[code] === "any");
}

function statusesOf(codes: readonly ProblemCode[]): readonly string[] {
  return [...new Set(codes.map((code) => String(PROBLEMS[code][0])))];
}
