/** Every system call of a commit fails, kills or dawdles once, on the real program: RELIABILITY P1, P2, P4, P6, P10, P11. */

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect, it, vi } from "vitest";
import type { HostProgram } from "../setup.ts";
import { need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, PATIENCE, type Program, start } from "./program.ts";
import { trace } from "./tracing.ts";
import { claim, formatRequest, heartBeat, Wire } from "./wire.ts";

const OLD = "OLD=0ld-value\n";
const NEW = "KEY1=value1\n";
const NEXT = "KEY2=value2\n";
const CLAIM = formatRequest({ target: "/?KEY1=value1" });

/** `fatal`: where it fails the claim is refused; `harmless`: where it fails nothing is lost. */
type Weight = "fatal" | "harmless";

/** A commit over an old file, call by call: what it does, the call's names, which of them, how it is told. */
const STEPS = [
  ["opening the temporary file", "?open,openat", 1, "fatal", "create"],
  ["setting its mode", "fchmod", 1, "fatal", "setMode"],
  ["writing it", "pwrite64", 1, "fatal", "write"],
  ["syncing it", "fsync", 1, "fatal", "sync"],
  ["closing it", "close", 1, "fatal", "close"],
  ["keeping the old file by a second name", "?link,linkat", 1, "harmless", ""],
  ["renaming", "?rename,?renameat,renameat2", 1, "fatal", "rename"],
  ["opening the directory", "?open,openat", 2, "fatal", "syncDirectory"],
  ["syncing the directory", "fsync", 2, "fatal", "syncDirectory"],
  ["closing the directory", "close", 2, "harmless", ""],
  ["removing the second name", "?unlink,unlinkat", 1, "harmless", ""],
] as const satisfies readonly (readonly [string, string, number, Weight, string])[];

const ERRNOS = ["EIO", "ENOSPC", "EROFS", "EDQUOT"] as const;

const COMMIT_CALLS =
  "?open,openat,fchmod,pwrite64,fsync,close,?link,linkat,?rename,?renameat,renameat2,?unlink,unlinkat";

async function startOver(host: HostProgram): Promise<Program> {
  const cwd = makeDirectory();
  writeFileSync(join(cwd, ".env"), OLD);
  // Under an umask that hides nothing, so that a mode that is too open shows.
  return start(host, { cwd, wrapper: ["sh", "-c", 'umask 0; exec "$@"', "sh"] });
}

function inject(calls: string, fault: string, when: number): readonly string[] {
  return ["-e", `trace=${calls}`, "-e", `inject=${calls}:${fault}:when=${when}`];
}

/** The next claim works, whatever has happened, and leaves nothing but the env file. */
async function expectNextClaim(program: Program): Promise<void> {
  expect((await heartBeat(program.port)).status).toBe(200);
  expect((await claim(program.port, "KEY2=value2")).status).toBe(200);
  expect(await program.exit).toBe(0);
  expect(program.readEnvFile()).toBe(NEXT);
  expect(readdirSync(program.directory)).toEqual([".env"]);
}

describeOnEachHost("a commit", (host) => {
  it("makes these calls and no other, so that each can be made to fail", async (context) => {
    need(context, "root", "strace");
    const program = await startOver(host);
    const { lines } = await trace(program.pid, "-e", `trace=${COMMIT_CALLS}`);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    const made = lines().map((line) => / (\w+)\(/.exec(line)?.[1] ?? "");
    const wanted = STEPS.map(([, calls]) => calls.replaceAll("?", "").split(","));
    for (const [index, names] of wanted.entries()) expect(names).toContain(made[index]);
    // What comes behind closes connections.
    expect(new Set(made.slice(wanted.length))).toEqual(new Set(["close", ""]));
  });

  // How Node's closing fails stands in faults-edges.test.ts.
  const failing = STEPS.filter(
    ([name]) => host.name !== "node" || name !== "closing the directory",
  );

  it.for(failing)("P11, P4: %s may fail with any errno", async (step, context) => {
    need(context, "root", "strace");
    const [, calls, when, weight, told] = step;
    // Node takes long to start: each of its steps fails in one way only.
    const errnos = host.name === "node" ? [ERRNOS[STEPS.indexOf(step) % 2] ?? "EIO"] : ERRNOS;
    await Promise.all(
      errnos.map(async (errno) => {
        const program = await startOver(host);
        await trace(program.pid, ...inject(calls, `error=${errno}`, when));
        const answer = await claim(program.port, "KEY1=value1");
        if (weight === "harmless") return expectCommitted(program, answer.status);
        expect([errno, answer.status]).toEqual([errno, 500]);
        const { code, detail } = JSON.parse(answer.body);
        expect([code, detail]).toEqual([
          "commit_failed",
          `${errno} at ${told}; nothing was applied`,
        ]);
        expect(program.readEnvFile()).toBe(OLD);
        expect(readdirSync(program.directory)).toEqual([".env"]);
        await expectNextClaim(program);
      }),
    );
  });

  /** What stays behind where the old file's second name cannot be removed goes at the next start. */
  async function expectCommitted(program: Program, status: number): Promise<void> {
    expect(status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(NEW);
    await expectNextClaim(await start(host, { cwd: program.directory }));
  }

  it.for(STEPS)(
    "P2, P10: %s may be its last: a whole file, private at every instant, no litter after a start",
    async (step, context) => {
      need(context, "root", "strace");
      const [, calls, when] = step;
      const program = await startOver(host);
      await trace(program.pid, ...inject(calls, "signal=KILL", when));
      const wire = await Wire.connect(program.port);
      await wire.send(CLAIM);
      await wire.end();
      expect(await program.exit).toBe(137);
      const renamesAt = STEPS.findIndex(([, , , , name]) => name === "rename");
      const file = program.readEnvFile();
      if (STEPS.indexOf(step) < renamesAt) expect(file).toBe(OLD);
      else if (STEPS.indexOf(step) > renamesAt) expect(file).toBe(NEW);
      else expect([OLD, NEW]).toContain(file);
      for (const name of readdirSync(program.directory)) {
        const path = join(program.directory, name);
        const isOurs = readFileSync(path, "utf8") !== OLD;
        if (isOurs) expect([name, statSync(path).mode & 0o7777]).toEqual([name, 0o600]);
      }
      const successor = await start(host, { cwd: program.directory });
      expect(readdirSync(program.directory)).toEqual([".env"]);
      expect(successor.readEnvFile()).toBe(file);
      await expectNextClaim(successor);
    },
  );

  it.for(STEPS.filter(([, , , weight]) => weight === "fatal"))(
    "P1, P2: %s may take long: nobody hears before it is done, and every reader sees a whole file",
    async (step, context) => {
      need(context, "root", "strace");
      const [, calls, when] = step;
      const program = await startOver(host);
      await trace(program.pid, ...inject(calls, "delay_enter=300000", when));
      const wire = await Wire.connect(program.port);
      const startMs = performance.now();
      await wire.send(CLAIM);
      const answer = wire.answer();
      let isAnswered = false;
      void answer.then(() => (isAnswered = true));
      const seen = new Set<string>();
      await vi.waitUntil(() => {
        seen.add(program.readEnvFile());
        return isAnswered;
      }, PATIENCE);
      expect((await answer).status).toBe(200);
      expect(performance.now() - startMs).toBeGreaterThan(295);
      wire.close();
      expect(await program.exit).toBe(0);
      expect([...seen].filter((text) => text !== OLD && text !== NEW)).toEqual([]);
      expect(program.readEnvFile()).toBe(NEW);
    },
  );

  it("P11: a sync that failed is not tried again: the next claim writes a new file", async (context) => {
    need(context, "root", "strace");
    const program = await startOver(host);
    const calls = "?open,openat,pwrite64,fsync";
    const fault = "inject=fsync:error=EIO:when=1";
    const { lines } = await trace(program.pid, "-y", "-e", `trace=${calls}`, "-e", fault);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(500);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    const synced = lines().flatMap(
      (line) => /fsync\(\d+<([^>]*\.startup-server-[0-9a-f]{32})>/.exec(line)?.[1] ?? [],
    );
    expect(synced).toHaveLength(2);
    expect(new Set(synced).size).toBe(2);
  });

  it("P11: without an old file a directory that cannot be synced leaves none", async (context) => {
    need(context, "root", "strace");
    const program = await start(host);
    await trace(program.pid, ...inject("fsync", "error=EIO", 2));
    expect((await claim(program.port, "KEY1=value1")).status).toBe(500);
    expect(readdirSync(program.directory)).toEqual([]);
    await expectNextClaim(program);
  });

  it("P1: a disk that takes a byte at a time gets them all", async (context) => {
    need(context, "root", "strace");
    const program = await startOver(host);
    await trace(program.pid, "-e", "trace=pwrite64", "-e", "inject=pwrite64:retval=1:when=1");
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    // The first byte was only said to be written, so that a hole stands in its place.
    expect(program.readEnvFile()).toBe(`\0${NEW.slice(1)}`);
  });

  it("P4, P13: a signal in mid-commit waits: the claim is heard, and the status is 0", async (context) => {
    need(context, "root", "strace");
    const program = await startOver(host);
    await trace(program.pid, ...inject("fsync", "delay_enter=1500000", 1));
    const wire = await Wire.connect(program.port);
    await wire.send(CLAIM);
    await vi.waitUntil(() => isBeingSynced(program), PATIENCE);
    program.kill("SIGTERM");
    expect(program.readEnvFile()).toBe(OLD);
    expect((await wire.answer()).status).toBe(200);
    expect(await wire.end()).toBe("finished");
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(NEW);
    expect(program.messages).toEqual(["waiting for a claim", "claimed"]);
  });
});

/** The temporary file is there with all of its bytes, and not yet under its final name. */
function isBeingSynced({ directory }: Program): boolean {
  const names = readdirSync(directory).filter((name) => name.includes("startup-server"));
  return names.some(
    (name) =>
      existsSync(join(directory, name)) && statSync(join(directory, name)).size === NEW.length,
  );
}
