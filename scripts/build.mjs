/** Builds what is shipped: the Node host, and the native host as one static binary. */

import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import process from "node:process";
import { bundle } from "./bundle.mjs";
import { obtainQuickjs } from "./quickjs.mjs";

const RELEASE = { work: "dist/native", out: "dist/startup-server", variables: [] };

/**
 * Builds the native host; throws, naming what is missing, where that cannot be done. `variables` are
 * the Makefile's.
 * @param {{ work: string, out: string, variables: string[] }} target
 */
export async function buildNative({ work, out, variables } = RELEASE) {
  const quickjs = await obtainQuickjs();
  mkdirSync(work, { recursive: true });
  await bundle("native");
  const settings = [`QUICKJS=${quickjs}`, `WORK=${work}`, `OUT=${out}`, ...variables];
  execFileSync("make", ["-s", "-j2", "-f", "hosts/native/Makefile", ...settings], {
    stdio: ["ignore", "inherit", "pipe"],
    encoding: "utf8",
  });
}

if (process.argv[1] === import.meta.filename) {
  await bundle("node");
  await buildNative();
  for (const file of ["dist/startup-server.mjs", "dist/startup-server"]) {
    process.stdout.write(`${file} ${statSync(file).size} bytes\n`);
  }
}
