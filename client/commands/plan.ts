/** Everything that the claim command needs, read and checked before anything is sent. */

import type { Secret } from "../../src/claim/variable.ts";
import type { Host } from "../../src/host.ts";
import { accept, refuse, type Result } from "../../src/result.ts";
import { readToken } from "../../src/token.ts";
import type { ClaimArguments } from "./arguments.ts";
import type { ClaimFlags } from "./flags.ts";
import { planSteps, type Step } from "./resume.ts";
import { type PlannedTarget, planTargets } from "./targets.ts";
import { readCutText, readEntries, readText } from "./variables-source.ts";

/** What the token is read from. */
export type Surroundings = Pick<Host, "variable" | "files">;

export interface Assignment {
  readonly planned: PlannedTarget;
  readonly step: Step;
}

export interface Plan {
  readonly flags: ClaimFlags;
  readonly assignments: readonly Assignment[];
  readonly token: Secret | undefined;
  /** Whether the earlier results end within a line. */
  readonly isCutOff: boolean;
}

export function makePlan(given: ClaimArguments, surroundings: Surroundings): Result<Plan, string> {
  const { flags, urls, isFromInput } = given;
  const inputs = [flags["env-file"], flags["env-json"], flags.targets, isFromInput ? "-" : ""];
  if (inputs.filter((path) => path === "-").length > 1) {
    return refuse("standard input: expected to be read once, got several places that want it");
  }
  const token = readToken(surroundings, flags["token-file"]);
  if (!token.ok) return token;
  const entries = readEntries(given);
  if (!entries.ok) return entries;
  const listed = flags.targets === "" ? accept("") : readText(flags.targets);
  if (!listed.ok) return refuse(`--targets: ${listed.problem}`);
  const planned = planTargets(urls, listed.value, entries.value);
  if (!planned.ok) return planned;
  const hindrance = hindranceOf(planned.value, flags);
  if (hindrance !== undefined) return refuse(hindrance);
  return planAssignments(planned.value, flags, token.value);
}

/** Nothing is claimed by a slip: neither nothing at all, nor a container with nothing. */
function hindranceOf(planned: readonly PlannedTarget[], flags: ClaimFlags): string | undefined {
  if (planned.length === 0) return "expected a URL, or --targets; --help says more";
  const empty = planned.find(({ environment }) => environment.length === 0);
  if (empty === undefined || flags["allow-empty"]) return undefined;
  return "expected variables for every target, or --allow-empty; --help says more";
}

function planAssignments(
  planned: readonly PlannedTarget[],
  flags: ClaimFlags,
  token: Secret | undefined,
): Result<Plan, string> {
  const text = flags.resume === "" ? accept("") : readCutText(flags.resume);
  if (!text.ok) return refuse(`--resume: ${text.problem}`);
  const steps = planSteps(planned, text.value);
  if (!steps.ok) return steps;
  const assignments = steps.value.flatMap((step, index) => {
    const target = planned[index];
    return target === undefined ? [] : [{ planned: target, step }];
  });
  const isCutOff = text.value !== "" && !text.value.endsWith("\n");
  return accept({ flags, assignments, token, isCutOff });
}
