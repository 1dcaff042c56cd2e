/** Many servers that wait on one machine, as a warm pool has them. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Contender } from "./contenders.ts";
import { takePorts } from "./place.ts";
import { readAvailableKilobytes, readMemory } from "./proc.ts";
import { sleep } from "./running-server.ts";
import { compileTool } from "./tools.ts";

export interface WarmPool {
  readonly count: number;
  /** From before the first is started until all have answered a health check. */
  readonly elapsedNs: number;
  /** The sum of every server's proportional share (Pss). */
  readonly pssKilobytes: number;
  /** How much less memory the machine has available than before, the kernel's own included. */
  readonly availableKilobytes: number;
}

/** The machine's free memory follows what processes do with a delay. */
const SETTLE_MS = 500;

/** Starts so many servers on all cores, looks at them, and ends them. */
export async function fillWarmPool(
  contender: Contender,
  count: number,
  directory: string,
): Promise<WarmPool> {
  await sleep(SETTLE_MS);
  const availableBefore = readAvailableKilobytes();
  const port = takePorts(count);
  const command = contender.command("%p", join(directory, "%p.env"));
  const child = spawn(compileTool("waiting"), [String(count), String(port), ...command], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  try {
    const [elapsedNs = 0, ...pids] = await readNumbers(child.stdout);
    if (pids.length !== count) throw new Error(`${contender.label}: ${pids.length} of ${count}`);
    await sleep(SETTLE_MS);
    const shares = pids.map((pid) => readMemory(pid).pssKilobytes);
    return {
      count,
      elapsedNs,
      pssKilobytes: shares.reduce((sum, share) => sum + share, 0),
      availableKilobytes: availableBefore - readAvailableKilobytes(),
    };
  } finally {
    child.stdin.end();
    await closed;
  }
}

/** The numbers of the first line. */
async function readNumbers(stream: NodeJS.ReadableStream): Promise<readonly number[]> {
  let text = "";
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  return text.trim().split(" ").filter(Boolean).map(Number);
}
