/** Builds what is shipped: the Node host, and the native host as one static binary. */

import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import process from "node:process";
import { bundle } from "./bundle.mjs";
import { obtainQuickjs } from "./quickjs.mjs";

/** Builds dist/startup-server; throws, naming what is missing, where that cannot be done. */
export async function buildNative() {
  const quickjs = await obtainQuickjs();
  mkdirSync("dist/native", { recursive: true });
  await bundle("native");
  execFileSync("make", ["-s", "-j2", "-f", "hosts/native/Makefile", `QUICKJS=${quickjs}`], {
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
