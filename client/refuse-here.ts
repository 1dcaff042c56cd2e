/** The outcome for an environment that no server takes, and that is therefore sent to none. */

import { randomUUID } from "node:crypto";
import type { VariableProblem } from "../src/problems.ts";
import type { Refused } from "./outcome.ts";

export function refuseHere(variables: readonly VariableProblem[]): Refused {
  const detail = variables.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  return {
    outcome: "refused",
    by: "client",
    problem: { code: "refused_variables", status: 0, detail, variables },
    requestId: randomUUID(),
    attempts: 0,
    durationMs: 0,
  };
}
