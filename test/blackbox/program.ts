/** Starts the real program as a process of its own, and tells what it says and how it ends. */

import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, inject, onTestFinished } from "vitest";
import type { HostProgram } from "../setup.ts";

/** How to start the program; what is left out is as a caller would have it. */
export interface Launch {
  /** Behind `--port 0 --host 127.0.0.1`, unless they or `port` say otherwise. */
  readonly args?: readonly string[];
  /** `"default"` gives no --port at all. */
  readonly port?: number | "default";
  /** `"default"` gives no --host at all. */
  readonly address?: "default";
  /** Beside PATH, which is all that is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A command that runs the program, such as strace. */
  readonly wrapper?: readonly string[];
  /** The program's standard error, where it is not to be collected. */
  readonly stderr?: number;
}

export interface LogEvent {
  readonly level: string;
  readonly timestamp: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Declares the stories once for each host. */
export function describeOnEachHost(theme: string, stories: (host: HostProgram) => void): void {
  for (const host of inject("hosts")) {
    describe.skipIf(host.problem !== undefined)(`${theme}, on the ${host.name} host`, () =>
      stories(host),
    );
  }
}

/** A fresh directory, removed after the test. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "startup-server-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts the program and waits until it says that it waits for a claim. */
export async function start(host: HostProgram, launch: Launch = {}): Promise<Program> {
  const program = run(host, launch);
  await program.ready;
  return program;
}

/** Starts the program, in a fresh directory unless told otherwise; it is killed after the test. */
export function run(host: HostProgram, launch: Launch = {}): Program {
  const directory = launch.cwd ?? makeDirectory();
  const port = launch.port ?? 0;
  const portArgs = port === "default" ? [] : ["--port", String(port)];
  // Only this machine may reach the servers that are tested, and only those that listen wider warn.
  const isHostGiven =
    launch.address === "default" ||
    launch.args?.includes("--host") === true ||
    launch.env?.["STARTUP_SERVER_HOST"] !== undefined;
  const hostArgs = isHostGiven || port === "default" ? [] : ["--host", "127.0.0.1"];
  const [command = "", ...args] = [
    ...(launch.wrapper ?? []),
    ...host.command,
    ...portArgs,
    ...hostArgs,
    ...(launch.args ?? []),
  ];
  const stdio: StdioOptions = ["ignore", "pipe", launch.stderr ?? "pipe"];
  const env = { PATH: process.env["PATH"] ?? "", ...host.env, ...launch.env };
  const program = new Program(spawn(command, args, { cwd: directory, env, stdio }), directory);
  onTestFinished(async () => {
    program.kill("SIGKILL");
    await program.exit;
  });
  return program;
}

/** Runs the program to its end. */
export async function runToEnd(host: HostProgram, launch: Launch = {}): Promise<Program> {
  const program = run(host, launch);
  await program.exit;
  return program;
}

/** How long a loaded machine may take for what is bound to happen. */
export const PATIENCE = { interval: 5, timeout: 20_000 };

const READY = "waiting for a claim";

export class Program {
  readonly directory: string;
  /** The status as a shell tells it: 128 and the signal's number where a signal ended it. */
  readonly exit: Promise<number>;
  /** The port, once the log says that it is open; 0 where it listens on a socket file. */
  readonly ready: Promise<number>;
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";
  #port: number | undefined;

  constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.directory = directory;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.exit = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status, signal) => {
        resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
    this.ready = new Promise((resolve, reject) => {
      child.stderr?.on("data", () => {
        this.#port ??= readPort(this.#stderr);
        if (this.#port !== undefined) resolve(this.#port);
      });
      const fail = (): void => reject(new Error(`The program did not start: ${this.#stderr}`));
      this.exit.then(fail, reject);
    });
    // A program that is meant to end at once has nobody who waits for it to be ready.
    this.ready.catch(() => undefined);
  }

  /** Of the process started: the wrapper's own, unless it replaces itself with the program. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get port(): number {
    if (this.#port === undefined) throw new Error("The program has not said that it is ready");
    return this.#port;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Every log line so far, each of which has to be JSON. */
  get events(): readonly LogEvent[] {
    const lines = this.#stderr.split("\n").filter((line) => line !== "");
    return lines.map((line): LogEvent => JSON.parse(line));
  }

  get messages(): readonly string[] {
    return this.events.map((event) => event.message);
  }

  /** The env file's text. */
  readEnvFile(): string {
    return readFileSync(join(this.directory, ".env"), "utf8");
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Leaves the log unread, so that the system's buffers fill up. */
  stopLogReader(): void {
    this.#child.stderr?.pause();
  }

  resumeLogReader(): void {
    this.#child.stderr?.resume();
  }

  /** Stops listening to the log, as a reader does who has gone. */
  closeLogReader(): void {
    this.#child.stderr?.destroy();
  }
}

/** The port, from the log line of either format. */
function readPort(log: string): number | undefined {
  const line = log.split("\n").find((text) => text.includes(READY));
  if (line === undefined || !log.includes("\n", log.indexOf(line))) return undefined;
  const digits = /"port":(\d+)|\bport=(\d+)/.exec(line);
  return Number(digits?.[1] ?? digits?.[2] ?? 0);
}
