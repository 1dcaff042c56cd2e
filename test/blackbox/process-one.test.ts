/** As process 1 of a container: signals, orphans, and the command in its place. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, it, type TestContext, vi } from "vitest";
import type { HostProgram } from "../setup.ts";
import { need } from "./needs.ts";
import { childOf, childrenOf, statusField } from "./processes.ts";
import {
  describeOnEachHost,
  type Launch,
  makeDirectory,
  PATIENCE,
  type Program,
  start,
} from "./program.ts";
import { trace } from "./tracing.ts";
import { claim, formatRequest, heartBeat, Wire } from "./wire.ts";
import { isReplacing, shown, workload } from "./workload.ts";

const NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
const CLAIM = formatRequest({ target: "/?KEY1=value1" });

function startAsOne(host: HostProgram, launch: Launch = {}): Promise<Program> {
  return start(host, { ...launch, wrapper: [...NAMESPACE, ...(launch.wrapper ?? [])] });
}

/** To the program itself; a container's engine signals process 1 from outside in the same way. */
function signalOne(program: Program, signal: NodeJS.Signals): void {
  process.kill(childOf(program), signal);
}

function needNamespace(context: TestContext): void {
  need(context, "root", "unshare");
}

describeOnEachHost("process 1", (host) => {
  it("becomes the command, which is process 1 then", async (context) => {
    needNamespace(context);
    need(context, "musl-gcc");
    const program = await startAsOne(host, { args: ["--file=none", "--", workload()] });
    await claim(program.port, "A=1");
    const { pid, descriptors } = await shown(program);
    if (isReplacing(host)) expect(pid).toBe(1);
    expect(descriptors).toEqual([0, 1, 2]);
    expect(await program.exit).toBe(0);
  });

  it("hands signals to the command, whose status is the container's", async (context) => {
    needNamespace(context);
    need(context, "musl-gcc");
    const program = await startAsOne(host, { args: ["--file=none", "--", workload(), "await"] });
    await claim(program.port, "A=1");
    await vi.waitUntil(() => program.stdout.includes("ready\n"), PATIENCE);
    signalOne(program, "SIGTERM");
    expect(await program.exit).toBe(42);
    expect(program.stdout).toBe("ready\nsignal 15\n");
  });

  it.for([
    ["without a command leaves with 0", [], 0],
    ["with a command leaves with 143, and that never begins", ["--", "echo", "begun"], 143],
  ] as const)(
    "that is told to end in mid-commit finishes it, answers, and %s",
    async ([, command, status], context) => {
      needNamespace(context);
      need(context, "strace");
      const program = await startAsOne(host, { args: command });
      const fault = "inject=fsync:delay_enter=1500000:when=1";
      const { lines } = await trace(childOf(program), "-e", "trace=fsync", "-e", fault);
      const wire = await Wire.connect(program.port);
      await wire.send(CLAIM);
      // So that the connection closes with the answer, and nothing is left to wait for.
      wire.halfClose();
      await vi.waitUntil(() => lines().some((line) => line.includes("fsync(")), PATIENCE);
      signalOne(program, "SIGTERM");
      expect((await wire.answer()).status).toBe(200);
      wire.close();
      expect(await program.exit).toBe(status);
      expect(program.stdout).toBe("");
      expect(program.readEnvFile()).toBe("KEY1=value1\n");
    },
  );

  it.for([
    ["a first one", [], 143, false],
    ["a second one behind the claim", [], 0, true],
    ["a second one before the command", ["--", "echo", "begun"], 143, true],
  ] as const)("is ended at once by %s", async ([, command, status, isClaimed], context) => {
    needNamespace(context);
    const program = await startAsOne(host, { args: ["--drain", "20000", ...command] });
    const wire = await Wire.connect(program.port);
    await wire.send(isClaimed ? CLAIM : CLAIM.subarray(0, 20));
    if (isClaimed) {
      expect((await wire.answer()).status).toBe(200);
      signalOne(program, "SIGTERM");
      // Two that wait together would be one (signal(7)).
      await vi.waitUntil(() => /^0+$/.test(statusField(childOf(program), "ShdPnd")), PATIENCE);
      expect((await heartBeat(program.port)).status).toBe(200);
    }
    signalOne(program, "SIGTERM");
    expect(await program.exit).toBe(status);
    expect(program.stdout).toBe("");
  });

  it.runIf(host.name !== "node").for([
    ["with the filter of system calls", []],
    ["with a command to come", ["--", "true"]],
  ] as const)("takes note of orphans that end, %s", async ([, command], context) => {
    needNamespace(context);
    need(context, "musl-gcc");
    const cwd = makeDirectory();
    execFileSync("mkfifo", [join(cwd, "early"), join(cwd, "late")]);
    // Both are left behind by the shell that began them, and end when somebody writes to them.
    const script = '(read x < early &); (read x < late &); exec "$@"';
    // And one has ended before the program begins.
    const wrapper = ["sh", "-c", script, "sh", workload(), "neglect"];
    const program = await startAsOne(host, { cwd, wrapper, args: command });
    const one = childOf(program);
    await vi.waitUntil(() => childrenOf(one).length === 2, PATIENCE);
    writeFileSync(join(cwd, "early"), "\n");
    await vi.waitUntil(() => childrenOf(one).length === 1, PATIENCE);
    expect((await heartBeat(program.port)).status).toBe(200);
    writeFileSync(join(cwd, "late"), "\n");
    await vi.waitUntil(() => childrenOf(one).length === 0, PATIENCE);
    expect((await claim(program.port, "A=1")).status).toBe(200);
    expect(await program.exit).toBe(0);
  });
});
