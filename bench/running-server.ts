/** A server that is started and kept, to be looked at. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import type { Contender } from "./contenders.ts";
import { onCore, SERVER_CORE, takePorts } from "./place.ts";

const ANSWER_TIMEOUT_MS = 30_000;
const RETRY_MS = 10;

export class RunningServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#closed = once(child, "close");
    this.port = port;
  }

  /** Starts it on the server's core and waits until it has answered a health check. */
  static async start(contender: Contender, directory: string): Promise<RunningServer> {
    const port = takePorts();
    const file = join(directory, `${port}.env`);
    const [command = "", ...args] = onCore(SERVER_CORE, contender.command(port, file));
    const server = new RunningServer(spawn(command, args, { stdio: "ignore" }), port);
    const killed = (): void => void server.#child.kill("SIGKILL");
    process.once("exit", killed);
    void server.#closed.finally(() => process.off("exit", killed));
    await server.#answer();
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Of the health check. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/heart_beat`;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  async #answer(): Promise<void> {
    const begin = performance.now();
    while (performance.now() - begin < ANSWER_TIMEOUT_MS) {
      try {
        const answer = await fetch(this.url, { headers: { connection: "close" } });
        if ((await answer.text()) === '"success"') return;
      } catch {
        await sleep(RETRY_MS);
      }
    }
    throw new Error(`No answer on port ${this.port}`);
  }
}

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
