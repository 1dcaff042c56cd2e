/** Budgets: how much each cost may be, and by what it is exceeded. */

/** What no budget may be above. The other costs have no such bound, but may not grow unnoticed. */
const CEILINGS: ReadonlyMap<string, number> = new Map([
  ["binary_bytes", 600_000],
  ["idle_resident_kilobytes", 1024],
  ["idle_private_dirty_kilobytes", 307],
]);

/** Above the present figure, for what another compiler or kernel makes of the same code. */
const ALLOWANCE = 1.05;
/** Memory comes in pages, and depends on what the environment holds. */
const MEMORY_ALLOWANCE = 1.25;

export type Costs = Readonly<Record<string, number>>;

/** The budget for a cost as it is now. A count of system calls is exact; no budget is above its ceiling. */
export function allowedFor(name: string, cost: number): number {
  const allowance = name.endsWith("kilobytes") ? MEMORY_ALLOWANCE : ALLOWANCE;
  const allowed = name.endsWith("system_calls") ? cost : Math.ceil(cost * allowance);
  return Math.min(allowed, CEILINGS.get(name) ?? Infinity);
}

/** Reads the file of budgets: a JSON object of numbers. */
export function parseBudgets(text: string): ReadonlyMap<string, number> {
  const budgets: unknown = JSON.parse(text);
  if (typeof budgets !== "object" || budgets === null) throw new Error("Budgets are an object");
  return new Map(
    Object.entries(budgets).map(([name, budget]) => {
      if (typeof budget !== "number") throw new Error(`${name}: expected a number`);
      return [name, budget];
    }),
  );
}

/** A sentence for each cost that is over its budget or has none, and each budget over its ceiling or without a cost. */
export function findExcess(costs: Costs, budgets: ReadonlyMap<string, number>): string[] {
  const excess: string[] = [];
  for (const [name, cost] of Object.entries(costs)) {
    const budget = budgets.get(name);
    if (budget === undefined) excess.push(`${name}: expected a budget, got none`);
    else if (cost > budget) excess.push(`${name}: expected at most ${budget}, got ${cost}`);
  }
  for (const [name, budget] of budgets) {
    const ceiling = CEILINGS.get(name) ?? Infinity;
    if (!(name in costs)) excess.push(`${name}: expected a cost, got a budget alone`);
    if (budget > ceiling) {
      excess.push(`${name}: expected a budget of at most ${ceiling}, got ${budget}`);
    }
  }
  return excess;
}
