/** Signals, pauses, other users, read-only roots, and what the native host gives up: RELIABILITY P13 and confinement. */

import { chownSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, it, vi } from "vitest";
import { need } from "./needs.ts";
import { childOf, statusField } from "./processes.ts";
import { describeOnEachHost, makeDirectory, PATIENCE, type Program, start } from "./program.ts";
import { trace } from "./tracing.ts";
import { claim, formatRequest, heartBeat, Wire } from "./wire.ts";

const CLAIM = formatRequest({ target: "/?KEY1=value1" });
const FILE = "KEY1=value1\n";
const NOBODY = 65_534;

async function expectClaim(program: Program): Promise<void> {
  expect((await heartBeat(program.port)).status).toBe(200);
  expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
  expect(await program.exit).toBe(0);
  expect(program.readEnvFile()).toBe(FILE);
}

describeOnEachHost("P13, a signal", (host) => {
  it.for([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)(
    "%s ends process 1 without capabilities and as another user",
    async (row, context) => {
      need(context, "root", "unshare", "setpriv");
      const [signal, status] = row;
      const cwd = makeDirectory();
      chownSync(cwd, NOBODY, NOBODY);
      const user = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
      const wrapper = [
        "unshare",
        "--pid",
        "--fork",
        "--kill-child",
        ...user,
        "--bounding-set=-all",
      ];
      const program = await start(host, { cwd, wrapper });
      process.kill(childOf(program), signal);
      expect(await program.exit).toBe(status);
      expect(readdirSync(cwd)).toEqual([]);
    },
  );

  it("in mid-commit waits for process 1 as well", async (context) => {
    need(context, "root", "unshare", "strace");
    const cwd = makeDirectory();
    const program = await start(host, {
      cwd,
      wrapper: ["unshare", "--pid", "--fork", "--kill-child"],
    });
    const fault = "inject=fsync:delay_enter=1500000:when=2";
    await trace(childOf(program), "-e", "trace=fsync", "-e", fault);
    const wire = await Wire.connect(program.port);
    await wire.send(CLAIM);
    await vi.waitUntil(() => readdirSync(cwd).includes(".env"), PATIENCE);
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.kill(childOf(program), signal);
    expect((await wire.answer()).status).toBe(200);
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(FILE);
  });

  it("that stops it for a while breaks neither a timer nor a request that has begun", async (context) => {
    need(context, "linux");
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    // A request that has begun has a deadline, so that the call that is interrupted has a timeout.
    await wire.send(CLAIM.subarray(0, 20));
    for (let round = 0; round < 3; round += 1) {
      program.kill("SIGSTOP");
      await vi.waitUntil(() => statusField(program.pid, "State") === "T", PATIENCE);
      program.kill("SIGCONT");
      await vi.waitUntil(() => statusField(program.pid, "State") !== "T", PATIENCE);
      expect((await heartBeat(program.port)).status).toBe(200);
    }
    program.kill("SIGSTOP");
    await wire.send(CLAIM.subarray(20));
    program.kill("SIGCONT");
    expect((await wire.answer()).status).toBe(200);
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(FILE);
  });
});

describeOnEachHost("confinement", (host) => {
  it.skipIf(host.name === "sanitized")(
    "is on by default where the host has it, and off by --no-sandbox",
    async (context) => {
      need(context, "linux");
      const [on, privileges] = host.name === "native" ? ["2", "1"] : ["0", "0"];
      for (const [args, seccomp] of [
        [[], on],
        [["--no-sandbox"], "0"],
      ] as const) {
        const program = await start(host, { args });
        expect(statusField(program.pid, "NoNewPrivs")).toBe(privileges);
        expect(statusField(program.pid, "Seccomp")).toBe(seccomp);
        expect(program.messages).toEqual(["waiting for a claim"]);
        await expectClaim(program);
      }
    },
  );

  it("is no hindrance without capabilities and as another user", async (context) => {
    need(context, "root", "setpriv");
    const cwd = makeDirectory();
    chownSync(cwd, NOBODY, NOBODY);
    const wrapper = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    const bounds = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
    const program = await start(host, { cwd, wrapper: [...wrapper, ...bounds] });
    expect([statusField(program.pid, "CapEff"), statusField(program.pid, "Uid")]).toEqual([
      "0".repeat(16),
      String(NOBODY),
    ]);
    await expectClaim(program);
    const { uid, mode } = statSync(join(cwd, ".env"));
    expect([uid, mode & 0o7777]).toEqual([NOBODY, 0o600]);
  });

  it("is no hindrance on a root that can only be read", async (context) => {
    need(context, "root", "mounts", "unshare");
    const cwd = makeDirectory();
    mkdirSync(join(cwd, "state"));
    const script =
      'mount --bind state state && mount -o remount,bind,ro / && cd state && exec "$@"';
    const program = await start(host, {
      cwd,
      wrapper: ["unshare", "--mount", "sh", "-c", script, "sh"],
    });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readFileSync(join(cwd, "state/.env"), "utf8")).toBe(FILE);
  });

  it("P11: an old file of another user is replaced all the same", async (context) => {
    need(context, "root", "setpriv");
    const cwd = makeDirectory();
    // Which may have no second name (proc(5), protected_hardlinks).
    writeFileSync(join(cwd, ".env"), "OLD=1\n", { mode: 0o600 });
    chownSync(cwd, NOBODY, NOBODY);
    const user = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    const program = await start(host, { cwd, wrapper: [...user, "--bounding-set=-all"] });
    await expectClaim(program);
    expect(readdirSync(cwd)).toEqual([".env"]);
  });
});
