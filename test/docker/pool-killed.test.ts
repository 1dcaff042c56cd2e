/** Orchestrators of the example's pool that die at one step, or race: what remains, and what a successor makes of it. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it, vi } from "vitest";
import { claim, type Outcome } from "../../client/claim.ts";
import { describeInContainers, docker } from "./container.ts";
import { intercept, type Moment } from "./interception.ts";
import { buildOrchestrator, NOTHING, PoolOnEngine } from "./orchestrator.ts";

const SIZE = 2;
const WAIT = { timeout: 30_000, interval: 50 };
const VARIABLES = { SECRET: "the secret" };
const EXPECTED = ["POOL_JOB=one", "SECRET=the secret"];
const MOMENTS: readonly Moment[] = ["before", "behind"];

/** Request lines of the engine's API, by what they are for. */
const CREATE = /^POST .*\/containers\/create/;
const START = /^POST .*\/containers\/\w+\/start/;
const BIND = /^POST .*\/volumes\/create/;
const READ_BINDING = /^GET .*\/volumes\/pool/;
const NAME = /^POST .*\/containers\/\w+\/rename/;
const PAUSE = /^POST .*\/containers\/\w+\/pause/;
const REMOVE = /^DELETE .*\/containers\//;
const UNBIND = /^DELETE .*\/volumes\//;

function atEachMoment(
  ...steps: readonly (readonly [sentence: string, step: RegExp])[]
): readonly (readonly [sentence: string, moment: Moment, step: RegExp])[] {
  return steps.flatMap(([sentence, step]) =>
    MOMENTS.map((moment) => [sentence, moment, step] as const),
  );
}

let pools = 0;

function makePool(): PoolOnEngine {
  pools += 1;
  return new PoolOnEngine(`pool${pools}`);
}

/** The serial of the only container that waits. */
function serialOf(pool: PoolOnEngine): string {
  const [name = ""] = pool.waiting()[0]?.split(" ") ?? [];
  return docker("inspect", "--format", '{{index .Config.Labels "startup-server.serial"}}', name);
}

/** Claims the only container that waits, as an orchestrator does that has just been killed. */
function claimFor(
  job: string,
  pool: PoolOnEngine,
  variables: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const socket = join(pool.root, pool.name, serialOf(pool), "socket");
  return claim(`unix:${socket}`, { ...variables, POOL_JOB: job });
}

describeInContainers("an orchestrator of the pool", () => {
  beforeAll(buildOrchestrator, 60_000);

  it.for(
    atEachMoment(
      ["a container is made", CREATE],
      ["a container is started", START],
      ["a job is bound to a container", BIND],
      ["the binding is read", READ_BINDING],
      ["a container is named after its job", NAME],
    ),
  )("may die when %s, %s it is done: its job is done once", async ([, moment, step]) => {
    const pool = makePool();
    const { host, caught } = await intercept(step, moment);
    const doomed = pool.startAt(host, SIZE);
    const answer = doomed.deliver("one", VARIABLES);
    await caught;
    doomed.kill();
    await doomed.died();
    await answer;
    const successor = pool.start(SIZE);
    expect(await successor.deliver("one", VARIABLES)).toMatchObject({
      outcome: "delivered",
      attempts: 1,
    });
    await pool.waitForWaiting(SIZE);
    await vi.waitFor(
      () => expect(pool.runs()).toMatchObject([{ state: "exited", variables: EXPECTED }]),
      WAIT,
    );
    await successor.forget("one");
    await successor.end();
    expect(await pool.left()).toEqual(NOTHING);
  });

  it.for(atEachMoment(["a container is frozen", PAUSE], ["a container is removed", REMOVE]))(
    "may die when %s to make the pool smaller, %s it is done: the pool is whole again",
    async (row) => {
      const [, moment, step] = row;
      const pool = makePool();
      const former = pool.start(SIZE);
      await pool.waitForWaiting(SIZE);
      await former.end();
      const { host, caught } = await intercept(step, moment);
      const doomed = pool.startAt(host, 0);
      await caught;
      doomed.kill();
      await doomed.died();
      const successor = pool.start(SIZE);
      await pool.waitForWaiting(SIZE);
      expect(await successor.deliver("one", VARIABLES)).toMatchObject({ outcome: "delivered" });
      await successor.forget("one");
      await successor.end();
      expect(await pool.left()).toEqual(NOTHING);
    },
  );

  it.for(atEachMoment(["its container is removed", REMOVE], ["its binding is removed", UNBIND]))(
    "may die when a job is forgotten and %s, %s it is done: nothing stays for ever",
    async ([, moment, step]) => {
      const pool = makePool();
      const { host, caught } = await intercept(step, moment);
      const doomed = pool.startAt(host, SIZE);
      await doomed.deliver("one", { ...VARIABLES, STAY: "1" });
      const answer = doomed.forget("one");
      await caught;
      doomed.kill();
      await doomed.died();
      await answer;
      const successor = pool.start(SIZE);
      await successor.forget("one");
      await successor.end();
      expect(await pool.left()).toEqual(NOTHING);
    },
  );

  it("may die when its claim is on its way: the successor hears of the same delivery", async () => {
    const pool = makePool();
    const { host, caught } = await intercept(BIND, "behind");
    const doomed = pool.startAt(host, 1);
    await pool.waitForWaiting(1);
    void doomed.deliver("one", VARIABLES);
    await caught;
    doomed.kill();
    await doomed.died();
    const serial = serialOf(pool);
    const late = await claimFor("one", pool, VARIABLES);
    expect(late.outcome).toBe("claimed");
    const successor = pool.start(1);
    expect(await successor.deliver("one", VARIABLES)).toMatchObject({
      outcome: "delivered",
      serial,
      attempts: 1,
    });
    await vi.waitFor(() => expect(pool.runs()).toMatchObject([{ variables: EXPECTED }]), WAIT);
    await successor.end();
  });

  it("gets the same container for the same job as everybody who asks for it at once", async () => {
    const pool = makePool();
    const orchestrators = [pool.start(4), pool.start(4)];
    const jobs = Array.from({ length: 12 }, (_, job) => `job-${job}`);
    const told = await Promise.all(
      jobs.map((job) => Promise.all(orchestrators.map((one) => one.deliver(job, VARIABLES)))),
    );
    for (const [one, other] of told) {
      expect([one?.outcome, other?.outcome]).toEqual(["delivered", "delivered"]);
      expect(one?.serial).toBe(other?.serial);
    }
    await pool.waitForWaiting(4);
    await vi.waitFor(() =>
      expect(
        pool
          .runs()
          .map(({ variables }) => variables?.[0])
          .toSorted(),
      ).toEqual(jobs.map((job) => `POOL_JOB=${job}`).toSorted()),
    );
    await Promise.all(orchestrators.map((one) => one.end()));
  });

  it("goes elsewhere with a job whose container another job has won", async () => {
    const pool = makePool();
    const orchestrator = pool.start(1);
    await pool.waitForWaiting(1);
    const serial = serialOf(pool);
    const label = (name: string, value: string): readonly string[] => [
      "--label",
      `startup-server.${name}=${value}`,
    ];
    // As another orchestrator would have, in the same moment.
    const labels = [
      ...label("pool", pool.name),
      ...label("job", "two"),
      ...label("serial", serial),
    ];
    docker("volume", "create", ...labels, `${pool.name}.job.two.1`);
    expect(await orchestrator.deliver("one", VARIABLES)).toMatchObject({ serial, attempts: 1 });
    const second = await orchestrator.deliver("two", VARIABLES);
    expect(second).toMatchObject({ outcome: "delivered", attempts: 2 });
    expect(second?.serial).not.toBe(serial);
    await orchestrator.end();
  });

  it.for([
    ["frozen", "pause"],
    ["killed", "kill"],
    ["removed", "rm"],
  ] as const)("replaces a waiting container that somebody has %s", async ([, command]) => {
    const pool = makePool();
    const orchestrator = pool.start(1);
    await pool.waitForWaiting(1);
    const serial = serialOf(pool);
    const force = command === "rm" ? ["--force"] : [];
    docker(command, ...force, `${pool.name}.waiting.0`);
    await vi.waitFor(() => expect(serialOf(pool)).not.toBe(serial), WAIT);
    await pool.waitForWaiting(1);
    expect(await orchestrator.deliver("one", VARIABLES)).toMatchObject({ outcome: "delivered" });
    await orchestrator.forget("one");
    await orchestrator.end();
    expect(await pool.left()).toEqual(NOTHING);
  });

  it("lets a claimed container go on that a dead one has frozen", async () => {
    const pool = makePool();
    const orchestrator = pool.start(1);
    await orchestrator.deliver("one", { STAY: "1" });
    await vi.waitFor(() => expect(pool.runs()).toMatchObject([{ name: /\.job\.one\./ }]), WAIT);
    const [run] = pool.runs();
    docker("pause", run?.name ?? "none");
    await vi.waitFor(() => expect(pool.runs()).toMatchObject([{ state: "running" }]), WAIT);
    await orchestrator.end();
  });

  it("does not remove a container that is claimed while it looks whether it is free", async () => {
    const pool = makePool();
    const former = pool.start(1);
    await pool.waitForWaiting(1);
    await former.end();
    const { host, caught } = await intercept(PAUSE, "before");
    const smaller = pool.startAt(host, 0);
    const goOn = await caught;
    expect((await claimFor("one", pool, { STAY: "1" })).outcome).toBe("claimed");
    goOn();
    await smaller.end();
    expect(pool.runs()).toMatchObject([
      { state: "running", variables: ["POOL_JOB=one", "STAY=1"] },
    ]);
  });

  it("tells why a job is refused, spends no container on it, and repeats no value", async () => {
    const pool = makePool();
    const orchestrator = pool.start(1);
    await pool.waitForWaiting(1);
    const serial = serialOf(pool);
    const refused = await orchestrator.deliver("one", { PATH: "/the/secret" });
    expect(refused).toMatchObject({
      outcome: "refused",
      problem: { code: "refused_variables", variables: [{ name: "PATH" }] },
    });
    expect(JSON.stringify(refused)).not.toContain("/the/secret");
    expect(serialOf(pool)).toBe(serial);
    await orchestrator.end();
  });

  it("sweeps what has ended, and what nobody knows any more, when it has been kept long enough", async () => {
    const pool = makePool();
    const keep = ["--keep-ms", "1500", "--network", "bridge"];
    const orchestrator = pool.start(1, ...keep);
    await pool.waitForWaiting(1);
    mkdirSync(join(pool.root, pool.name, "left"));
    writeFileSync(join(pool.root, pool.name, "left", "env.json"), "{}");
    await orchestrator.deliver("ends", VARIABLES);
    await orchestrator.deliver("stays", { STAY: "1" });
    await vi.waitFor(() => {
      expect(pool.runs()).toMatchObject([
        { state: "running", variables: ["POOL_JOB=stays", "STAY=1"] },
      ]);
      expect(pool.bindings()).toEqual([`${pool.name}.job.stays.1`]);
      expect(pool.directories()).toHaveLength(2);
    }, WAIT);
    await orchestrator.end();
  });
});
