/** The requests of a claim, as they are sent. */

import type { Environment, Secret } from "../src/claim/variable.ts";
import type { HttpRequest } from "./exchange.ts";
import { formatJsonBody, withQuery } from "./payload.ts";
import type { Target } from "./target.ts";

/** What is to be claimed where. */
export interface Errand {
  readonly target: Target;
  readonly environment: Environment;
  readonly token: Secret | undefined;
  /** `query`: the generations that take nothing but GET, answer `OK`, and cannot be asked. */
  readonly generation: "json" | "query";
  /** When an earlier claim sent this environment, and its outcome is unknown; milliseconds since 1970. */
  readonly sentAtMs: number | undefined;
}

/** A GET that claims nothing. */
export function formatQuestion(
  target: Target,
  route: "health" | "status",
  requestId: string,
): HttpRequest {
  const headers = { "X-Request-ID": requestId };
  const { socketPath } = target;
  return { method: "GET", url: target[route], socketPath, headers, body: undefined };
}

export function formatClaim(errand: Errand, requestId: string): HttpRequest {
  const { environment, generation, target, token } = errand;
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token.reveal()}` };
  const headers = { "X-Request-ID": requestId, ...authorization };
  const { socketPath } = target;
  if (generation === "query") {
    const url = withQuery(target.claim, environment);
    return { method: "GET", url, socketPath, headers, body: undefined };
  }
  return {
    method: "POST",
    url: target.claim,
    socketPath,
    headers: { ...headers, Accept: "application/json", "Content-Type": "application/json" },
    body: formatJsonBody(environment),
  };
}
