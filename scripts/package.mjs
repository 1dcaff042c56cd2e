/** Builds what the npm package holds: the program on Node, the client's library with its types, the pages. */

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import process from "node:process";
import { bundle } from "./bundle.mjs";
import { writePages } from "./pages.mjs";

export async function buildPackage() {
  await bundle("node");
  await bundle("client");
  await writePages();
  // What a renamed file left behind would be shipped.
  rmSync("dist/types", { recursive: true, force: true });
  const tsc = "node_modules/typescript/bin/tsc";
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.types.json"], { stdio: "inherit" });
}

if (process.argv[1] === import.meta.filename) await buildPackage();
