/** `import { claim } from "startup-server"`: hands a waiting server its environment, and tells what became of it. */

import type { Secret } from "../src/claim/variable.ts";
import { parseToken } from "../src/token.ts";
import type { ClaimOptions, Variables } from "./call.ts";
import type { Outcome } from "./outcome.ts";
import { parseVariables } from "./payload.ts";
import { DEFAULT_ATTEMPT_MS, DEFAULT_DEADLINE_MS } from "./time-line.ts";
import { refuseHere } from "./refuse-here.ts";
import { parseTarget } from "./target.ts";
import { Walk } from "./walk.ts";

export type { ClaimOptions, Variables } from "./call.ts";
export type {
  Claimed,
  ClaimOutput,
  ClaimProblem,
  ClaimReceipt,
  ClaimVariableProblem,
  Course,
  Mismatched,
  Outcome,
  Refused,
  Taken,
  Unknown,
  Unreachable,
  Unverified,
} from "./outcome.ts";

/**
 * Waits until the server at `url` is healthy, gives it the variables, and tells how that ended.
 *
 * `url` names the server (`http://10.0.0.7:8081`, or `http://10.0.0.7:8081/startup/inject` for the
 * routes of the successor). The claim is sent again where no answer came, but only to the same
 * server, which takes an environment once and repeats its answer. No outcome is thrown: only a call
 * that makes no sense is, as a TypeError. No outcome holds a value of the variables, or the token.
 */
export async function claim(
  url: string | URL,
  variables: Variables,
  options: ClaimOptions = {},
): Promise<Outcome> {
  const target = parseTarget(String(url));
  if (!target.ok) throw new TypeError(`url: ${target.problem}`);
  const { generation = "json", deadlineMs = DEFAULT_DEADLINE_MS, sentAtMs, signal } = options;
  const { attemptMs = DEFAULT_ATTEMPT_MS } = options;
  checkDuration("deadlineMs", deadlineMs);
  checkDuration("attemptMs", attemptMs);
  checkTime("sentAtMs", sentAtMs);
  checkGeneration(generation);
  const token = options.token === undefined ? undefined : readToken(options.token);
  const environment = parseVariables(variables);
  if (!environment.ok) return refuseHere(environment.problem);
  const errand = {
    target: target.value,
    environment: environment.value,
    token,
    generation,
    sentAtMs,
  };
  return await new Walk(errand, { deadlineMs, attemptMs, signal, hold: undefined }).run();
}

/** setTimeout(3) of Node's takes no longer times. */
const LONGEST_MS = 2 ** 31 - 1;

function checkDuration(name: string, durationMs: number): void {
  if (durationMs > 0 && durationMs <= LONGEST_MS) return;
  throw new TypeError(`${name}: expected milliseconds above 0 and up to ${LONGEST_MS}`);
}

function checkTime(name: string, timeMs: number | undefined): void {
  if (timeMs === undefined || (timeMs >= 0 && timeMs < Infinity)) return;
  throw new TypeError(`${name}: expected milliseconds since 1970`);
}

function checkGeneration(generation: string): void {
  if (generation === "json" || generation === "query") return;
  throw new TypeError("generation: expected json or query");
}

function readToken(text: string): Secret {
  const token = parseToken("token", text);
  if (!token.ok) throw new TypeError(token.problem);
  return token.value;
}
