/** What a comparison measures, as bench/results.json holds it. */

import type { Absent, ContenderName } from "./contenders.ts";
import type { Machine } from "./machine.ts";
import type { Memory } from "./proc.ts";
import type { Spread } from "./statistics.ts";
import type { WarmPool } from "./warm-pool.ts";
import type { Throughput } from "./wrk.ts";

export const CLAIM_SIZES = [2, 50, 1000] as const;
export const CONNECTION_COUNTS = [1, 32, 128] as const;

/** A claim of so many variables; from its first byte sent, in nanoseconds. */
export interface ClaimFigures {
  readonly variables: number;
  readonly answeredNs: Spread;
  readonly exitedNs: Spread;
}

export interface HealthFigures extends Omit<Throughput, "requests"> {
  readonly connections: number;
  /** Microseconds of the server's processor time that one takes, in user mode and in the kernel. */
  readonly processorUs: number;
}

export interface Figures {
  readonly sizeBytes: number;
  /** From before posix_spawn(3) to the last byte of the first health check's answer. */
  readonly startNs: Spread;
  /** After the first health check. */
  readonly memory: Memory;
  readonly claims: readonly ClaimFigures[];
  readonly health: readonly HealthFigures[];
  readonly warmPool: WarmPool;
  /** Context switches of all its threads in ten seconds without a request. */
  readonly wakeUps: number;
}

export interface Measured {
  readonly name: ContenderName;
  readonly label: string;
  readonly figures: Figures;
}

export interface Results {
  readonly machine: Machine;
  readonly measured: readonly Measured[];
  readonly absent: readonly Absent[];
}
