/** Bundles the program for a host: `node` into dist/startup-server.mjs, `native` into one script for the engine. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
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
  const { outputFiles } = await build({
    ...TARGETS[host],
    bundle: true,
    charset: "utf8",
    logLevel: "warning",
    write: false,
  });
  for (const { path, contents } of outputFiles ?? []) {
    // What has not changed keeps its time, so that nothing is compiled again for it.
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}

const [, script, host] = process.argv;
if (script === import.meta.filename && (host === "node" || host === "native")) await bundle(host);
