/** Dialects and several outputs as the program writes them: each exact or refused, all or nothing. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import {
  type DialectName,
  DIALECT_NAMES,
  DIALECTS,
  formatEnvironment,
} from "../../src/dialects/dialects.ts";
import type { Formatted } from "../../src/dialects/dialect.ts";
import { environmentOf } from "../dialects/environments.ts";
import type { HostProgram } from "../setup.ts";
import { mount, mountSmallDisk, need } from "./needs.ts";
import {
  describeOnEachHost,
  type Launch,
  makeDirectory,
  type Program,
  runToEnd,
  start,
} from "./program.ts";
import { type Answer, call, claim, claimJson, heartBeat, Wire } from "./wire.ts";

/** Relative paths of all files with their texts; a directory's path ends in a slash. */
type Tree = Readonly<Record<string, string>>;

function readTree(root: string): Tree {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (!entry.isDirectory()) tree[entry.name] = readFileSync(path, "utf8");
    else {
      tree[`${entry.name}/`] = "";
      for (const [name, text] of Object.entries(readTree(path))) {
        tree[`${entry.name}/${name}`] = text;
      }
    }
  }
  return tree;
}

function writeTree(root: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    const isDirectory = path.endsWith("/");
    mkdirSync(join(root, isDirectory ? path : dirname(path)), { recursive: true });
    if (!isDirectory) writeFileSync(join(root, path), text);
  }
}

function makeTree(tree: Tree): string {
  const root = makeDirectory();
  writeTree(root, tree);
  return root;
}

/** What stands at `path` when `formatted` does. */
function treeOf(path: string, formatted: Formatted): Tree {
  if (formatted.kind === "file") return { [path]: formatted.text };
  const files = formatted.files.map(({ name, text }) => [`${path}/${name}`, text]);
  return { [`${path}/`]: "", ...Object.fromEntries(files) };
}

function sha256(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

async function expectStillWaiting(program: Program): Promise<void> {
  expect((await heartBeat(program.port)).status).toBe(200);
  expect(program.hasExited).toBe(false);
}

function expectFailure(answer: Answer, told: string): void {
  expect(answer.status).toBe(500);
  const { code, detail } = JSON.parse(answer.body);
  expect({ code, detail }).toEqual({
    code: "commit_failed",
    detail: `${told}; nothing was applied`,
  });
}

const HOSTILE = " \tit's \"quoted\" \\ # $(id) ${HOME} `id` \u2028 😀\nB='x'\n \t";
const LONG = "0123456789 abcde\n".repeat(6024);
const ALL = `${HOSTILE}${LONG} \t`;

describeOnEachHost("--format", (host) => {
  it.each(DIALECT_NAMES)(
    "%s writes what is hard to write exactly, or refuses it by name and waits",
    async (name) => {
      const old: Tree =
        name === "files" || name === "envdir" ? { "out/OLD": "1" } : { out: "OLD=1\n" };
      const cwd = makeTree(old);
      const before = readTree(cwd);
      const program = await start(host, { cwd, args: ["--format", name, "--file", "out"] });
      for (const value of [ALL, HOSTILE, LONG, "value1"]) {
        const pairs = [
          ["BEFORE", "1"],
          ["VALUE", value],
          ["AFTER", "it is"],
        ] as const;
        // oxlint-disable-next-line no-await-in-loop -- one claim after the other
        const answer = await claimJson(program.port, Object.fromEntries(pairs));
        const formatted = formatEnvironment(DIALECTS[name], environmentOf(pairs));
        if (!formatted.ok) {
          expectRefusedValue(answer, name, value);
          expect(readTree(cwd)).toEqual(before);
          // oxlint-disable-next-line no-await-in-loop -- one claim after the other
          await expectStillWaiting(program);
          continue;
        }
        expect(answer.status).toBe(200);
        // oxlint-disable-next-line no-await-in-loop -- the last round
        expect(await program.exit).toBe(0);
        expect(readTree(cwd)).toEqual(treeOf("out", formatted.value));
        return;
      }
      throw new Error("Expected every dialect to hold AFTER");
    },
  );
});

/** The answer names the variable, the dialect that cannot hold it, and one that can. */
function expectRefusedValue(answer: Answer, name: DialectName, value: string): void {
  expect(answer.status).toBe(422);
  const { code, errors } = JSON.parse(answer.body);
  expect(code).toBe("refused_variables");
  const about = errors.find((error: { readonly name: string }) => error.name === "VALUE");
  expect(about.code).toBe("not_representable");
  expect(about.reason).toContain(`the ${name} dialect cannot hold`);
  expect(answer.body).not.toContain("quoted");
  const [, advised = ""] = /; --format .*?(\w+) can$/.exec(about.reason) ?? [];
  const dialect = DIALECT_NAMES.find((each) => each === advised) ?? name;
  const formatted = formatEnvironment(DIALECTS[dialect], environmentOf([["VALUE", value]]));
  expect([advised, formatted.ok]).toEqual([advised, true]);
}

const THREE = ["--output", "sh:.env", "--output=json:state/b.json", "--output", "files:secrets"];
const THREE_OLD: Tree = {
  ".env": "OLD=1\n",
  "state/b.json": '{"OLD":"1"}\n',
  "secrets/OLD1": "1",
  "secrets/OLD2": "2",
};
const THREE_NEW: Tree = {
  ".env": 'KEY1=value1\nKEY2="two words"\n',
  "secrets/": "",
  "secrets/KEY1": "value1",
  "secrets/KEY2": "two words",
  "state/": "",
  "state/b.json": '{"KEY1":"value1","KEY2":"two words"}\n',
};
const QUERY = "KEY1=value1&KEY2=two+words";

describeOnEachHost("--output", (host) => {
  it.each<[sentence: string, launch: Launch]>([
    ["flags", { args: THREE }],
    [
      "the variable, between commas",
      { env: { STARTUP_SERVER_OUTPUT: "sh:.env,json:state/b.json,files:secrets" } },
    ],
    [
      "flags beside the short form's variables",
      { args: THREE, env: { STARTUP_SERVER_FILE: "unused", STARTUP_SERVER_FORMAT: "raw" } },
    ],
  ])("writes each output that is given by %s", async (_sentence, launch) => {
    const cwd = makeTree({ "state/": "" });
    const program = await start(host, { ...launch, cwd });
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual(THREE_NEW);
    expect(program.events[0]?.["files"]).toEqual([".env", "state/b.json", "secrets"]);
  });

  it.each([
    [["--output", "sh:.env", "--file", ".env"]],
    [["--format=sh", "--output", "sh:.env"]],
    [["--output", "sh:.env", "--output", "raw:.env"]],
    [["--output", ".env"]],
    [["--output", "shell:.env"]],
    [["--output", "files:secrets/"]],
  ])("is refused with 64 as %j", async (args) => {
    const program = await runToEnd(host, { args });
    expect(await program.exit).toBe(64);
    expect(program.stderr).toMatch(/^startup-server: --output: expected [^\n]*\n$/);
    expect(readdirSync(program.directory)).toEqual([]);
  });

  it("tells every output's length and digest in the receipt", async () => {
    const cwd = makeTree({ "state/": "" });
    const program = await start(host, { cwd, args: THREE });
    const headers = { Accept: "application/json" };
    const answer = await call(program.port, { target: `/?${QUERY}`, headers });
    expect(answer.status).toBe(200);
    expect(await program.exit).toBe(0);
    const env = readFileSync(join(cwd, ".env"));
    const json = readFileSync(join(cwd, "state/b.json"));
    const directory = ["KEY1", "6", "value1KEY2", "9", "two words"].join("\0");
    const first = {
      file: ".env",
      dialect: "sh",
      length: env.length,
      sha256: sha256(env),
      uncommon_names: [],
    };
    expect(JSON.parse(answer.body)).toEqual({
      ...first,
      names: ["KEY1", "KEY2"],
      count: 2,
      request_id: answer.headers.get("x-request-id"),
      replayed: false,
      outputs: [
        first,
        {
          file: "state/b.json",
          dialect: "json",
          length: json.length,
          sha256: sha256(json),
          uncommon_names: [],
        },
        {
          file: "secrets",
          dialect: "files",
          length: 15,
          sha256: sha256(directory),
          uncommon_names: [],
        },
      ],
    });
  });

  it("writes none where one of them cannot hold the claim", async () => {
    const cwd = makeTree(THREE_OLD);
    const before = readTree(cwd);
    const args = ["--output=sh:.env", "--output=files:secrets", "--output=docker:state/b.json"];
    const program = await start(host, { cwd, args });
    const answer = await claim(program.port, "KEY1=two%0Alines");
    expect(answer.status).toBe(422);
    const { errors } = JSON.parse(answer.body);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ name: "KEY1", code: "not_representable" });
    expect(errors[0].reason).toContain("the docker dialect cannot hold");
    expect(readTree(cwd)).toEqual(before);
    await expectStillWaiting(program);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual({
      ".env": "KEY1=value1\n",
      "secrets/": "",
      "secrets/KEY1": "value1",
      "state/": "",
      "state/b.json": "KEY1=value1\n",
    });
  });

  it.each([
    ["the first one's", ["--output=sh:gone/a", "--output=sh:b"]],
    ["the last one's", ["--output=sh:a", "--output=files:gone/b"]],
  ])("ends with 73 where %s directory is missing", async (_sentence, args) => {
    const program = await runToEnd(host, { args });
    expect(await program.exit).toBe(73);
    expect(program.events).toHaveLength(1);
    expect(program.events[0]).toMatchObject({ level: "error", directory: "gone", errno: "ENOENT" });
    expect(readdirSync(program.directory)).toEqual([]);
  });
});

describeOnEachHost("when the second output fails, all", (host) => {
  /** Claims twice: once where it has to fail and nothing may change, once when all is well again. */
  async function expectAllOrNothing(story: {
    readonly cwd: string;
    readonly args: readonly string[];
    spoil(): void;
    readonly told: string;
    repair(): unknown;
    readonly wrapper?: readonly string[];
    readonly after: Tree;
  }): Promise<void> {
    const { cwd, args, wrapper = [], told, after } = story;
    const program = await start(host, { cwd, args, wrapper });
    story.spoil();
    const before = readTree(cwd);
    expectFailure(await claim(program.port, QUERY), told);
    expect(readTree(cwd)).toEqual(before);
    await expectStillWaiting(program);
    expect(program.events.at(-1)).toMatchObject({
      level: "error",
      message: "env file not written",
    });
    story.repair();
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual(after);
  }

  const ENV = { ".env": 'KEY1=value1\nKEY2="two words"\n' };
  const SECRETS = { KEY1: "value1", KEY2: "two words" };

  it.each<[string, DialectName, string, Tree]>([
    ["file", "sh", "ENOENT at create", { "state/x": ENV[".env"] }],
    [
      "directory",
      "files",
      "ENOENT at createDirectory",
      { "state/x/": "", "state/x/KEY1": SECRETS.KEY1, "state/x/KEY2": SECRETS.KEY2 },
    ],
  ])("stand as they were: the %s's directory has vanished", async (_s, dialect, told, written) => {
    const cwd = makeTree({ ".env": "OLD=1\n", "state/": "" });
    await expectAllOrNothing({
      cwd,
      args: ["--output=sh:.env", `--output=${dialect}:state/x`],
      spoil: () => rmdirSync(join(cwd, "state")),
      told,
      repair: () => mkdirSync(join(cwd, "state")),
      after: { ...ENV, "state/": "", ...written },
    });
  });

  it.each<[string, DialectName, string, Tree]>([
    ["file", "sh", "ENOTDIR at create", { "state/x": ENV[".env"] }],
    [
      "directory",
      "files",
      "ENOTDIR at createDirectory",
      { "state/x/": "", "state/x/KEY1": SECRETS.KEY1, "state/x/KEY2": SECRETS.KEY2 },
    ],
  ])(
    "stand as they were: a file is in the %s's directory's place",
    async (_s, name, told, tree) => {
      const cwd = makeTree({ ".env": "OLD=1\n", "state/": "" });
      const state = join(cwd, "state");
      await expectAllOrNothing({
        cwd,
        args: ["--output=sh:.env", `--output=${name}:state/x`],
        spoil: () => {
          rmdirSync(state);
          writeFileSync(state, "in the way");
        },
        told,
        repair: () => {
          rmSync(state);
          mkdirSync(state);
        },
        after: { ...ENV, "state/": "", ...tree },
      });
    },
  );

  it("stand as they were: a directory is in the file's place", async () => {
    const cwd = makeTree({ ".env": "OLD=1\n", "secrets/OLD1": "1" });
    await expectAllOrNothing({
      cwd,
      args: ["--output=sh:.env", "--output=files:secrets", "--output=json:b.json"],
      spoil: () => mkdirSync(join(cwd, "b.json")),
      told: "EISDIR at rename",
      repair: () => rmdirSync(join(cwd, "b.json")),
      after: {
        ...ENV,
        "secrets/": "",
        "secrets/KEY1": "value1",
        "secrets/KEY2": "two words",
        "b.json": '{"KEY1":"value1","KEY2":"two words"}\n',
      },
    });
  });

  it.for<[string, string, Tree]>([
    ["file", "--output=sh:small/x", { "small/x": ENV[".env"] }],
    [
      "directory",
      "--output=files:small/x",
      { "small/x/": "", "small/x/KEY1": SECRETS.KEY1, "small/x/KEY2": SECRETS.KEY2 },
    ],
  ])("stand as they were: the %s's disk is full", async ([, output, written], context) => {
    need(context, "mounts");
    const cwd = makeTree({ ".env": "OLD=1\n" });
    const small = mountSmallDisk(64);
    symlinkSync(small, join(cwd, "small"));
    const program = await start(host, { cwd, args: ["--output=sh:.env", output] });
    writeFileSync(join(small, "filler"), Buffer.alloc(64 * 1024));
    const answer = await claim(program.port, QUERY);
    expectFailure(answer, "ENOSPC at write");
    expect(readFileSync(join(cwd, ".env"), "utf8")).toBe("OLD=1\n");
    expect(readdirSync(cwd).toSorted()).toEqual([".env", "small"]);
    expect(readdirSync(small)).toEqual(["filler"]);
    await expectStillWaiting(program);
    rmSync(join(small, "filler"));
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    const tree = Object.entries(readTree(small)).map(([path, text]) => [`small/${path}`, text]);
    expect(Object.fromEntries(tree)).toEqual(written);
  });

  it.for([
    ["behind a file", ["--output=sh:.env", "--output=files:secrets"]],
    ["in front of a file", ["--output=files:secrets", "--output=sh:.env"]],
  ] as const)(
    "stand as they were: the directory %s is a mount point",
    async ([, args], context) => {
      need(context, "mounts");
      const cwd = makeTree({ ".env": "OLD=1\n", "secrets/below": "" });
      const secrets = join(cwd, "secrets");
      mount("-t", "tmpfs", "-o", "size=64k", "none", secrets);
      const unmount = (): void => {
        execFileSync("umount", ["-l", secrets], { stdio: "pipe" });
      };
      context.onTestFailed(unmount);
      writeFileSync(join(secrets, "MOUNTED"), "1");
      await expectAllOrNothing({
        cwd,
        args,
        spoil: () => undefined,
        told: "EBUSY at rename",
        repair: unmount,
        after: { ...ENV, "secrets/": "", "secrets/KEY1": "value1", "secrets/KEY2": "two words" },
      });
    },
  );

  it("stand as they were: the disk of the second turns read-only", async (context) => {
    need(context, "mounts");
    const cwd = makeTree({ ".env": "OLD=1\n" });
    const small = mountSmallDisk(64);
    writeTree(small, { "secrets/OLD1": "1" });
    const args = ["--output=sh:.env", `--output=files:${small}/secrets`];
    const program = await start(host, { cwd, args });
    mount("-o", "remount,ro", small);
    expectFailure(await claim(program.port, QUERY), "EROFS at createDirectory");
    expect(readTree(cwd)).toEqual({ ".env": "OLD=1\n" });
    expect(readTree(small)).toEqual({ "secrets/": "", "secrets/OLD1": "1" });
    await expectStillWaiting(program);
  });
});

describeOnEachHost("a directory output", (host) => {
  const ARGS = ["--output=files:secrets"];

  it("replaces an old directory as a whole, and its litter goes", async () => {
    const cwd = makeTree({ "secrets/OLD1": "1", "secrets/KEY1": "old", "beside/x": "1" });
    const inode = statSync(join(cwd, "secrets")).ino;
    const program = await start(host, { cwd, args: ARGS });
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual({
      "beside/": "",
      "beside/x": "1",
      "secrets/": "",
      "secrets/KEY1": "value1",
      "secrets/KEY2": "two words",
    });
    expect(statSync(join(cwd, "secrets")).ino).not.toBe(inode);
  });

  it("replaces an old directory by an empty one for a claim without variables", async () => {
    const cwd = makeTree({ "secrets/OLD1": "1" });
    const program = await start(host, { cwd, args: ARGS });
    expect((await claimJson(program.port, {})).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual({ "secrets/": "" });
  });

  it("replaces a symlink to a directory and never follows it", async () => {
    const elsewhere = makeTree({ OLD1: "precious" });
    const cwd = makeDirectory();
    symlinkSync(elsewhere, join(cwd, "secrets"));
    const program = await start(host, { cwd, args: ARGS });
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(lstatSync(join(cwd, "secrets")).isDirectory()).toBe(true);
    expect(readdirSync(cwd)).toEqual(["secrets"]);
    expect(readTree(elsewhere)).toEqual({ OLD1: "precious" });
  });

  it.each([
    ["0000", [], 0o600, 0o700],
    ["0077", [], 0o600, 0o700],
    ["0777", [], 0o600, 0o700],
    ["0000", ["--mode", "0640"], 0o640, 0o750],
    ["0777", ["--mode", "0640"], 0o640, 0o750],
    ["0077", ["--mode", "0444"], 0o444, 0o555],
  ] as const)(
    "under the umask %s and with %j has its modes",
    async (umask, args, fileMode, directoryMode) => {
      const wrapper = ["sh", "-c", `umask ${umask}; exec "$0" "$@"`];
      const program = await start(host, {
        wrapper,
        args: [...ARGS, "--output=sh:.env", ...args],
      });
      expect((await claim(program.port, QUERY)).status).toBe(200);
      expect(await program.exit).toBe(0);
      const modes = ["secrets", "secrets/KEY1", "secrets/KEY2", ".env"].map(
        (path) => statSync(join(program.directory, path)).mode & 0o7777,
      );
      expect(modes).toEqual([directoryMode, fileMode, fileMode, fileMode]);
    },
  );

  it("that may only be read is replaced whole by the next server", async (context) => {
    need(context, "root", "setpriv");
    const wrapper = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    const cwd = makeDirectory();
    for (const value of ["1", "2"]) {
      const args = [...ARGS, "--mode", "0400"];
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      const program = await start(host, { cwd, args, wrapper });
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      expect((await claim(program.port, `KEY1=${value}`)).status).toBe(200);
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      expect(await program.exit).toBe(0);
      expect(readTree(cwd)).toEqual({ "secrets/": "", "secrets/KEY1": value });
      expect(statSync(join(cwd, "secrets")).mode & 0o7777).toBe(0o500);
    }
  });
});

const DIGITS = "0123456789abcdef".repeat(2);
const LEFT = `.secrets.startup-server-${DIGITS}`;

describeOnEachHost("what a killed predecessor left of a directory output", (host) => {
  it.each<[sentence: string, before: Tree, after: Tree]>([
    [
      "is removed where it was not finished",
      { [`${LEFT}/KEY1`]: "part", "secrets/OLD1": "1" },
      { "secrets/": "", "secrets/OLD1": "1" },
    ],
    [
      "is removed where it was not finished and nothing stood there",
      { [`${LEFT}/KEY1`]: "part" },
      {},
    ],
    [
      "takes its place again where it had stepped aside and was not replaced",
      { [`${LEFT}.old/OLD1`]: "1", [`${LEFT}/KEY1`]: "new" },
      { "secrets/": "", "secrets/OLD1": "1" },
    ],
    [
      "is removed where it had stepped aside and was replaced",
      { [`${LEFT}.old/OLD1`]: "1", "secrets/KEY1": "new" },
      { "secrets/": "", "secrets/KEY1": "new" },
    ],
    [
      "is removed where it was replaced by a directory without files",
      { [`${LEFT}.old/OLD1`]: "1", "secrets/": "" },
      { "secrets/": "" },
    ],
    [
      "is left alone where it is another's",
      { [`.other.startup-server-${DIGITS}/KEY1`]: "1", [`${LEFT}0/KEY1`]: "1" },
      {
        [`.other.startup-server-${DIGITS}/`]: "",
        [`.other.startup-server-${DIGITS}/KEY1`]: "1",
        [`${LEFT}0/`]: "",
        [`${LEFT}0/KEY1`]: "1",
      },
    ],
  ])("%s", async (_sentence, before, after) => {
    const cwd = makeTree(before);
    const program = await start(host, { cwd, args: ["--output=files:secrets"] });
    expect(readTree(cwd)).toEqual(after);
    const hasRemoved = Object.keys(before).some((path) => !(path in after) && path.includes(LEFT));
    const told = program.messages.includes("leftovers of a killed server removed");
    expect(told).toBe(hasRemoved);
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toMatchObject({ "secrets/KEY1": "value1", "secrets/KEY2": "two words" });
  });
});

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
