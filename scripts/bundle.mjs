/** Bundles the program for a host: `node` into dist/startup-server.mjs, `native` into one script for the engine. */

import { build } from "esbuild";

/** @type {Record<"node" | "native", import("esbuild").BuildOptions>} */
const TARGETS = {
  node: {
    entryPoints: ["hosts/node/main.ts"],
    outfile: "dist/startup-server.mjs",
    platform: "node",
    format: "esm",
    target: "node20",
    banner: { js: "#!/usr/bin/env node" },
  },
  native: {
    entryPoints: ["hosts/native/main.ts"],
    outfile: "dist/native/startup-server.js",
    platform: "neutral",
    format: "iife",
    target: "es2022",
    minify: true,
  },
};

/** @param {"node" | "native"} host */
export async function bundle(host) {
  await build({ ...TARGETS[host], bundle: true, charset: "utf8", logLevel: "warning" });
}

const [, script, host] = process.argv;
if (script === import.meta.filename && (host === "node" || host === "native")) await bundle(host);
