/** The pool of the examples under load: two orchestrators, of which one is killed half-way. */

import process from "node:process";
import { beforeAll, expect, it } from "vitest";
import { describeInContainers } from "./container.ts";
import {
  buildOrchestrator,
  NOTHING,
  type Orchestrator,
  PoolOnEngine,
  type Told,
} from "./orchestrator.ts";

const SIZE = 50;
const JOBS = 200;
/** Jobs that an orchestrator has in hand at the same time. */
const AT_ONCE = 4;
/** Jobs that come one by one, when all containers wait. */
const QUIET_JOBS = 10;
/** Every tenth workload stays until it is removed. */
const STAYS = 10;

function variablesOf(job: number): Readonly<Record<string, string>> {
  const stay = job % STAYS === 0 ? { STAY: "1" } : {};
  return { SECRET: `secret ${job}`, TEXT: "Größe 'x' $(y)", ...stay };
}

function expectedOf(job: number): readonly string[] {
  const pairs = Object.entries({ ...variablesOf(job), POOL_JOB: `job-${job}` });
  return pairs.map(([name, value]) => `${name}=${value}`).toSorted();
}

/** Hands out jobs until all are answered; what a killed orchestrator has not answered is asked again. */
class Queue {
  readonly told = new Map<number, Told>();
  readonly #open = Array.from({ length: JOBS }, (_, job) => job);
  asked = 0;

  async serve(orchestrator: Orchestrator, onTold: () => void): Promise<void> {
    while (await this.serveOne(orchestrator)) onTold();
  }

  /** Whether a job was answered. */
  async serveOne(orchestrator: Orchestrator): Promise<boolean> {
    const job = this.#open.shift();
    if (job === undefined) return false;
    this.asked += 1;
    const told = await orchestrator.deliver(`job-${job}`, variablesOf(job));
    if (told === undefined) this.#open.unshift(job);
    else this.told.set(job, told);
    return told !== undefined;
  }
}

function work(
  queue: Queue,
  orchestrator: Orchestrator,
  onTold: () => void = () => undefined,
): Promise<unknown> {
  return Promise.all(Array.from({ length: AT_ONCE }, () => queue.serve(orchestrator, onTold)));
}

function describeTimes(told: readonly Told[]): string {
  const sorted = told.map(({ claimMs = Number.NaN }) => claimMs).toSorted((a, b) => a - b);
  const [median, most, longest] = [0.5, 0.95, 1].map((share) =>
    sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1),
  );
  return `${sorted.length} claims took ${median} ms in the median, 95 % up to ${most}, the longest ${longest}`;
}

describeInContainers("a pool of fifty with two orchestrators", () => {
  beforeAll(buildOrchestrator, 60_000);

  it(
    "serves 200 jobs, each exactly once, though one orchestrator is killed half-way",
    { timeout: 240_000 },
    async () => {
      const pool = new PoolOnEngine("fifty");
      const [doomed, survivor] = [pool.start(SIZE), pool.start(SIZE)];
      await pool.waitForWaiting(SIZE);
      const queue = new Queue();
      for (let job = 0; job < QUIET_JOBS; job += 1) {
        await queue.serveOne(survivor);
        await pool.waitForWaiting(SIZE);
      }
      const quiet = [...queue.told.values()];
      const startMs = performance.now();
      await Promise.all([
        work(queue, doomed, () => {
          if (queue.told.size >= JOBS / 2) doomed.kill();
        }),
        work(queue, survivor),
      ]);
      await doomed.died();
      await work(queue, survivor);
      const wallMs = Math.round(performance.now() - startMs);
      const told = [...queue.told.values()];
      const races = told.filter(({ attempts = 1 }) => attempts > 1).length;
      process.stderr.write(
        `\nMEASURED one by one: ${describeTimes(quiet)}\n` +
          `MEASURED under load: ${describeTimes(told.slice(quiet.length))}; all in ${wallMs} ms, ` +
          `${races} behind a lost race, ${queue.asked - JOBS} asked again\n`,
      );

      expect(queue.told.size).toBe(JOBS);
      expect(queue.asked).toBeGreaterThan(JOBS);
      const outcomes = new Set([...queue.told.values()].map(({ outcome }) => outcome));
      expect(outcomes).toEqual(new Set(["delivered"]));
      await pool.waitForWaiting(SIZE);
      const runs = pool.runs().toSorted((a, b) => a.name.localeCompare(b.name));
      const expected = Array.from({ length: JOBS }, (_, job) => expectedOf(job));
      expect(runs.map(({ variables }) => String(variables)).toSorted()).toEqual(
        expected.map(String).toSorted(),
      );
      for (const [job, { serial = "none" }] of queue.told) {
        const name = `fifty.job.job-${job}.${serial.slice(0, 8)}`;
        const state = job % STAYS === 0 ? "running" : "exited";
        expect(runs).toContainEqual(
          expect.objectContaining({ name, state, variables: expectedOf(job) }),
        );
      }

      // One by one: where many containers go at once, Docker 20.10 may lock itself up (libnetwork).
      for (const { job } of queue.told.values()) await survivor.forget(job);
      await survivor.end();
      expect(await pool.left()).toEqual(NOTHING);
    },
  );
});
