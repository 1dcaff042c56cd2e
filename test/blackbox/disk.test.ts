/** What stands in the place of the env file, and disks that fail: the old file or the whole new one. */

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
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
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { bindMount, mount, mountSmallDisk, need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, PATIENCE, type Program, start } from "./program.ts";
import { type Answer, claim, claimForm, heartBeat } from "./wire.ts";

async function expectRefusal(answer: Answer, detail: string | RegExp): Promise<void> {
  expect(answer.status).toBe(500);
  expect(JSON.parse(answer.body)).toMatchObject({
    code: "commit_failed",
    detail:
      typeof detail === "string" ? `${detail}; nothing was applied` : expect.stringMatching(detail),
  });
}

/** The server still waits, and the next claim works. */
async function expectRecovery(program: Program): Promise<void> {
  expect((await heartBeat(program.port)).status).toBe(200);
  expect((await claim(program.port, "KEY2=value2")).status).toBe(200);
  expect(await program.exit).toBe(0);
  expect(program.readEnvFile()).toBe("KEY2=value2\n");
  expect(readdirSync(program.directory)).toEqual([".env"]);
}

/** Takes what is left of a disk, to the last byte. */
function fill(directory: string): string {
  const path = join(directory, "filler");
  for (const size of [4096, 512, 64, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: "a" });
    } catch {
      // Less is left than that.
    }
  }
  return path;
}

describeOnEachHost("in the place of the env file", (host) => {
  it.each([
    ["an existing file", "victim"],
    ["nothing", "nowhere"],
  ])("a symlink to %s is replaced and never followed", async (_sentence, target) => {
    const cwd = makeDirectory();
    const elsewhere = makeDirectory();
    writeFileSync(join(elsewhere, "victim"), "precious\n");
    symlinkSync(join(elsewhere, target), join(cwd, ".env"));
    const program = await start(host, { cwd });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(lstatSync(join(cwd, ".env")).isFile()).toBe(true);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
    expect(readdirSync(elsewhere)).toEqual(["victim"]);
    expect(readFileSync(join(elsewhere, "victim"), "utf8")).toBe("precious\n");
  });

  it("a hard link keeps its other name's bytes", async () => {
    const cwd = makeDirectory();
    writeFileSync(join(cwd, "other"), "precious\n");
    linkSync(join(cwd, "other"), join(cwd, ".env"));
    const program = await start(host, { cwd });
    await claim(program.port, "KEY1=value1");
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
    expect(readFileSync(join(cwd, "other"), "utf8")).toBe("precious\n");
    expect(statSync(join(cwd, ".env")).nlink).toBe(1);
  });

  it("a FIFO is replaced and hangs nobody", async () => {
    const cwd = makeDirectory();
    execFileSync("mkfifo", [join(cwd, ".env")]);
    const program = await start(host, { cwd });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
    expect(readdirSync(cwd)).toEqual([".env"]);
  });

  it("a directory refuses the claim, until it is gone", async () => {
    const cwd = makeDirectory();
    mkdirSync(join(cwd, ".env"));
    const program = await start(host, { cwd });
    await expectRefusal(await claim(program.port, "KEY1=value1"), "EISDIR at rename");
    expect(readdirSync(cwd)).toEqual([".env"]);
    rmdirSync(join(cwd, ".env"));
    await expectRecovery(program);
  });

  it("a file that is mounted there is written in place, with a warning", async (context) => {
    need(context, "mounts");
    const cwd = makeDirectory();
    const source = join(makeDirectory(), "mounted");
    writeFileSync(source, "OLD=1\n".repeat(100));
    writeFileSync(join(cwd, ".env"), "below\n");
    bindMount(source, join(cwd, ".env"));
    const program = await start(host, { cwd });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readFileSync(source, "utf8")).toBe("KEY1=value1\n");
    expect(statSync(source).mode & 0o7777).toBe(0o600);
    expect(readdirSync(cwd)).toEqual([".env"]);
    expect(program.events.slice(1).map(({ level, message }) => [level, message])).toEqual([
      ["info", "claimed"],
      ["warn", "env file is a mount point and was written in place"],
    ]);
  });

  it("a mounted file that may only be read refuses the claim", async (context) => {
    need(context, "mounts");
    const cwd = makeDirectory();
    const source = join(makeDirectory(), "mounted");
    writeFileSync(source, "OLD=1\n");
    writeFileSync(join(cwd, ".env"), "below\n");
    bindMount(source, join(cwd, ".env"));
    mount("-o", "remount,bind,ro", join(cwd, ".env"));
    const program = await start(host, { cwd });
    await expectRefusal(await claim(program.port, "KEY1=value1"), /^(EBUSY|EROFS) at /);
    expect(readFileSync(source, "utf8")).toBe("OLD=1\n");
    expect(readdirSync(cwd)).toEqual([".env"]);
    expect((await heartBeat(program.port)).status).toBe(200);
  });
});

describeOnEachHost("a disk", (host) => {
  it("that fills up refuses the claim, keeps the old file, and serves the next", async (context) => {
    need(context, "mounts");
    const cwd = mountSmallDisk(64);
    writeFileSync(join(cwd, ".env"), "OLD=1\n");
    const program = await start(host, { cwd });
    const filler = fill(cwd);
    await expectRefusal(await claim(program.port, "KEY1=value1"), "ENOSPC at write");
    expect(program.readEnvFile()).toBe("OLD=1\n");
    expect(readdirSync(cwd).toSorted()).toEqual([".env", "filler"]);
    await vi.waitFor(
      () =>
        expect(program.events.at(-1)).toMatchObject({
          level: "error",
          message: "env file not written",
          errno: "ENOSPC",
        }),
      PATIENCE,
    );
    rmSync(filler);
    await expectRecovery(program);
  });

  it("that fills up in mid-write publishes no part", async (context) => {
    need(context, "mounts");
    const cwd = mountSmallDisk(64);
    const program = await start(host, { cwd });
    const answer = await claimForm(program.port, `KEY1=${"v".repeat(100_000)}`);
    await expectRefusal(answer, "ENOSPC at write");
    expect(readdirSync(cwd)).toEqual([]);
    await expectRecovery(program);
  });

  it("that turns read-only refuses the claim, and serves the next when it is back", async (context) => {
    need(context, "mounts");
    const cwd = mountSmallDisk(64);
    writeFileSync(join(cwd, ".env"), "OLD=1\n");
    const program = await start(host, { cwd });
    mount("-o", "remount,ro", cwd);
    await expectRefusal(await claim(program.port, "KEY1=value1"), "EROFS at create");
    expect(program.readEnvFile()).toBe("OLD=1\n");
    mount("-o", "remount,rw", cwd);
    await expectRecovery(program);
  });

  it("whose quota for one file is reached refuses the claim by an errno, not by death", async (context) => {
    need(context, "prlimit");
    const program = await start(host, { wrapper: ["prlimit", "--fsize=4096"] });
    const answer = await claimForm(program.port, `KEY1=${"v".repeat(10_000)}`);
    await expectRefusal(answer, "EFBIG at write");
    expect(readdirSync(program.directory)).toEqual([]);
    await expectRecovery(program);
  });

  it("whose directory is removed refuses the claim until it is back", async () => {
    const cwd = makeDirectory();
    const directory = join(cwd, "state");
    mkdirSync(directory);
    const program = await start(host, { cwd, args: ["--file", "state/.env"] });
    rmdirSync(directory);
    await expectRefusal(await claim(program.port, "KEY1=value1"), "ENOENT at create");
    mkdirSync(directory);
    expect((await claim(program.port, "KEY2=value2")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readFileSync(join(directory, ".env"), "utf8")).toBe("KEY2=value2\n");
  });

  it("that may be written no more refuses the claim until it may be", async (context) => {
    need(context, "root", "setpriv");
    const wrapper = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    const program = await start(host, { wrapper });
    chmodSync(program.directory, 0o500);
    onTestFinished(() => chmodSync(program.directory, 0o700));
    await expectRefusal(await claim(program.port, "KEY1=value1"), "EACCES at create");
    chmodSync(program.directory, 0o700);
    await expectRecovery(program);
  });
});
