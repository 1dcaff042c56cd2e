/** What the system sees of a commit of several outputs, and what is left when it is killed in one. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { HostProgram } from "../setup.ts";
import { need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, start } from "./program.ts";
import { claim, Wire } from "./wire.ts";
import { makeTree, readTree, type Tree } from "./tree.ts";

const QUERY = "KEY1=value1&KEY2=two+words";

const CALLS =
  "link,linkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,unlink,unlinkat,fsync,fchmod";

function traced(trace: string, ...options: readonly string[]): readonly string[] {
  return ["strace", "-f", "-y", "-o", trace, ...options];
}

describeOnEachHost("a commit of several outputs", (host) => {
  it("syncs each directory once, however many outputs it holds", async (context) => {
    need(context, "strace");
    const trace = join(makeDirectory(), "trace");
    const cwd = makeTree({ "state/": "" });
    const args = ["sh:a", "json:./b", "files:c", "raw:state/d", "envdir:state/e"].map(
      (output) => `--output=${output}`,
    );
    const program = await start(host, { cwd, args, wrapper: traced(trace, "-e", "trace=fsync") });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    const lines = readFileSync(trace, "utf8").split("\n");
    const synced = lines.flatMap((line) => /fsync\(\d+<(.*)>\) += 0$/.exec(line)?.[1] ?? []);
    const count = (path: string): number => synced.filter((each) => each === path).length;
    expect([count(cwd), count(join(cwd, "state"))]).toEqual([1, 1]);
    // Three files, and two directories with one file each.
    expect(synced).toHaveLength(2 + 3 + 2 * 2);
  });

  // Under strace a signal ends one of Node's threads at a moment of its own.
  if (host.name !== "native") return;

  it(
    "may be killed at every call: each target old or new and whole, and clean after a restart",
    { timeout: 180_000 },
    async (context) => {
      need(context, "strace");
      const counts = await countCalls(host);
      expect(counts.size).toBeGreaterThanOrEqual(6);
      const moments = [...counts].flatMap(([name, count]) =>
        Array.from({ length: count }, (_, index) => [name, index + 1] as const),
      );
      const seen = new Set<string>();
      for (const [name, nth] of moments) {
        // oxlint-disable-next-line no-await-in-loop -- one kill after the other
        const state = await expectSurvivesKill(host, name, nth);
        seen.add(state);
      }
      // Every order in which a reader may find the two has been met.
      expect([...seen].toSorted()).toEqual(["new absent", "new new", "new old", "old old"]);
    },
  );
});

const TWO = ["--output=sh:.env", "--output=files:state/secrets"];
const TWO_OLD: Tree = {
  ".env": "OLD=1\n",
  "state/secrets/OLD1": "1",
  "state/secrets/OLD2": "2",
};

/** How often each call comes in a whole run. */
async function countCalls(host: HostProgram): Promise<ReadonlyMap<string, number>> {
  const trace = join(makeDirectory(), "trace");
  const wrapper = traced(trace, "-e", `trace=${CALLS}`);
  const program = await start(host, { cwd: makeTree(TWO_OLD), args: TWO, wrapper });
  expect((await claim(program.port, QUERY)).status).toBe(200);
  expect(await program.exit).toBe(0);
  const counts = new Map<string, number>();
  for (const line of readFileSync(trace, "utf8").split("\n")) {
    const [, name] = /^\d+ +(\w+)\(/.exec(line) ?? [];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** What stands at a target: `old` or `new`, whole, or nothing. */
function stateOf(tree: Tree, isOwn: (path: string) => boolean, old: Tree, fresh: Tree): string {
  const own = (each: Tree): string =>
    JSON.stringify(Object.entries(each).filter(([path]) => isOwn(path) && !path.endsWith("/")));
  if (own(tree) === own(old)) return "old";
  if (own(tree) === own(fresh)) return "new";
  return own(tree) === "[]" ? "absent" : "torn";
}

const TWO_NEW: Tree = {
  ".env": 'KEY1=value1\nKEY2="two words"\n',
  "state/secrets/KEY1": "value1",
  "state/secrets/KEY2": "two words",
};

function statesOf(cwd: string): string {
  const tree = readTree(cwd);
  const file = stateOf(tree, (path) => path === ".env", TWO_OLD, TWO_NEW);
  const isSecret = (path: string): boolean => path.startsWith("state/secrets/");
  return `${file} ${stateOf(tree, isSecret, TWO_OLD, TWO_NEW)}`;
}

/** Kills the server at its `nth` call of that name; what its targets were then. */
async function expectSurvivesKill(host: HostProgram, name: string, nth: number): Promise<string> {
  const cwd = makeTree(TWO_OLD);
  const inject = `inject=${name}:signal=KILL:when=${nth}`;
  const wrapper = traced("/dev/null", "-e", `trace=${name}`, "-e", inject);
  const program = await start(host, { cwd, args: TWO, wrapper });
  const wire = await Wire.connect(program.port);
  await wire.send(`GET /?${QUERY} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await wire.end();
  expect([name, nth, await program.exit]).toEqual([name, nth, 137]);
  const killed = statesOf(cwd);
  expect([name, nth, killed]).toEqual([
    name,
    nth,
    expect.stringMatching(/^(old|new) (old|new|absent)$/),
  ]);
  const successor = await start(host, { cwd, args: TWO });
  const restarted = statesOf(cwd);
  expect([name, nth, restarted]).toEqual([name, nth, killed.replace("absent", "old")]);
  const names = [...readdirSync(cwd), ...readdirSync(join(cwd, "state"))];
  expect([name, nth, names.toSorted()]).toEqual([name, nth, [".env", "secrets", "state"]]);
  expect((await claim(successor.port, "KEY3=value3")).status).toBe(200);
  expect(await successor.exit).toBe(0);
  expect(readTree(cwd)).toEqual({
    ".env": "KEY3=value3\n",
    "state/": "",
    "state/secrets/": "",
    "state/secrets/KEY3": "value3",
  });
  return killed;
}
