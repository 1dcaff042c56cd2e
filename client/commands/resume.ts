/** What the results of earlier runs mean for each target of this one. */

import { accept, refuse, type Result } from "../../src/result.ts";
import { keyOf, parseTarget } from "../target.ts";
import { OUTCOMES, type OutcomeName } from "./outcomes.ts";
import { type Earlier, parseResult } from "./result-line.ts";
import type { PlannedTarget } from "./targets.ts";

/** `skip`: it is settled, as well as it can be. `ask`: its fate is unknown, and its server may tell. */
export type Step =
  | { readonly kind: "claim" }
  | { readonly kind: "ask"; readonly sentAtMs: number }
  | { readonly kind: "skip"; readonly outcome: OutcomeName };

/**
 * The step for each target, in their order, by the last line about each. A line that was cut off may
 * have told of a claim: of each target that it may belong to, the fate is unknown. Any other line
 * that is no result is refused with a sentence.
 */
export function planSteps(
  planned: readonly PlannedTarget[],
  results: string,
): Result<readonly Step[], string> {
  const known = new Map<string, Earlier>();
  let earliestMs: number | undefined;
  for (const [index, line] of results.split("\n").entries()) {
    for (const part of splitGlued(line)) {
      const earlier = parseResult(part);
      const told = earlier === "unreadable" ? guessTold(part, planned, known) : [earlier];
      if (told.length === 0) {
        return refuse(`--resume: line ${index + 1}: expected a result, or the beginning of one`);
      }
      for (const one of told) {
        const target = parseTarget(one.url);
        // No claim was sent before its run began, which the lines before it tell as well.
        const sentAtMs = one.sentAtMs ?? earliestMs;
        if (target.ok) known.set(keyOf(target.value), { ...one, sentAtMs });
        if (one.beganAtMs !== undefined) {
          earliestMs = Math.min(earliestMs ?? Infinity, one.beganAtMs);
        }
      }
    }
  }
  return accept(planned.map(({ target }) => stepAfter(known.get(keyOf(target)))));
}

/** A line that was cut off may have the next one right behind it, where a later run was appended. */
function splitGlued(line: string): readonly string[] {
  return line.split(/(?=\{"url":)/).filter((part) => part.trim() !== "");
}

/** Every target that the line may have begun to tell of, but for those that are settled. */
function guessTold(
  line: string,
  planned: readonly PlannedTarget[],
  known: ReadonlyMap<string, Earlier>,
): readonly Earlier[] {
  // The cut may have gone through a character.
  const start = line.replace(/\uFFFD+$/, "");
  const candidates = planned.filter(({ url }) => JSON.stringify({ url }).startsWith(start));
  return candidates.map(({ url, target }) => {
    const earlier = known.get(keyOf(target));
    const isSettled = earlier !== undefined && OUTCOMES[earlier.outcome].resume === "skip";
    return isSettled
      ? earlier
      : { url, outcome: "unknown", sentAtMs: undefined, beganAtMs: undefined };
  });
}

function stepAfter(earlier: Earlier | undefined): Step {
  if (earlier === undefined) return { kind: "claim" };
  const { outcome, sentAtMs } = earlier;
  const { resume } = OUTCOMES[outcome];
  if (resume === "ask" && sentAtMs !== undefined) return { kind: "ask", sentAtMs };
  return resume === "claim" ? { kind: "claim" } : { kind: "skip", outcome };
}
