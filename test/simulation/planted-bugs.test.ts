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

const MAX_SEEDS = 10_000;

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
    "draws at its start what it should draw for a request",
    {
      file: "src/server/application.ts",
      snippet: "    this.#routes = routes;\n",
      replacement: "    this.#routes = routes;\n    host.randomUuid();\n",
    },
    ["clones_differ"],
  ],
  [
    "lets its own group read a file before that is given away",
    {
      file: "src/commit/stage.ts",
      snippet: "  const file = created.value;\n",
      replacement: "  const file = created.value;\n  files.setMode(file, mode);\n",
    },
    ["private_mode"],
  ],
  [
    "does not give a mounted file back to its owner",
    {
      file: "src/commit/publish.ts",
      snippet: "if (owner !== undefined) files.setOwner(file, published.oldOwner);",
      replacement: "",
    },
    ["nothing_applied_by_a_refusal"],
  ],
  [
    "reuses what stands without looking at its bytes",
    {
      file: "src/reuse/find-claimed.ts",
      snippet: "return length === written.length && sha256 === written.sha256 ?",
      replacement: "return length === length || sha256 === written.sha256 ?",
    },
    ["reused_only_if_whole"],
  ],
  [
    "reuses what somebody else owns",
    {
      file: "src/reuse/find-claimed.ts",
      snippet: "owner.user === expected.user && isOfGroup",
      replacement: "isOfGroup",
    },
    ["reused_only_if_whole"],
  ],
  [
    "reuses what was claimed under other settings",
    {
      file: "src/reuse/find-claimed.ts",
      snippet: "if (terms !== expected.terms)",
      replacement: "if (terms === undefined)",
    },
    ["reused_only_if_whole"],
  ],
  [
    "reuses a directory in which there is more than was claimed",
    {
      file: "src/reuse/find-claimed.ts",
      snippet: "if (!found.every((name) => known.has(name))) return undefined;",
      replacement: "",
    },
    ["reused_only_if_whole"],
  ],
  [
    "believes a record of which a part was changed",
    {
      file: "src/reuse/record.ts",
      snippet: "if (title !== `${TITLE}${formatHex(sha256(rest))}\\n`) return undefined;",
      replacement: "",
    },
    ["reused_only_if_whole"],
  ],
  [
    "ends with 0 before the names of what it reuses are durable",
    {
      file: "src/reuse/find-claimed.ts",
      snippet: "const synced = host.files.syncDirectory(directoryOf(path));",
      replacement: "const synced = accept(directoryOf(path));",
    },
    ["exit_0_only_if_durable"],
  ],
  [
    "does not record what it commits",
    {
      file: "src/server/claim-route.ts",
      snippet: "if (recording !== undefined) {",
      replacement: "if (recording === null) {",
    },
    ["durable_before_200"],
  ],
  [
    "leaves in the middle of its drain because its time is up",
    {
      file: "src/server/server.ts",
      snippet: "if (nowMs >= this.#giveUpMs && !this.isLeaving) return this.#giveUp();",
      replacement: "if (nowMs >= this.#giveUpMs) return this.#giveUp();",
    },
    ["exit_0_only_if_durable", "answer_is_heard", "command_as_claimed"],
  ],
  [
    "answers before the directory is synced",
    {
      file: "src/commit/commit.ts",
      snippet: 'failAt("syncDirectory", path, files.syncDirectory(directory))',
      replacement: "accept(path)",
    },
    ["durable_before_200", "absent_old_or_whole"],
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
      snippet: 'if (life.state === "waiting") return { kind: "won" };',
      replacement: 'return { kind: "won" };',
    },
    ["one_environment"],
  ],
  [
    "lets a validation win",
    {
      file: "src/server/claim-route.ts",
      snippet: "this.#session.foresee(",
      replacement: "this.#session.begin(",
    },
    ["right_answer"],
  ],
  [
    "does not tell those who wait for the state of the claim",
    {
      file: "src/server/server.ts",
      snippet: "for (const connection of this.#connections) connection.giveHeld();",
      replacement: "",
    },
    ["nobody_waits_for_ever"],
  ],
  [
    "tells those who wait what the state was when they asked",
    {
      file: "src/server/connection.ts",
      snippet: 'held.hold?.kind === "wait" ? held.hold.renew() : held.response',
      replacement: "held.response",
    },
    ["right_answer"],
  ],
  [
    "tells those who wait for the state at once",
    {
      file: "src/server/connection.ts",
      snippet: 'hold?.kind === "wait" && this.#hasEnded',
      replacement: 'hold?.kind === "wait"',
    },
    ["right_answer"],
  ],
  [
    "answers what came behind a request that waits before it",
    {
      file: "src/server/connection.ts",
      snippet: 'if (this.#phase === "holding") this.#socket.pause();',
      replacement: 'if (this.#phase === "holding") this.#phase = "reading";',
    },
    ["right_answer", "nobody_waits_for_ever"],
  ],
  [
    "does not listen again behind an answer that was waited for",
    {
      file: "src/server/connection.ts",
      snippet: "  #goOn(): void {\n    this.#socket.resume();\n",
      replacement: "  #goOn(): void {\n",
    },
    ["nobody_waits_for_ever"],
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
    ["nothing_applied_by_a_refusal", "absent_old_or_whole"],
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
      file: "src/commit/leftovers.ts",
      snippet: 'return standing.problem === "ENOENT" && files.rename(leftover, path).ok;',
      replacement: "return removeWhole(files, leftover);",
    },
    ["absent_old_or_whole"],
  ],
  [
    "puts an old directory back over an empty one that stands there",
    {
      file: "src/commit/leftovers.ts",
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
  [
    "gives the command inherited variables beside claimed ones of the same name",
    {
      file: "src/workload.ts",
      snippet: "if (isKept && !names.has(name)) merged.push(place);",
      replacement: "if (isKept) merged.push(place);",
    },
    ["command_as_claimed"],
  ],
  [
    "begins the command though it has been told to end",
    {
      file: "src/main.ts",
      snippet: "if (signal === undefined) return workload.start",
      replacement: "if (signal !== null) return workload.start",
    },
    ["command_as_claimed"],
  ],
  [
    "looks for the command no further than to a file that it may not execute",
    {
      file: "src/workload.ts",
      snippet: '"ENOENT ENOTDIR EACCES ',
      replacement: '"ENOENT ENOTDIR ',
    },
    ["command_as_claimed", "exit_0_only_if_durable"],
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
  expect(firstViolation(simulate, 1000)).toBeUndefined();
});

type Simulate = Awaited<ReturnType<typeof loadSimulation>>["simulate"];

function firstViolation(simulate: Simulate, seeds = MAX_SEEDS): ReturnType<Simulate>["violation"] {
  for (let seed = 1; seed <= seeds; seed += 1) {
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
