/** Every reason to refuse a request, with its status and its sentence: the one table of refusals. */

/**
 * Code -> status and sentence. Codes are stable: once released, none is renamed.
 * README shows this table, and a test holds the two equal.
 */
export const PROBLEMS = {
  malformed_request_line: [400, "The request line is not METHOD SP target SP HTTP/1.1"],
  malformed_target: [400, "The request target is not a path, with or without a query"],
  malformed_header: [400, "A header line is not NAME: value"],
  malformed_host: [400, "The request needs exactly one well-formed Host"],
  mismatched_host: [400, "The target names another authority than Host"],
  malformed_length: [400, "Content-Length is not one plain decimal number"],
  conflicting_framing: [400, "Transfer-Encoding came with Content-Length, or in HTTP/1.0"],
  malformed_transfer_encoding: [400, "Transfer-Encoding does not end in one chunked"],
  malformed_chunk: [400, "The chunked body is not chunks as in RFC 9112 section 7.1"],
  malformed_encoding: [400, "A percent-escape is broken, or the text is not UTF-8"],
  malformed_json: [400, "The body is not one JSON object of strings"],
  malformed_query: [400, "The query is not wait=SECONDS, a whole number from 0 to 60"],
  query_beside_body: [400, "Variables belong in the body of a POST, not in its query"],
  unauthorized: [401, "The claim needs this server's token: Authorization: Bearer TOKEN"],
  foreign_origin: [403, "A web page of another origin, or a prefetch, may not claim"],
  not_found: [404, "Nothing is at this path"],
  method_not_allowed: [405, "This path does not take this method"],
  request_timeout: [408, "The request was not complete in time"],
  already_claimed: [409, "Another environment has been claimed"],
  body_too_large: [413, "The body is over the limit"],
  target_too_long: [414, "The request target is over the limit"],
  unsupported_media_type: [415, "The media type is not one that this path takes"],
  unsupported_content_encoding: [415, "The body is encoded; send it as it is"],
  unsupported_expectation: [417, "The only expectation that can be met is 100-continue"],
  refused_variables: [422, "Some variables cannot be accepted"],
  empty_claim: [422, "The claim has no variables, and this server refuses that"],
  too_many_variables: [422, "The claim has more variables than the limit"],
  environment_too_large: [422, "The command could not be started with so large an environment"],
  header_too_large: [431, "The header section is over the limit"],
  internal_error: [500, "The server failed; nothing was applied"],
  commit_failed: [500, "The env file could not be written; nothing was applied"],
  unsupported_transfer_encoding: [501, "The only transfer coding that can be read is chunked"],
  unsupported_method: [501, "The method is not known"],
  too_many_connections: [503, "Too many connections; this one had waited longest"],
  unsupported_version: [505, "The version is neither HTTP/1.1 nor HTTP/1.0"],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Why a request was refused. `detail` says more than the table's sentence, and never a value. */
export interface Problem {
  readonly code: ProblemCode;
  readonly detail?: string;
  /** Header fields that the answer must carry, such as `Allow`. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** A penalty: the answer is held back until that time on the monotonic clock. */
  readonly notBeforeMs?: number;
  /** What is wrong with which variable, in the claim's order. */
  readonly variables?: readonly VariableProblem[];
}

export const VARIABLE_PROBLEM_CODES = [
  "invalid_name",
  "dangerous_name",
  "denied_name",
  "duplicate_name",
  "not_a_string",
  "contains_nul",
  "not_unicode",
  "too_long",
  "missing",
  "not_representable",
] as const;

export type VariableProblemCode = (typeof VARIABLE_PROBLEM_CODES)[number];

/** What is wrong with one variable: its name, a stable code, and a sentence without its value. */
export interface VariableProblem {
  readonly name: string;
  readonly code: VariableProblemCode;
  readonly reason: string;
}
