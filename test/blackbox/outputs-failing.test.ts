/** When one of several outputs fails, none is written. */

import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { DialectName } from "../../src/dialects/dialect-names.ts";
import { mount, mountSmallDisk, need } from "./needs.ts";
import { describeOnEachHost, type Program, start } from "./program.ts";
import { type Answer, claim, heartBeat } from "./wire.ts";
import { makeTree, readTree, type Tree, writeTree } from "./tree.ts";

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

const QUERY = "KEY1=value1&KEY2=two+words";

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
