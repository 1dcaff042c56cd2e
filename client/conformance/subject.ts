/** The server under test: an address that answers, or a process that was started for one rule. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import * as net from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { accept, refuse, type Result } from "../../src/result.ts";
import { differs, expectStatus, type Finding } from "./rule.ts";
import { formatRequest, type Reply, type Routes, type Sent, Wire } from "./wire.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How a server is spoken to. */
export interface Manner {
  readonly routes: Routes;
  /** How long each answer is waited for. */
  readonly timeoutMs: number;
}

/** A server that can be called. */
export class Subject {
  readonly #address: Address;
  readonly #manner: Manner;

  constructor(address: Address, manner: Manner) {
    this.#address = address;
    this.#manner = manner;
  }

  connect(): Wire {
    return new Wire(this.#address, this.#manner.routes, this.#manner.timeoutMs);
  }

  /** Sends a request on a connection of its own, and reads its answer. */
  async call(sent: Sent): Promise<Reply> {
    return await this.callRaw(formatRequest(sent), sent.method);
  }

  async callRaw(bytes: string, method?: string): Promise<Reply> {
    const wire = this.connect();
    wire.send(bytes);
    const reply = await wire.answer(method);
    wire.close();
    return reply;
  }

  /** That the server still waits, and nothing was written. */
  async expectUntouched(): Promise<Finding> {
    const problem = expectStatus(await this.call({ target: "{health}" }), 200);
    return problem === undefined ? undefined : `the health check afterwards: ${problem}`;
  }
}

/** How a process is started: `{port}`, `{file}` and `{directory}` in the command stand for the values. */
export interface Launch {
  readonly command: readonly string[];
  readonly manner: Manner;
  readonly settings: Readonly<Record<string, string>>;
  prepare(directory: string): string;
}

/** A server of our own, in a directory of its own. */
export class ServerProcess extends Subject {
  readonly directory: string;
  /** The path of the env file. */
  readonly file: string;
  readonly exit: Promise<number>;
  readonly #child: ChildProcess;
  #output = "";

  private constructor(address: Address, manner: Manner, child: ChildProcess, file: string) {
    super(address, manner);
    this.#child = child;
    this.file = file;
    this.directory = join(file, "..");
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    }
    this.exit = new Promise((resolve) => {
      child.on("error", () => resolve(127));
      child.on("close", (status, signal) => {
        resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  }

  /** Starts it without waiting for anything. */
  static async launch(launch: Launch): Promise<ServerProcess> {
    const directory = mkdtempSync(join(tmpdir(), "startup-server-conformance-"));
    const file = launch.prepare(directory);
    const port = await findFreePort();
    const values: Readonly<Record<string, string>> = { port: String(port), file, directory };
    const [command = "", ...args] = launch.command.map((word) =>
      word.replace(/\{(port|file|directory)\}/g, (_, name: string) => values[name] ?? ""),
    );
    const inherited = Object.entries(process.env).filter(
      ([name]) => !name.startsWith("STARTUP_SERVER_"),
    );
    const env = {
      ...Object.fromEntries(inherited),
      STARTUP_SERVER_PORT: String(port),
      STARTUP_SERVER_HOST: "127.0.0.1",
      STARTUP_SERVER_FILE: file,
      ...launch.settings,
    };
    // Under an open umask: the server itself must see to the file's mode.
    const umask = process.umask(0);
    const child = spawn(command, args, {
      cwd: directory,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    process.umask(umask);
    const address = { host: "127.0.0.1", port };
    return new ServerProcess(address, launch.manner, child, file);
  }

  /** Waits until it answers anything at all; else how it ended. */
  async awaitReadiness(): Promise<Result<undefined, string>> {
    let status: number | undefined;
    void this.exit.then((exited) => (status = exited));
    const deadlineMs = performance.now() + START_MS;
    while (performance.now() < deadlineMs) {
      if (status !== undefined) return refuse(`it ended with status ${status} instead of waiting`);
      // oxlint-disable-next-line no-await-in-loop -- until it is ready
      const reply = await this.call({ target: "{health}" });
      if (reply.status !== 0) return accept(undefined);
      // oxlint-disable-next-line no-await-in-loop -- until it is ready
      await pass(5);
    }
    return refuse(`it answered nothing within ${START_MS} ms`);
  }

  /** All that it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** The env file's text; undefined where there is none. */
  readFile(): string | undefined {
    try {
      return readFileSync(this.file, "utf8");
    } catch {
      return undefined;
    }
  }

  /** The env file's permission bits. */
  readMode(): number {
    return statSync(this.file).mode & 0o7777;
  }

  listDirectory(): readonly string[] {
    return readdirSync(this.directory).toSorted();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The status with which it ends, or `undefined` where it goes on for longer than that. */
  exitWithin(durationMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), durationMs);
      void this.exit.then((status) => {
        clearTimeout(timer);
        resolve(status);
      });
    });
  }

  /** That it has ended with status 0 in time, and the file holds just that. */
  async expectClaimed(file: string): Promise<Finding> {
    const status = await this.exitWithin(LEAVE_MS);
    return (
      differs("exit status", 0, status) ?? differs("the env file", file, this.readFile() ?? null)
    );
  }

  override async expectUntouched(): Promise<Finding> {
    return (
      (await super.expectUntouched()) ?? differs("the env file", null, this.readFile() ?? null)
    );
  }

  /** Ends the process and whatever it has started, and removes its directory. */
  async dispose(): Promise<void> {
    killGroup(this.#child);
    await this.exit;
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Ends it at once, without waiting. */
  abandon(): void {
    killGroup(this.#child);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const START_MS = 10_000;

/** How long a server may take to leave: README, Heard. */
export const LEAVE_MS = 2_000;

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group has ended by itself.
  }
}

function pass(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}

/** A port that is free now; the command can only be told a number. */
function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
