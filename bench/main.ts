/** `npm run bench`: measures, shows, and with `--write` renews what the repository shows. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { formatChart } from "./chart.ts";
import { compare, FULL, QUICK } from "./comparison.ts";
import {
  type Absent,
  buildContenders,
  buildOurs,
  type ContenderName,
  CONTENDER_NAMES,
  isPresent,
} from "./contenders.ts";
import { formatGoals } from "./goals.ts";
import { formatGrowthChart } from "./growth-chart.ts";
import {
  findFasterGrowth,
  formatGrowthTable,
  FULL_GROWTH,
  type Growth,
  measureGrowth,
  QUICK_GROWTH,
} from "./growth.ts";
import { describeMachine } from "./machine.ts";
import { BUILT, withDirectory } from "./place.ts";
import { renewSection } from "./section.ts";
import type { Results } from "./results.ts";
import { formatTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    /** Measures how cost grows, in place of the comparison. */
    growth: { type: "boolean", default: false },
    /** A few runs, which tell whether everything works. */
    quick: { type: "boolean", default: false },
    /** Only these contenders, with commas between them. */
    only: { type: "string", default: CONTENDER_NAMES.join(",") },
    /** Renews bench/*.json, the charts and the READMEs. */
    write: { type: "boolean", default: false },
  },
});

const tell = (text: string): void => void process.stderr.write(`${text}\n`);

function parseNames(text: string): readonly ContenderName[] {
  const unknown = text.split(",").find((name) => !CONTENDER_NAMES.some((known) => known === name));
  if (unknown === undefined)
    return CONTENDER_NAMES.filter((name) => text.split(",").includes(name));
  throw new Error(`--only: expected some of ${CONTENDER_NAMES.join(", ")}, got ${unknown}`);
}

async function measureResults(): Promise<Results> {
  const built = await buildContenders(parseNames(flags.only));
  const contenders = built.filter(isPresent);
  const absent = built.filter((contender): contender is Absent => !isPresent(contender));
  for (const { name, reason } of absent) tell(`SKIPPED ${name}: ${reason}`);
  return withDirectory(async (directory) => {
    const figures = await compare(contenders, flags.quick ? QUICK : FULL, directory, tell);
    const measured = contenders.flatMap(({ name, label }, index) => {
      const own = figures[index];
      return own === undefined ? [] : [{ name, label, figures: own }];
    });
    return { machine: describeMachine(directory), measured, absent };
  });
}

async function runComparison(): Promise<void> {
  const results = await measureResults();
  const json = `${JSON.stringify(results, undefined, 2)}\n`;
  writeFileSync(join(BUILT, "results.json"), json);
  process.stdout.write(`${formatTable(results)}\n\n${formatGoals(results)}\n`);
  if (!flags.write) return;
  writeFileSync("bench/results.json", json);
  writeFileSync("bench/chart.svg", formatChart(results));
  renewSection("README.md", "bench", formatTable(results));
}

async function runGrowth(): Promise<void> {
  const ours = await buildOurs();
  const effort = flags.quick ? QUICK_GROWTH : FULL_GROWTH;
  const growth = await withDirectory(async (directory): Promise<Growth> => {
    const curves = await measureGrowth(ours, effort, directory, tell);
    return { machine: describeMachine(directory), curves };
  });
  const json = `${JSON.stringify(growth, undefined, 2)}\n`;
  writeFileSync(join(BUILT, "growth.json"), json);
  process.stdout.write(`${formatGrowthTable(growth)}\n`);
  // A few single runs say nothing about a slope.
  for (const problem of flags.quick ? [] : findFasterGrowth(growth.curves)) {
    tell(`FASTER THAN ITS INPUT: ${problem}`);
    process.exitCode = 1;
  }
  if (!flags.write) return;
  writeFileSync("bench/growth.json", json);
  writeFileSync("bench/growth.svg", formatGrowthChart(growth.curves));
  renewSection("bench/README.md", "growth", formatGrowthTable(growth));
}

if (flags.write && (flags.quick || flags.only !== CONTENDER_NAMES.join(","))) {
  throw new Error("--write: expected a whole run, got --quick or --only");
}
await (flags.growth ? runGrowth() : runComparison());
