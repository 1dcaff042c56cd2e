/** Becoming another program: by execve(2) where Node has it, else by a child that stands for us. */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import type { InheritedVariable, Passed, Program } from "../../src/host.ts";
import { attempt, errnoOf, nodeFiles } from "./node-files.ts";
import { isSureToRun } from "./sure-to-run.ts";

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- so Node's own types name it
  namespace NodeJS {
    interface Process {
      /** From Node 22.15 and 23.11 on. */
      execve?(path: string, args: readonly string[], variables: Record<string, string>): void;
    }
  }
}

/** What Node has put in place of other bytes than UTF-8 must not be passed on as if it were the value. */
const INHERITED = Object.entries(process.env).filter(
  ([name, value]) => !`${name}${value}`.includes("\ufffd"),
);

export function listInherited(): readonly InheritedVariable[] {
  return INHERITED.map(([name, value]) => ({ name, bytes: Buffer.byteLength(`${name}=${value}`) }));
}

const FIRST_DESCRIPTOR = 3;
const O_CLOEXEC = 0o2000000;

/** Closes what was open when Node began: Node's own descriptors close by themselves (proc(5), fdinfo). */
export function closeInherited(): void {
  const names = nodeFiles.list("/proc/self/fdinfo");
  const descriptors = names.ok ? names.value.map(Number) : [];
  for (const descriptor of descriptors.filter((each) => each >= FIRST_DESCRIPTOR)) {
    const fields = attempt(() => readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"));
    const flags = fields.ok ? /^flags:\s+(\d+)/m.exec(fields.value)?.[1] : undefined;
    const isInherited = flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
    if (isInherited) attempt(() => closeSync(descriptor));
  }
}

/** Signals come to the program from now on; timers and connections are the caller's to let go before. */
export function become(program: Program, failed: (errno: string) => void): void {
  const { path } = program;
  const executable = nodeFiles.checkExecutable(path);
  if (!executable.ok) return failed(executable.problem);
  const args = textsOf(program.args, process.argv.slice(2));
  const entries = textsOf(
    program.environment,
    INHERITED.map(([name, value]) => `${name}=${value}`),
  );
  const variables = Object.fromEntries(entries.map(splitEntry));
  const { execve } = process;
  if (execve === undefined || !mayExecute(path)) return startChild(path, args, variables, failed);
  // Node ignores these, and execve(2) would keep it so; what has a handler goes back to its default.
  for (const signal of ["SIGPIPE", "SIGXFSZ"]) process.on(signal, () => undefined);
  unblockStreams();
  const begun = attempt(() => execve.call(process, path, args, variables));
  if (!begun.ok) failed(begun.problem);
}

/** A standard stream; Node's types know no handle. */
interface StandardStream {
  readonly fd: number;
  readonly _handle?: { setBlocking?(isBlocking: true): number } | null;
}

/**
 * A pipe that Node has as much as looked at, which the import of some of its modules does, never waits:
 * not for anybody who shares it. Children get it back as this does.
 */
function unblockStreams(): void {
  const streams: readonly StandardStream[] = [process.stdin, process.stdout, process.stderr];
  // oxlint-disable-next-line no-underscore-dangle -- Node's own name
  for (const stream of streams) stream._handle?.setBlocking?.(true);
}

function textsOf(list: readonly Passed[], given: readonly string[]): readonly string[] {
  return list.map((each) => (typeof each === "string" ? each : (given[each] ?? "")));
}

function splitEntry(entry: string): readonly [name: string, value: string] {
  const end = entry.indexOf("=");
  return [entry.slice(0, end), entry.slice(end + 1)];
}

/** From then on a failing execve(2) is an error; before, Node aborts. */
const FORGIVING_MAJOR = 26;

function mayExecute(path: string): boolean {
  return Number.parseInt(process.versions.node, 10) >= FORGIVING_MAJOR || isSureToRun(path);
}

/** Node cannot do without itself here, so it keeps to the part of tini(1) and dumb-init(1). */
function startChild(
  path: string,
  [argv0, ...args]: readonly string[],
  env: Record<string, string>,
  failed: (errno: string) => void,
): void {
  // In a session of its own, so that what a terminal sends comes once: from us.
  const options = { argv0, env, stdio: "inherit", detached: true } as const;
  // Before it begins: whoever hears from it may send a signal at once, which would end us alone.
  const handlers = [...listPassedOn()].map((signal) => {
    const handler = (): unknown => spawned.ok && spawned.value.kill(signal);
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  const fail = (errno: string): void => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    failed(errno);
  };
  const spawned = attempt(() => spawn(path, args, options));
  if (!spawned.ok) return fail(spawned.problem);
  const child = spawned.value;
  child.on("error", (thrown) => {
    if (child.pid === undefined) fail(errnoOf(thrown));
  });
  if (child.pid !== undefined) leaveWith(child);
}

function leaveWith(child: ChildProcess): void {
  child.on("exit", (status, signal) => {
    process.exit(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}

/** Those that cannot be caught, and those that a process brings upon itself. */
const OWN_SIGNALS = "SIGKILL SIGSTOP SIGCHLD SIGPIPE SIGXFSZ SIGILL SIGBUS SIGFPE SIGSEGV".split(
  " ",
);

/** Each signal once: some have two names. */
function listPassedOn(): Iterable<NodeJS.Signals> {
  const names = Object.keys(constants.signals).filter(isPassedOn);
  return new Map(names.map((name) => [constants.signals[name], name])).values();
}

function isPassedOn(name: string): name is NodeJS.Signals {
  return name in constants.signals && !OWN_SIGNALS.includes(name);
}
