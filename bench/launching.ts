/** One life of one server, measured from outside by the launcher. */

import { execFileSync } from "node:child_process";
import type { Contender } from "./contenders.ts";
import { LOAD_CORE, SERVER_CORE, takePorts } from "./place.ts";
import { compileTool } from "./tools.ts";

/** Times in nanoseconds; all but the first are 0 without a request. */
export interface Life {
  /** From before posix_spawn(3) to the last byte of the first health check's answer. */
  readonly readyNs: number;
  /** From the claim's first byte to the last of its answer. */
  readonly answeredNs: number;
  /** From the claim's first byte to the end of the process. */
  readonly exitedNs: number;
  /** Processor time from the health check on. */
  readonly processorNs: number;
  /** The most memory that the process had when it answered, where the launch looks at it. */
  readonly peakKilobytes: number;
}

export interface LaunchOptions {
  readonly file: string;
  /** The file with the claim's bytes. */
  readonly request?: string;
  /** In how many pieces the claim is sent, each read alone. */
  readonly pieces?: number;
  /** Whether memory matters, and the time until the end of the process does not. */
  readonly looksAtMemory?: boolean;
}

/** Starts it, asks for its health, claims it if asked to, and throws unless all went well. */
export function launch(contender: Contender, options: LaunchOptions): Life {
  const port = takePorts();
  const { file, request = "-", pieces = 1, looksAtMemory = false } = options;
  const args = [SERVER_CORE, LOAD_CORE, port, request, pieces, looksAtMemory ? 1 : 0].map(String);
  const said = execFileSync(compileTool("launch"), [...args, ...contender.command(port, file)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [readyNs = 0, answeredNs = 0, exitedNs = 0, processorNs = 0, peakKilobytes = 0, status] =
    said.trim().split(" ").map(Number);
  if (request !== "-" && status !== 200) throw new Error(`${contender.label}: status ${status}`);
  return { readyNs, answeredNs, exitedNs, processorNs, peakKilobytes };
}
