/** Runs the simulation of test/simulation over many seeds: `npm run simulate -- --runs N --seed S`. */

import { build } from "esbuild";
import { parseArgs } from "node:util";

/**
 * The simulation with the program in it, as one module; `plugins` may change the program on the way.
 * @param {import("esbuild").Plugin[]} plugins
 * @returns {Promise<typeof import("../test/simulation/simulation.ts")>}
 */
export async function loadSimulation(plugins = []) {
  const built = await build({
    entryPoints: [new URL("../test/simulation/simulation.ts", import.meta.url).pathname],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    charset: "utf8",
    write: false,
    logLevel: "warning",
    plugins,
  });
  const code = Buffer.from(built.outputFiles[0]?.contents ?? []).toString("base64");
  return import(/* @vite-ignore */ `data:text/javascript;base64,${code}`);
}

/** @param {readonly string[]} args */
async function run(args) {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
  });
  const runs = Number(values.runs);
  const firstSeed = Number(values.seed);
  const { simulate } = await loadSimulation();
  /** @type {Map<string, number>} */
  const endings = new Map();
  const startMs = performance.now();
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
    const { violation, ending } = simulate(seed);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
    if (violation === undefined) continue;
    const { lines } = simulate(seed, "lines");
    console.log(lines.join("\n"));
    const { invariant, sentence, detail } = violation;
    console.log(`\nseed ${seed}: ${detail}\nThis breaks ${invariant}: ${sentence}`);
    process.exitCode = 1;
    return;
  }
  const seconds = (performance.now() - startMs) / 1000;
  console.log(`${runs} runs held, ${Math.round(runs / seconds)} runs/s`);
  console.log([...endings].map(([ending, count]) => `${ending}: ${count}`).join(", "));
}

if (process.argv[1] === import.meta.filename) await run(process.argv.slice(2));
