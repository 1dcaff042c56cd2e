/** The example as a whole program: processes with a kubeconfig of the fake API, of which some are killed half-way. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { need } from "../../blackbox/needs.ts";
import type { Call, Fate } from "./api-server.ts";
import { buildOrchestrator, type Job, Orchestrator } from "./orchestrator.ts";
import { jobOf, marks, Pool, takes } from "./pool.ts";

beforeAll(buildOrchestrator);
beforeEach((context) => need(context, "linux"));

const PATIENT = ["--claim-ms", "10000", "--take-over-ms", "20000"];
const HASTY = ["--claim-ms", "2500", "--take-over-ms", "3000"];

function startOrchestrator(
  pool: Pool,
  user: string,
  jobs: readonly Job[],
  flags: readonly string[] = PATIENT,
): Orchestrator {
  const { url: apiUrl } = pool.api;
  return new Orchestrator({ user, apiUrl, port: pool.cluster.port, jobs, flags });
}

function jobsOf(prefix: string, count: number): readonly Job[] {
  return Array.from({ length: count }, (_, index) => jobOf(`${prefix}-${index}`));
}

/** Every pod that has a job and is still there, with the jobs that it has: none may have two. */
function livingPods(pool: Pool): ReadonlyMap<string, readonly string[]> {
  const pods = new Map<string, readonly string[]>();
  for (const container of pool.cluster.containers) {
    const lines = pool.cluster.envFileOf(container)?.split("\n") ?? [];
    const jobs = lines.filter((line) => line.startsWith("JOB="));
    if (jobs.length > 0 && pool.store.get(container.pod)) pods.set(container.pod, jobs);
  }
  return pods;
}

function expectEachInOnePod(pool: Pool, jobs: readonly Job[]): void {
  const living = [...livingPods(pool).values()];
  expect(living.flat().toSorted()).toEqual(jobs.map(({ id }) => `JOB=${id}`).toSorted());
  for (const held of living) expect(held).toHaveLength(1);
  const delivered = pool.store.list({ pool: "delivered" });
  expect(delivered.map(({ metadata }) => metadata.labels["job"]).toSorted()).toEqual(
    jobs.map(({ id }) => id).toSorted(),
  );
}

/** Kills the orchestrator at the first call of its own that is meant. */
function killAt(
  pool: Pool,
  victim: Orchestrator,
  isMeant: (call: Call) => boolean,
  fate: Fate,
): void {
  let isDone = false;
  pool.api.intercept = async (call): Promise<Fate> => {
    if (call.user !== "victim") return "answer";
    // What a dead process had sent before it died may still arrive; here nothing does.
    if (isDone) return "drop";
    if (!isMeant(call)) return "answer";
    isDone = true;
    await victim.kill();
    return fate;
  };
}

describe("the program", { timeout: 120_000 }, () => {
  it("gives each of many jobs to a pod of its own, beside another that does the same", async () => {
    const pool = await Pool.start({ replicas: 4 });
    const jobs = { a: jobsOf("a", 15), b: jobsOf("b", 15), both: jobsOf("both", 10) };
    const a = startOrchestrator(pool, "a", [...jobs.both, ...jobs.a]);
    const b = startOrchestrator(pool, "b", [...jobs.both, ...jobs.b]);
    expect([await a.exit, a.stderr, await b.exit, b.stderr]).toEqual([0, "", 0, ""]);
    const all = [...jobs.a, ...jobs.b, ...jobs.both];
    expectEachInOnePod(pool, all);
    // Not even in pods that have gone.
    for (const { id } of all) expect(pool.whoHas(`JOB=${id}`)).toHaveLength(1);
    for (const { results, stdout } of [a, b]) {
      expect(results).toHaveLength(25);
      for (const { id, pod } of results) expect(pool.whoHas(`JOB=${String(id)}`)).toEqual([pod]);
      expect(stdout).not.toContain("secret-of");
    }
    await pool.cluster.until(() => pool.cluster.ready.length === 4);
    expect(pool.api.calls.every(({ verb }) => ["list", "patch", "delete"].includes(verb))).toBe(
      true,
    );
    expect(pool.api.calls.map(({ body }) => body).join("")).not.toContain("secret-of");
  });

  it("is succeeded where it dies between the label and the claim", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const victim = startOrchestrator(pool, "victim", [jobOf("1")]);
    killAt(pool, victim, takes, "lose");
    expect(await victim.exit).toBe("SIGKILL");
    await pool.cluster.until(() => pool.store.list({ pool: "taken" }).length === 1);
    const [taken] = pool.store.list({ pool: "taken" });
    const successor = startOrchestrator(pool, "b", [jobOf("1")], HASTY);
    expect(await successor.exit).toBe(0);
    const pod = taken?.metadata.name;
    expect(successor.results).toEqual([{ id: "1", result: "delivered", pod, verified: true }]);
    expect(pool.whoHas("JOB=1")).toEqual([pod]);
    expectEachInOnePod(pool, [jobOf("1")]);
  });

  it("is succeeded where it dies between the claim and the mark: the first pod is gone before the next is taken", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const victim = startOrchestrator(pool, "victim", [jobOf("1")]);
    killAt(pool, victim, marks, "drop");
    expect(await victim.exit).toBe("SIGKILL");
    const [first = ""] = pool.whoHas("JOB=1");
    expect(pool.store.get(first)?.metadata.labels["pool"]).toBe("taken");
    const stillThere: boolean[] = [];
    pool.api.intercept = (call): Fate => {
      if (takes(call)) stillThere.push(pool.store.get(first) !== undefined);
      return "answer";
    };
    const successor = startOrchestrator(pool, "b", [jobOf("1")], HASTY);
    expect(await successor.exit).toBe(0);
    expect(stillThere).toEqual([false]);
    const [second] = [...livingPods(pool).keys()];
    expect(successor.results).toEqual([
      { id: "1", result: "delivered", pod: second, verified: true },
    ]);
    expect(new Set(pool.whoHas("JOB=1"))).toEqual(new Set([first, second]));
    expectEachInOnePod(pool, [jobOf("1")]);
  });

  it("is killed half-way through many jobs, and another that is given them too brings each to one pod", async () => {
    const pool = await Pool.start({ replicas: 4 });
    const jobs = jobsOf("job", 20);
    const victim = startOrchestrator(pool, "victim", jobs, HASTY);
    let marked = 0;
    killAt(pool, victim, (call) => marks(call) && (marked += 1) === 8, "drop");
    expect(await victim.exit).toBe("SIGKILL");
    const told = victim.results.map(({ id, pod }) => [id, pod]);
    expect(told.length).toBeGreaterThan(0);
    const successor = startOrchestrator(pool, "b", jobs, HASTY);
    expect(await successor.exit).toBe(0);
    expectEachInOnePod(pool, jobs);
    // What the victim said is so, and stays so.
    expect(successor.results.map(({ id, pod }) => [id, pod])).toEqual(expect.arrayContaining(told));
  });

  it("deletes what was taken long ago for a job that nobody is given", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const victim = startOrchestrator(pool, "victim", [jobOf("1")]);
    killAt(pool, victim, takes, "lose");
    await victim.exit;
    await pool.cluster.until(() => pool.store.list({ pool: "taken" }).length === 1);
    const sweeper = startOrchestrator(pool, "b", [], ["--abandon-ms", "1"]);
    expect(await sweeper.exit).toBe(0);
    await pool.cluster.until(() => pool.store.list({ pool: "taken" }).length === 0);
    expect(pool.whoHas("JOB=1")).toEqual([]);
  });

  it("tells of a line that is no job, and repeats nothing of it", async () => {
    const pool = await Pool.start({ replicas: 1 });
    const wrong = { id: "no label's value", variables: { KEY1: "secret-of-1" } };
    const program = startOrchestrator(pool, "a", [wrong, jobOf("2")]);
    expect(await program.exit).toBe(1);
    expect(program.stdout).toContain('{"result":"malformed"}\n');
    expect(program.results).toContainEqual(
      expect.objectContaining({ id: "2", result: "delivered" }),
    );
    expect(program.stdout + program.stderr).not.toContain("secret-of");
  });

  it("ends where the API does not let it", async () => {
    const pool = await Pool.start({ replicas: 1, verbs: [] });
    const program = startOrchestrator(pool, "a", [jobOf("1")]);
    expect(await program.exit).toBe(1);
    expect(program.stderr).toContain("403");
    expect(program.stderr).not.toContain("secret-of");
  });
});
