/** How many targets came to which outcome, and the exit status that sums it up. */

import { OUTCOMES, type OutcomeName } from "./outcomes.ts";

/** sysexits.h. */
export const EX_USAGE = 64;
export const EX_IOERR = 74;

export class Tally {
  readonly #counts = new Map<OutcomeName, number>();

  get counts(): ReadonlyMap<OutcomeName, number> {
    return this.#counts;
  }

  count(outcome: OutcomeName): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }
}

/** The worst of all. */
export function statusOf(counts: ReadonlyMap<OutcomeName, number>): number {
  return Math.max(0, ...[...counts.keys()].map((name) => OUTCOMES[name].status));
}
