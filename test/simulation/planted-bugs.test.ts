/** Proof that the simulation would find the bugs that it is there for: each is planted, and found. */

import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";
import { describe, expect, it } from "vitest";
import { loadSimulation } from "../../scripts/simulate.mjs";
import type { Invariant } from "./violation.ts";

interface PlantedBug {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly snippet: string;
  readonly replacement: string;
}

const MAX_SEEDS = 1000;

const BUGS: readonly (readonly [
  sentence: string,
  bug: PlantedBug,
  caughtBy: readonly Invariant[],
])[] = [
  [
    "answers before the file is synced",
    {
      file: "src/commit/stage.ts",
      snippet: 'const synced = written.ok ? failAt("sync", path, files.sync(file)) : written;',
      replacement: "const synced = written;",
    },
    ["absent_old_or_whole"],
  ],
  [
    "answers before the directory is synced",
    {
      file: "src/commit/commit.ts",
      snippet: 'failAt("syncDirectory", path, files.syncDirectory(directory))',
      replacement: "accept(path)",
    },
    ["durable_before_200"],
  ],
  [
    "does not go back to waiting after a failed commit",
    {
      file: "src/server/claim-route.ts",
      snippet: "          this.#session.fail();\n",
      replacement: "",
    },
    ["right_answer"],
  ],
  [
    "lets every claim win",
    {
      file: "src/claim/session.ts",
      snippet: 'if (life.state === "waiting") {',
      replacement: "if (life.state !== undefined) {",
    },
    ["one_environment"],
  ],
  [
    "leaves the temporary file behind after a failure",
    {
      file: "src/commit/commit.ts",
      snippet: "removeWhole(files, temporaryPath(path, unguessable));",
      replacement: "temporaryPath(path, unguessable);",
    },
    ["no_temporary_file"],
  ],
  [
    "renames a directory before the names in it are synced",
    {
      file: "src/commit/stage.ts",
      snippet: 'failAt("syncDirectory", path, files.syncDirectory(temporary))',
      replacement: "moded",
    },
    ["absent_old_or_whole"],
  ],
  [
    "leaves the first output published when the second fails",
    {
      file: "src/commit/commit.ts",
      snippet: "withdraw(files, each);",
      replacement: "each;",
    },
    ["nothing_applied_by_a_refusal"],
  ],
  [
    "makes only the first directory durable again that it has put outputs back in",
    {
      file: "src/commit/commit.ts",
      snippet:
        "for (const [directory] of directoriesOf(published)) files.syncDirectory(directory);",
      replacement: "syncDirectories(files, published);",
    },
    ["nothing_applied_by_a_refusal"],
  ],
  [
    "does not make an old directory durable again that it has put back at once",
    {
      file: "src/commit/publish.ts",
      snippet: "    files.syncDirectory(directoryOf(path));\n",
      replacement: "    directoryOf(path);\n",
    },
    ["nothing_applied_by_a_refusal"],
  ],
  [
    "leaves an old directory aside that a killed server had not replaced",
    {
      file: "src/commit/commit.ts",
      snippet: 'return standing.problem === "ENOENT" && files.rename(leftover, path).ok;',
      replacement: "return removeWhole(files, leftover);",
    },
    ["absent_old_or_whole"],
  ],
  [
    "puts an old directory back over an empty one that stands there",
    {
      file: "src/commit/commit.ts",
      snippet: 'if (!standing.ok && standing.problem !== "ENOTDIR") {',
      replacement:
        "if (standing.ok) return files.rename(leftover, path).ok || removeWhole(files, leftover);\n if (!standing.ok) {",
    },
    ["nothing_applied_by_a_refusal", "absent_old_or_whole"],
  ],
  [
    "removes an old directory's files while a power cut could bring it back",
    {
      file: "src/commit/publish.ts",
      snippet: "  const moved = files.rename(path, backup);\n",
      replacement:
        '  for (const name of ["OLD0"]) files.remove(`${path}/${name}`);\n  const moved = files.rename(path, backup);\n',
    },
    ["absent_old_or_whole"],
  ],
];

describe("the simulation finds, within so many seeds, a server that", () => {
  it.each(BUGS)("%s", { timeout: 120_000 }, async (_sentence, bug, caughtBy) => {
    const { simulate } = await loadSimulation([plant(bug)]);
    const found = firstViolation(simulate);
    expect(caughtBy).toContain(found?.invariant);
  });
});

it("the simulation finds no fault where nothing is planted", { timeout: 120_000 }, async () => {
  const { simulate } = await loadSimulation();
  expect(firstViolation(simulate)).toBeUndefined();
});

type Simulate = Awaited<ReturnType<typeof loadSimulation>>["simulate"];

function firstViolation(simulate: Simulate): ReturnType<Simulate>["violation"] {
  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    const { violation } = simulate(seed);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

/** Changes the program on its way into the bundle; fails where it no longer has the snippet. */
function plant(bug: PlantedBug): Plugin {
  return {
    name: "planted bug",
    setup: (build) => {
      build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        if (!path.endsWith(`/${bug.file}`)) return undefined;
        const parts = (await readFile(path, "utf8")).split(bug.snippet);
        if (parts.length !== 2) throw new Error(`${bug.file}: expected the snippet exactly once`);
        return { contents: parts.join(bug.replacement), loader: "ts" };
      });
    },
  };
}
