/** Health checks by the thousand, by wrk. */

import { execFileSync } from "node:child_process";
import { LOAD_CORE, onCore } from "./place.ts";

/** Latencies in microseconds. */
export interface Throughput {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
}

/** Asks over so many kept connections from the load's core; throws where wrk is missing or meets errors. */
export function loadServer(url: string, connections: number, seconds: number): Throughput {
  const wrk = ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--latency", url];
  const [command = "", ...args] = onCore(LOAD_CORE, wrk);
  return parseWrk(execFileSync(command, args, { encoding: "utf8" }));
}

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 };

/** What `wrk --latency` prints; throws where it met errors or prints something else. */
export function parseWrk(text: string): Throughput {
  if (/Socket errors|Non-2xx/.test(text)) throw new Error(`wrk met errors: ${text}`);
  return {
    requests: Number(find(text, /(\d+) requests in /)),
    perSecond: Number(find(text, /Requests\/sec:\s+([\d.]+)/)),
    p50Us: latencyOf(text, 50),
    p90Us: latencyOf(text, 90),
    p99Us: latencyOf(text, 99),
  };
}

function latencyOf(text: string, percent: number): number {
  const latency = find(text, new RegExp(`^ +${percent}% +([\\d.]+[a-z]+) *$`, "m"));
  const unit = UNITS[latency.replace(/[\d.]+/, "")];
  if (unit === undefined) throw new Error(`wrk printed an unknown unit: ${latency}`);
  return Number.parseFloat(latency) * unit;
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`wrk printed no ${String(pattern)}: ${text}`);
  return found;
}
