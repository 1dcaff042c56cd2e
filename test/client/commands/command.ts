/** Runs a command of the npm package as a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { inject, onTestFinished } from "vitest";

export interface CommandLaunch {
  readonly args: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard output, where it is not to be collected. */
  readonly stdout?: number;
}

export class Command {
  readonly exit: Promise<number>;
  readonly #child: ChildProcess;
  stdout = "";
  stderr = "";

  constructor(launch: CommandLaunch) {
    const [command = "", ...args] =
      inject("hosts").find(({ name }) => name === "node")?.command ?? [];
    const env = { PATH: process.env["PATH"] ?? "", ...launch.env };
    this.#child = spawn(command, [...args, ...launch.args], {
      cwd: launch.cwd,
      env,
      stdio: ["pipe", launch.stdout ?? "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    // A command that does not read its input may be gone before it is written.
    this.#child.stdin?.on("error", () => undefined).end(launch.input ?? "");
    this.exit = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (status, signal) => {
        resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
    onTestFinished(() => void this.#child.kill("SIGKILL"));
  }

  /** The result lines so far. */
  get results(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.stdout.split("\n").filter((line) => line !== "");
    return lines.map((line): Readonly<Record<string, unknown>> => JSON.parse(line));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Is gone as a reader such as head(1) is. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }
}

/** Runs the command to its end. */
export async function runCommand(launch: CommandLaunch): Promise<Command & { status: number }> {
  const command = new Command(launch);
  const status = await command.exit;
  return Object.assign(command, { status });
}
