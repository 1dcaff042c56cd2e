/** Rounds in which every contender takes its turn. */

import type { Contender } from "./contenders.ts";

export type PerContender<Value> = ReadonlyMap<Contender, Value>;

/** Whoever takes longer takes a turn in the first rounds and then in every tenth, or a comparison would take an hour. */
const SLOW_MS = 200;
const FIRST_ROUNDS = 10;
const SLOW_ROUNDS = 10;

/** What each contender's runs give, one of each in every round; of a slow one in every tenth. */
export function inTurn<Value>(
  contenders: readonly Contender[],
  rounds: number,
  run: (contender: Contender) => Value,
): PerContender<readonly Value[]> {
  const values = new Map(contenders.map((contender) => [contender, new Array<Value>()]));
  const slow = new Set<Contender>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [contender, each] of values) {
      const isTurn = round < FIRST_ROUNDS || round % SLOW_ROUNDS === 0;
      if (slow.has(contender) && !isTurn) continue;
      const startMs = performance.now();
      each.push(run(contender));
      if (performance.now() - startMs > SLOW_MS) slow.add(contender);
    }
  }
  return values;
}

/** The same for every contender. */
export function mapValues<Before, After>(
  map: PerContender<Before>,
  change: (value: Before) => After,
): PerContender<After> {
  return new Map([...map].map(([contender, value]) => [contender, change(value)]));
}

/** Throws where the contender took no turn. */
export function take<Value>(map: PerContender<Value>, contender: Contender): Value {
  const value = map.get(contender);
  if (value === undefined) throw new Error(`${contender.label} was not measured`);
  return value;
}
