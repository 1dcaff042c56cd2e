/** Builds what is shipped: the npm package's files, and the native host as one static binary. */

import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { adaptQuickjs } from "./adapt-quickjs.mjs";
import { bundle, SCRIPTS } from "./bundle.mjs";
import { buildPackage } from "./package.mjs";
import { obtainSource } from "./sources.mjs";

/** @typedef {{ work: string, out: string, variables: string[] }} Target */

/**
 * What is shipped, and where it is built.
 * @type {Target}
 */
export const RELEASE = { work: "dist/native", out: "dist/startup-server", variables: [] };

/** The machines that there is a binary for, by Docker's names. */
const ARCHITECTURES = ["amd64", "arm64"];

/**
 * The binary for a machine, wherever it is built.
 * @param {string} arch
 * @returns {Target}
 */
export function targetFor(arch) {
  return {
    work: `dist/native-${arch}`,
    out: `dist/startup-server-${arch}`,
    variables: [`ARCH=${arch}`],
  };
}

/**
 * All that the Makefile starts from, and that is the same for every machine: the sources, and the
 * program as scripts, with the engine adapted to them. Returns the variables that name it.
 */
async function prepareNative() {
  const quickjs = await obtainSource("quickjs");
  const musl = await obtainSource("musl");
  await bundle("native");
  adaptQuickjs(quickjs, SCRIPTS, "dist/native/quickjs");
  return [`QUICKJS=${quickjs}`, `MUSL_SOURCE=${musl}`];
}

/**
 * Builds the native host; throws, naming what is missing, where that cannot be done. `variables` are
 * the Makefile's.
 * @param {Target} target
 */
export async function buildNative({ work, out, variables } = RELEASE) {
  const sources = await prepareNative();
  mkdirSync(work, { recursive: true });
  const settings = [...sources, `WORK=${work}`, `OUT=${out}`, ...variables];
  execFileSync("make", ["-s", "-j2", "-f", "hosts/native/Makefile", ...settings], {
    stdio: ["ignore", "inherit", "pipe"],
    encoding: "utf8",
  });
}

/** @param {string | undefined} arch */
async function build(arch) {
  if (arch !== undefined && !ARCHITECTURES.includes(arch)) {
    process.stderr.write(`--arch: expected ${ARCHITECTURES.join(" or ")}, got "${arch}"\n`);
    process.exit(64);
  }
  const target = arch === undefined ? RELEASE : targetFor(arch);
  await buildPackage();
  await buildNative(target);
  for (const file of ["dist/startup-server.mjs", "dist/client.mjs", target.out]) {
    process.stdout.write(`${file} ${statSync(file).size} bytes\n`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const options = /** @type {const} */ ({ arch: { type: "string" }, prepare: { type: "boolean" } });
  const { arch, prepare } = parseArgs({ options }).values;
  await (prepare === true ? prepareNative() : build(arch));
}
