/** Turns a problem into the answer that the caller hears (RFC 9457). */

import type { Response } from "../http/response.ts";
import { REASON_PHRASES } from "../http/response.ts";
import { type Problem, PROBLEMS } from "../problems.ts";

/** `application/problem+json`; `code` is stable, `detail` is for people, `errors` has one entry a variable. */
export function formatProblem(problem: Problem, requestId: string): Response {
  const [status, sentence] = PROBLEMS[problem.code];
  const { variables } = problem;
  const body = {
    title: REASON_PHRASES[status],
    status,
    code: problem.code,
    detail: problem.detail ?? sentence,
    request_id: requestId,
    ...(variables === undefined ? {} : { errors: variables }),
  };
  return {
    status,
    contentType: "application/problem+json",
    body: `${JSON.stringify(body)}\n`,
    headers: problem.headers ?? [],
  };
}
