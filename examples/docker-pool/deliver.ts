/** Gives a job to one container, exactly once, whoever asks for it however often, and whoever died while he did. */

import { performance } from "node:perf_hooks";
import { claim, type ClaimProblem } from "startup-server";
import type { Directories, Fact } from "./directories.ts";
import { type Engine, JOB_VARIABLE } from "./engine.ts";
import type { Leaving } from "./leaving.ts";

export interface Job {
  readonly id: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface Course {
  readonly serial: string;
  /** How many containers were tried, by earlier calls too. */
  readonly attempts: number;
  /** From the moment when a container was at hand. */
  readonly claimMs: number;
}

/** How a delivery ended. */
export type Delivery = Course &
  (
    | { readonly outcome: "delivered" }
    /** Not delivered, for the reasons in `problem`. */
    | { readonly outcome: "refused"; readonly problem: ClaimProblem }
    /** Not to be trusted: what the server says it wrote is not this job's. Its container is gone. */
    | { readonly outcome: "mismatched" }
    /** A workload has spoilt its env file, so whether it was this job's cannot be told. */
    | { readonly outcome: "unknown" }
  );

/** Where containers come from. */
export interface Source {
  /** Waits for a container that seems free, and keeps it back from other jobs of this process. */
  take(): Promise<string>;
  giveBack(serial: string): void;
}

/** How one container answered; `elsewhere`: it has not taken this job, and never will. */
type Answer = "delivered" | "mismatched" | "unknown" | "elsewhere" | ClaimProblem;

/** Patience with one server doubles from the first to the last: a dozen seconds in all. */
const FIRST_DEADLINE_MS = 100;
const LAST_DEADLINE_MS = 6400;

const SERVERS_FAULT = 500;

export interface Means {
  readonly engine: Engine;
  readonly directories: Directories;
  readonly leaving: Leaving;
  readonly source: Source;
}

/**
 * Each attempt of a job is bound to a container before anything is sent there, and for ever. So
 * everybody who is asked for the job goes the same way, to the same container in the end: the next
 * attempt begins only where the one before can never succeed any more.
 */
export async function deliver(job: Job, means: Means): Promise<Delivery> {
  let startMs: number | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const candidate = await means.source.take();
    startMs ??= performance.now();
    try {
      const serial = await means.engine.bind(job.id, attempts, candidate);
      const answer = serial === undefined ? "elsewhere" : await offer(job, serial, means);
      if (serial === undefined || answer === "elsewhere") continue;
      const course = { serial, attempts, claimMs: performance.now() - startMs };
      if (typeof answer === "string") return { outcome: answer, ...course };
      return { outcome: "refused", problem: answer, ...course };
    } finally {
      means.source.giveBack(candidate);
    }
  }
}

async function offer(job: Job, serial: string, means: Means): Promise<Answer> {
  const { directories, leaving } = means;
  const environment = { ...job.variables, [JOB_VARIABLE]: job.id };
  let sentAtMs: number | undefined;
  for (let deadlineMs = FIRST_DEADLINE_MS; deadlineMs <= LAST_DEADLINE_MS; deadlineMs *= 2) {
    const fact = await directories.read(serial);
    if (fact.kind === "claimed" || fact.kind === "gone") return answerOf(fact, job.id);
    const outcome = await claim(directories.url(serial), environment, { deadlineMs, sentAtMs });
    switch (outcome.outcome) {
      case "claimed":
        return "delivered";
      case "refused":
        if (outcome.problem.status >= SERVERS_FAULT) await leaving.retire(serial);
        return outcome.problem;
      case "mismatched":
        await leaving.destroy(serial);
        return "mismatched";
      case "unknown":
        ({ sentAtMs } = outcome);
        break;
      // The env file tells the rest: whose it is, or that nobody has it yet.
      case "taken":
      case "unreachable":
        break;
    }
  }
  return answerOf(await leaving.retire(serial), job.id);
}

function answerOf(fact: Fact, job: string): Exclude<Answer, ClaimProblem> {
  if (fact.kind !== "claimed") return "elsewhere";
  if (fact.job === undefined) return "unknown";
  return fact.job === job ? "delivered" : "elsewhere";
}
