/** `npm run budgets`: what the native host costs, counted and not timed, against bench/budgets.json. */

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { allowedFor, findExcess, parseBudgets } from "./budget.ts";
import { measureCosts } from "./costs.ts";
import { checkGrowth } from "./growth-check.ts";
import { withDirectory } from "./place.ts";

const FILE = "bench/budgets.json";

const { values: flags } = parseArgs({
  options: {
    /** Sets every budget anew, by the present figures. */
    write: { type: "boolean", default: false },
    /** Leaves out how costs grow, which takes longest. */
    quick: { type: "boolean", default: false },
  },
});

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

await withDirectory(async (directory) => {
  const costs = await measureCosts(directory);
  if (flags.write) {
    const budgets = Object.fromEntries(
      Object.entries(costs).map(([name, cost]) => [name, allowedFor(name, cost)]),
    );
    writeFileSync(FILE, `${JSON.stringify(budgets, undefined, 2)}\n`);
  }
  const budgets = parseBudgets(readFileSync(FILE, "utf8"));
  for (const [name, cost] of Object.entries(costs)) {
    tell(`${name}: ${cost}, budget ${budgets.get(name)}`);
  }
  const problems = findExcess(costs, budgets);
  if (!flags.quick) problems.push(...(await checkGrowth(directory, tell)));
  for (const problem of problems) process.stderr.write(`OVER BUDGET: ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
});
