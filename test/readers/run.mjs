/** Bundles the check against real readers and runs it: `npm run test:readers`. */

import { build } from "esbuild";

const outfile = ".cache/readers/check.mjs";
await build({
  entryPoints: ["test/readers/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  charset: "utf8",
  logLevel: "warning",
});
await import(new URL(`../../${outfile}`, import.meta.url).href);
