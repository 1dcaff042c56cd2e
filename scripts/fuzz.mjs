/**
 * Fuzzes the request path, guided by coverage: `npm run fuzz -- --seconds N [--seed S] [--keep yes]`.
 * Inputs that reach a branch, or an edge between two, as none did before are built upon; `--keep yes`
 * writes the smallest set of them that reaches as much into test/fuzz/corpus.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { build, transform } from "esbuild";
import { instrument, PRELUDE } from "../test/fuzz/instrument.mjs";
import { createRandom, mutate } from "../test/fuzz/mutate.mjs";

const ROOT = dirname(import.meta.dirname);
const CORPUS = join(ROOT, "test/fuzz/corpus");
const OUTPUT = join(ROOT, "dist/fuzz");

/** @typedef {{ bytes: Uint8Array, features: number[] }} Entry */
/** @typedef {{ fuzz: (bytes: Uint8Array) => void, literals: string[], map: Uint8Array, touched: number[] }} Target */

/** Bundles the harness with every file of src/ instrumented. @returns {Promise<Target>} */
async function loadTarget() {
  /** @type {Set<string>} */
  const literals = new Set();
  const outfile = join(OUTPUT, "target.mjs");
  await build({
    entryPoints: [join(ROOT, "test/fuzz/request-path.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: { js: PRELUDE },
    plugins: [
      {
        name: "instrument",
        setup: ({ onLoad }) => {
          onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => {
            const source = readFileSync(path, "utf8");
            const { code } = await transform(source, { loader: "ts", target: "node20" });
            const instrumented = instrument(code, relative(ROOT, path));
            for (const literal of instrumented.literals) literals.add(literal);
            return { contents: instrumented.code, loader: "js" };
          });
        },
      },
    ],
  });
  const { fuzz } = await import(outfile);
  const { map, touched } = Reflect.get(globalThis, "__coverage");
  return { fuzz, map, touched, literals: [...literals].filter((text) => text.length < 64) };
}

/** How often an edge was taken counts by its power of two, as in AFL. @param {number} count */
function bucket(count) {
  return 31 - Math.clz32(count);
}

/** Runs one input; which edges it took, each with its bucket. @param {Target} target @param {Uint8Array} bytes */
function execute({ fuzz, map, touched }, bytes) {
  for (const edge of touched) map[edge] = 0;
  touched.length = 0;
  fuzz(bytes);
  return touched.map((edge) => edge * 8 + bucket(map[edge] ?? 0));
}

/** @param {Target} target @param {Uint8Array} bytes */
function executeOrExit(target, bytes) {
  try {
    return execute(target, bytes);
  } catch (thrown) {
    const file = join(OUTPUT, `failure-${nameOf(bytes)}`);
    writeFileSync(file, bytes);
    console.error(thrown);
    console.error(`The input is in ${relative(ROOT, file)}; in test/fuzz/corpus it is a test`);
    process.exit(1);
  }
}

/** @param {Uint8Array} bytes */
function nameOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

/** The smallest inputs, greedily, that have every branch and edge; how often one was taken is left out. @param {readonly Entry[]} entries */
function minimize(entries) {
  /** @type {Set<number>} */
  const seen = new Set();
  return entries
    .toSorted((left, right) => left.bytes.length - right.bytes.length)
    .filter(({ features }) => {
      const before = seen.size;
      for (const feature of features) seen.add(feature >> 3);
      return seen.size > before;
    });
}

/** @param {readonly Entry[]} entries */
function writeCorpus(entries) {
  for (const name of readdirSync(CORPUS)) if (!name.startsWith(".")) rmSync(join(CORPUS, name));
  for (const { bytes } of entries) writeFileSync(join(CORPUS, nameOf(bytes)), bytes);
}

/** Removes what an input can do without, in parts down to a 128th of it. @param {Target} target @param {Entry} entry @returns {Entry} */
function trim(target, entry) {
  const wanted = new Set(entry.features.map((feature) => feature >> 3));
  let { bytes } = entry;
  const leastSize = Math.max(bytes.length >> 7, 1);
  for (let size = Math.max(bytes.length >> 1, 1); size >= leastSize; size >>= 1) {
    for (let at = 1; at < bytes.length;) {
      const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
      const got = new Set(executeOrExit(target, shorter).map((feature) => feature >> 3));
      if ([...wanted].every((edge) => got.has(edge))) bytes = shorter;
      else at += size;
    }
  }
  return { bytes, features: executeOrExit(target, bytes) };
}

/** @param {Target} target @param {number} seconds @param {number} seed */
function fuzzFor(target, seconds, seed) {
  /** @type {Set<number>} */
  const seen = new Set();
  /** @type {Entry[]} */
  const entries = [];
  const consider = (/** @type {Uint8Array} */ bytes) => {
    const features = executeOrExit(target, bytes);
    const isNew = features.some((feature) => !seen.has(feature));
    if (isNew) entries.push({ bytes, features });
    for (const feature of features) seen.add(feature);
  };
  for (const name of readdirSync(CORPUS).filter((entry) => !entry.startsWith("."))) {
    consider(readFileSync(join(CORPUS, name)));
  }
  consider(Buffer.from("\x02GET /?A=c4n4ry HTTP/1.1\r\nHost: h\r\n\r\n"));
  const random = createRandom(seed);
  const pick = () => {
    // Half the time one of the newest, since what has just been reached is worked on first; and the
    // shortest of three, since a run takes as long as its input.
    const from = random(2) === 0 ? Math.max(entries.length - 64, 0) : 0;
    const drawn = [0, 1, 2].map(() => entries[from + random(entries.length - from)]?.bytes);
    const known = drawn.filter((bytes) => bytes !== undefined);
    return known.reduce((left, right) => (left.length <= right.length ? left : right));
  };
  const startMs = performance.now();
  let executions = 0;
  let toldMs = startMs;
  while (performance.now() - startMs < seconds * 1000) {
    for (let count = 0; count < 100; count += 1) {
      consider(mutate(pick(), pick(), random, target.literals));
    }
    executions += 100;
    if (performance.now() - toldMs < 10_000) continue;
    toldMs = performance.now();
    const elapsed = Math.round((toldMs - startMs) / 1000);
    console.log(
      `${elapsed} s: ${executions} executions, ${seen.size} features, ${entries.length} inputs`,
    );
  }
  console.log(`${executions} executions, ${seen.size} features, no failure; seed ${seed}`);
  return entries;
}

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() & 0x7fffffff) },
    keep: { type: "string", default: "no" },
  },
});
mkdirSync(OUTPUT, { recursive: true });
const target = await loadTarget();
const found = fuzzFor(target, Number(values.seconds), Number(values.seed));
if (values.keep === "yes") {
  const trimmed = minimize(found).map((entry) => trim(target, entry));
  const kept = minimize(trimmed);
  writeCorpus(kept);
  console.log(`${kept.length} inputs kept`);
}
