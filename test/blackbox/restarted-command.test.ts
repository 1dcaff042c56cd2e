/** A restarted container with a command: it begins at once, with what was claimed before (`--if-exists=reuse`). */

import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { HostProgram } from "../setup.ts";
import { need } from "./needs.ts";
import {
  describeOnEachHost,
  makeDirectory,
  PATIENCE,
  type Program,
  run,
  runToEnd,
  start,
} from "./program.ts";
import { claim, claimJson } from "./wire.ts";
import { inheritedEnv, isReplacing, shown, workload } from "./workload.ts";

const REUSE = "--if-exists=reuse";
const RECORD = "..env.startup-server-claimed";
const CLAIMED = { KEY1: "s3cret-Value-8Hq", MULTI: "two\nlines = \u00fc", EMPTY: "" };
const ENTRIES = Object.entries(CLAIMED).map(([name, value]) => `${name}=${value}`);
const REUSED = ["reused what was claimed before", "becoming the command"];

/** A directory in which that has been claimed, and a command has begun and ended. */
async function makeClaimed(host: HostProgram, args: readonly string[] = []): Promise<string> {
  const cwd = makeDirectory();
  const program = await start(host, { cwd, args: [REUSE, "--format=js", ...args, "--", "true"] });
  expect((await claimJson(program.port, CLAIMED)).status).toBe(200);
  expect(await program.exit).toBe(0);
  return cwd;
}

function restart(host: HostProgram, cwd: string, ...command: readonly string[]): Program {
  return run(host, { cwd, args: [REUSE, "--format=js", "--", ...command] });
}

describeOnEachHost("a command of a restarted server", (host) => {
  it("begins at once with the variables that were claimed, as behind a claim", async (context) => {
    need(context, "linux", "musl-gcc");
    const cwd = await makeClaimed(host);
    const env = { KEPT: "1", KEY1: "inherited", STARTUP_SERVER_DRAIN: "1" };
    const wrapper = ["sh", "-c", 'exec "$@" 7</dev/null', "sh"];
    const args = [REUSE, "--format=js", "--", workload(), "show"];
    const program = run(host, { cwd, args, env, wrapper });
    const told = await shown(program);
    const inherited = inheritedEnv(host, env).filter((entry) => !entry.startsWith("KEY1="));
    expect(told.env.map(utf8)).toEqual(expect.arrayContaining([...inherited, ...ENTRIES]));
    expect(told.env.map(utf8).slice(-ENTRIES.length)).toEqual(ENTRIES);
    expect(told.env.filter((entry) => entry.startsWith("KEY1="))).toHaveLength(1);
    expect(told.descriptors).toEqual([0, 1, 2]);
    const none = { SigBlk: "0", SigIgn: "0", SigCgt: "0", SigPnd: "0", ShdPnd: "0" };
    expect(told.status).toEqual({ ...none, NoNewPrivs: "0", Seccomp: "0" });
    if (isReplacing(host)) expect(told.pid).toBe(program.pid);
    expect(await program.exit).toBe(0);
    expect(program.messages).toEqual(REUSED);
    expect(program.stderr).not.toContain(CLAIMED.KEY1);
  });

  it("decides the status, and gets signals", async (context) => {
    need(context, "musl-gcc");
    const cwd = await makeClaimed(host);
    const ended = restart(host, cwd, "sh", "-c", 'test "$KEY1" = s3cret-Value-8Hq && exit 42');
    expect(await ended.exit).toBe(42);
    const signalled = restart(host, cwd, workload(), "await");
    await vi.waitUntil(() => signalled.stdout.includes("ready\n"), PATIENCE);
    signalled.kill("SIGTERM");
    expect(await signalled.exit).toBe(42);
  });

  it("may be another one, for the same variables", async () => {
    const cwd = await makeClaimed(host);
    const program = restart(host, cwd, "printenv", "MULTI");
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe(`${CLAIMED.MULTI}\n`);
  });

  it("that cannot be found ends the server as ever", async () => {
    const cwd = await makeClaimed(host);
    const program = restart(host, cwd, "./no-such-command");
    expect(await program.exit).toBe(127);
    expect(program.messages).toEqual(["the command cannot be started"]);
  });

  it("leaves a second file with the values, which only its owner may read", async () => {
    const cwd = await makeClaimed(host, ["--mode=644"]);
    expect(statSync(join(cwd, RECORD)).mode & 0o7777).toBe(0o600);
    expect(readFileSync(join(cwd, RECORD), "utf8")).toContain(`\nKEY1=${CLAIMED.KEY1}\0`);
  });

  it.for([
    ["the env file has more", (cwd: string) => appendFileSync(join(cwd, ".env"), "#"), "changed"],
    ["the env file is gone", (cwd: string) => rmSync(join(cwd, ".env")), "missing"],
    ["a value in the record is another", changeValue, "damaged_record"],
  ] as const)("waits for a claim where %s", async ([, tamper, reason]) => {
    const cwd = await makeClaimed(host);
    tamper(cwd);
    const program = restart(host, cwd, "printenv", "KEY1");
    const port = await program.ready;
    expect(program.events[0]).toMatchObject({ message: "nothing to reuse", reason });
    expect((await claim(port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("value1\n");
  });

  it("waits for a claim where none was recorded for a command, and the other way round", async () => {
    const cwd = makeDirectory();
    const args = [REUSE, "--format=js"];
    const without = await start(host, { cwd, args });
    expect((await claimJson(without.port, CLAIMED)).status).toBe(200);
    expect(await without.exit).toBe(0);
    const program = restart(host, cwd, "printenv", "KEY1");
    const port = await program.ready;
    expect(program.events[0]).toMatchObject({ reason: "other_settings" });
    expect((await claim(port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    const again = await start(host, { cwd, args });
    expect(again.events[0]).toMatchObject({ reason: "other_settings" });
  });

  it("does not begin where a file stands that must not, and needs a file to look at", async () => {
    const cwd = await makeClaimed(host);
    const refusing = { cwd, args: ["--if-exists=refuse", "--", "true"] };
    expect(await (await runToEnd(host, refusing)).exit).toBe(73);
    const without = { cwd, args: [REUSE, "--file=none", "--", "true"] };
    expect(await (await runToEnd(host, without)).exit).toBe(64);
  });
});

function changeValue(cwd: string): void {
  const path = join(cwd, RECORD);
  writeFileSync(path, readFileSync(path, "utf8").replace("8Hq", "8Hr"));
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}
