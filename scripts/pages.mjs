/** Makes what is read beside the program: its texts, its manual page, its completions. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { build } from "esbuild";

const PAGES = join(import.meta.dirname, "../src/pages");

/**
 * A module of src/pages, with the tables in it.
 * @param {string} name
 */
async function load(name) {
  const { outputFiles } = await build({
    entryPoints: [join(PAGES, name)],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    charset: "utf8",
    write: false,
    logLevel: "warning",
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  return import(/* @vite-ignore */ `data:text/javascript;base64,${code}`);
}

/** The texts that the program carries with it. */
export async function makeTexts() {
  /** @type {typeof import("../src/pages/texts.ts")} */
  const texts = await load("texts.ts");
  return texts.makeTexts();
}

/** Writes the manual page and the completions below `folder`, at the places where systems look for them. */
export async function writePages(folder = "dist/share") {
  /** @type {typeof import("../src/pages/files.ts")} */
  const { makeFiles } = await load("files.ts");
  const files = makeFiles(formatDate(), (shell) =>
    readFileSync(join(PAGES, `templates/completion.${shell}`), "utf8"),
  );
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Today, or the day that a build which is to be repeatable says (reproducible-builds.org). */
function formatDate() {
  const { SOURCE_DATE_EPOCH: seconds } = process.env;
  const date = seconds === undefined ? new Date() : new Date(Number(seconds) * 1000);
  return date.toLocaleDateString("en-US", { dateStyle: "long", timeZone: "UTC" });
}

if (process.argv[1] === import.meta.filename) await writePages();
