/** Bundles the measurements and runs them: `node bench/run.mjs main` or `budgets`. */

import process from "node:process";
import { build } from "esbuild";

const [name = "main"] = process.argv.splice(2, 1);
// Beside bench/, so that the build scripts, which find files beside themselves, stay where they are.
const outfile = `.cache/bench-${name}.mjs`;
await build({
  entryPoints: [`bench/${name}.ts`],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  charset: "utf8",
  logLevel: "warning",
  external: ["../scripts/*"],
});
await import(new URL(`../${outfile}`, import.meta.url).href);
