/** Attaches strace to a program that runs already, to watch its system calls or to make them fail. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { makeDirectory } from "./program.ts";

export interface Tracing {
  /** The lines so far, one a call. */
  lines(): readonly string[];
  /** Lets go of the program; waits until the trace is whole. */
  stop(): Promise<void>;
}

/** From now on `args` hold for every thread of the process; calls are counted from now on, too. */
export async function trace(pid: number, ...args: readonly string[]): Promise<Tracing> {
  const output = join(makeDirectory(), "trace");
  const strace = spawn("strace", ["-f", "-o", output, ...args, "-p", String(pid)]);
  const closed = once(strace, "close");
  onTestFinished(async () => {
    strace.kill("SIGINT");
    await closed;
  });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    strace.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes(" attached")) resolve();
    });
    void closed.then(() => reject(new Error(`strace did not attach: ${said}`)));
  });
  const stop = async (): Promise<void> => {
    strace.kill("SIGINT");
    await closed;
  };
  return { lines: () => readFileSync(output, "utf8").split("\n"), stop };
}
