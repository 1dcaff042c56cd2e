/**
 * Bundles the program for a host: `node` into dist/startup-server.mjs, `native` into two scripts for the
 * engine, of which the second is read when it is needed (src/later.ts); and the `client` library into
 * dist/client.mjs.
 */

import { readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { build, transform } from "esbuild";
import { makeTexts } from "./pages.mjs";
import { writeIfChanged } from "./write-if-changed.mjs";

/** The native host's scripts. */
export const SCRIPTS = ["dist/native/startup-server.js", "dist/native/later.js"];

/** What both scripts are made from: each one's own part, and what they share. */
const PARTS = "dist/native/parts";

/** @type {Record<"node" | "client", import("esbuild").BuildOptions>} */
const TARGETS = {
  node: {
    entryPoints: ["hosts/node/main.ts"],
    outfile: "dist/startup-server.mjs",
    banner: { js: "#!/usr/bin/env node" },
  },
  client: { entryPoints: ["client/claim.ts"], outfile: "dist/client.mjs" },
};

/**
 * The native host's own functions stand in for slower ones, and what usage says of settings, whose text
 * is made already, is not carried by every idle copy.
 * @type {import("esbuild").Plugin}
 */
const FITTED = {
  name: "fitted",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /\/primitives\.ts$/ }, () => ({
      path: resolve("hosts/native/primitives.ts"),
    }));
    onLoad({ filter: /\/src\/settings\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(/^ +(?:help(?:: .*)?|heading: .*),\n/gm, ""),
      loader: "ts",
    }));
  },
};

const NATIVE = /** @type {const} */ ({
  platform: "neutral",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
});

/** @param {"node" | "native" | "client"} host */
export async function bundle(host) {
  const texts = await makeTexts();
  if (host === "native") return bundleNative(texts);
  const { outputFiles } = await build({
    ...TARGETS[host],
    define: { BUILT_TEXTS: JSON.stringify(texts) },
    platform: "node",
    format: "esm",
    target: "node20",
    bundle: true,
    charset: "utf8",
    logLevel: "warning",
    write: false,
  });
  for (const { path, contents } of outputFiles ?? []) writeIfChanged(path, contents);
}

/** @param {Readonly<Record<string, string>>} texts */
async function bundleNative(texts) {
  rmSync(PARTS, { recursive: true, force: true });
  await build({
    ...NATIVE,
    entryPoints: { first: "hosts/native/main.ts", later: "src/later.ts" },
    define: { BUILT_TEXT_NAMES: JSON.stringify(Object.keys(texts).toSorted()) },
    bundle: true,
    format: "esm",
    splitting: true,
    chunkNames: "shared",
    plugins: [FITTED],
    outdir: PARTS,
  });
  const later = readFileSync(`${PARTS}/later.js`, "utf8");
  const [imported = "", names = ""] =
    /^import \{([^}]*)\} from "\.\/shared\.js";\n/.exec(later) ?? [];
  const [exported = ""] = /\nexport \{\n {2}LATER\n\};\n$/.exec(later) ?? [];
  if (imported === "" || exported === "") throw new Error("later.js is not in the form expected");
  const contents = `import "./first.js";
    import {${names}} from "./shared.js";
    sys.shared = [${names}];`;
  const first = await build({
    ...NATIVE,
    stdin: { contents, resolveDir: PARTS },
    bundle: true,
    // That package.json knows no side effects speaks of what is imported, not of the program.
    ignoreAnnotations: true,
    format: "iife",
    minify: true,
    write: false,
  });
  const body = later.slice(imported.length, -exported.length);
  const wrapped = `((${names}) => {${body}\nreturn LATER;})(...sys.shared);`;
  const second = await transform(wrapped, { ...NATIVE, minify: true });
  for (const [index, text] of [first.outputFiles[0]?.text ?? "", second.code].entries()) {
    // Their private fields of the same name would be one (COMPILER_EDITS of quickjs-edits.mjs).
    if (/\bclass(?: \w+)? extends\b/.test(text)) throw new Error("A class extends another");
    writeIfChanged(SCRIPTS[index] ?? "", text);
  }
  for (const [name, text] of Object.entries(texts)) {
    writeIfChanged(`dist/native/texts/${name}`, text);
  }
}

const [, script, host] = process.argv;
if (script === import.meta.filename && (host === "node" || host === "native")) await bundle(host);
