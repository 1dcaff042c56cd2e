/** Thousands of seeded runs of the whole program on a simulated host, and proof that a seed is a run. */

import { describe, expect, it } from "vitest";
import { simulate } from "./simulation.ts";

const RUNS = 4000;

describe("the whole server on a simulated host", () => {
  it("holds every invariant in thousands of runs", { timeout: 120_000 }, () => {
    const endings = new Set<string>();
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const { violation, ending } = simulate(seed);
      expect({ seed, violation }).toEqual({ seed, violation: undefined });
      endings.add(ending);
    }
    // Runs that never come to these ends would hold anything.
    expect([...endings].toSorted()).toEqual([
      "command",
      "crashed",
      "exit 0",
      "exit 126",
      "exit 127",
      "exit 129",
      "exit 130",
      "exit 143",
      "exit 69",
      "exit 73",
      "exit 75",
      "waiting",
    ]);
  });

  it.each([1, 7, 4242, 2 ** 40])("does the same twice with the seed %d", (seed) => {
    const first = simulate(seed, "lines");
    const second = simulate(seed, "lines");
    expect(second.lines).toEqual(first.lines);
    expect(second.digest).toBe(first.digest);
  });

  it("does something else with another seed", () => {
    const digests = new Set([1, 2, 3, 4, 5].map((seed) => simulate(seed).digest));
    expect(digests.size).toBe(5);
  });
});
