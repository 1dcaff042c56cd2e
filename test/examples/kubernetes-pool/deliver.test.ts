/** One job and one pod, and everything that can come between them: the example's steps against the fake API. */

import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { connect } from "node:net";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { removeAbandoned } from "../../../examples/kubernetes-pool/deliver.ts";
import type { Pod } from "../../../examples/kubernetes-pool/pod.ts";
import type { Pods } from "../../../examples/kubernetes-pool/pods.ts";
import { need } from "../../blackbox/needs.ts";
import type { Fate } from "./api-server.ts";
import { TOKEN } from "./cluster.ts";
import { jobOf, marks, Pool, takes } from "./pool.ts";

beforeEach((context) => need(context, "linux"));

/** Takes a waiting pod for the job, as an orchestrator does that then dies. */
async function takeAndDie(pods: Pods, job: string): Promise<Pod> {
  const [waiting] = await pods.inState("waiting");
  const taken = waiting && (await pods.take(waiting, job));
  if (taken === undefined) throw new Error("No pod could be taken");
  return taken;
}

/** Resolves when a caller has listed pods so many times, while it holds. */
function untilLists(pool: Pool, times: number, holds = (): boolean => true): Promise<void> {
  const before = pool.api.intercept;
  let lists = 0;
  return new Promise((resolve) => {
    pool.api.intercept = (call) => {
      if (call.verb === "list" && holds()) lists += 1;
      if (lists === times) resolve();
      return before(call);
    };
  });
}

/** In the place of the pod's server: its container has ended, and this answers at its address. */
async function standIn(pool: Pool, pod: string, listener: RequestListener): Promise<void> {
  const { program } = pool.cluster.containerOf(pod);
  program.kill("SIGKILL");
  await program.exit;
  const server = createServer((request, response) => {
    if (request.url !== "/heart_beat") return listener(request, response);
    response.setHeader("Connection", "close").end('"success"');
  });
  server.listen(pool.cluster.port, pool.store.get(pod)?.status.podIP);
  await once(server, "listening");
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  pool.api.intercept = ({ verb }) => {
    if (verb === "delete") close();
    return "answer";
  };
  onTestFinished(close);
}

describe("a job", () => {
  it("gets a pod, which leaves the Deployment, and the pool is filled up", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const result = await pool.deliver("a", jobOf("1"));
    const [pod = ""] = pool.whoHas("JOB=1");
    expect(result).toEqual({ result: "delivered", pod, verified: true });
    expect(pool.store.get(pod)?.metadata.labels).toEqual({
      app: "app",
      pool: "delivered",
      job: "1",
    });
    await pool.cluster.until(() => pool.cluster.ready.length === 2);
    expect(pool.store.get(pod)?.metadata.ownerReferences).toBeUndefined();
    expect(pool.store.list({})).toHaveLength(3);
  });

  it("is not delivered again while its pod is there, whoever is given it", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const { pod } = await pool.deliver("a", jobOf("1"));
    const again = await pool.deliver("b", jobOf("1"));
    expect(again).toEqual({ result: "delivered_before", pod });
    expect(pool.whoHas("JOB=1")).toEqual([pod]);
  });

  it("takes the next pod where another has won: the loser hears 409", async () => {
    const pool = await Pool.start({ replicas: 1 });
    let waiting = 2;
    let begin = (): void => undefined;
    const both = new Promise<void>((resolve) => (begin = resolve));
    pool.api.intercept = async (call): Promise<Fate> => {
      // Both have read the one pod before either writes.
      if (!takes(call) || waiting === 0) return "answer";
      waiting -= 1;
      if (waiting === 0) begin();
      await both;
      return "answer";
    };
    const results = await Promise.all([
      pool.deliver("a", jobOf("1")),
      pool.deliver("b", jobOf("2")),
    ]);
    expect(results).toMatchObject([{ result: "delivered" }, { result: "delivered" }]);
    const taking = pool.api.calls.filter(takes);
    expect(taking.map(({ status }) => status)).toEqual([200, 409, 200]);
    expect(taking[0]?.subject).toBe(taking[1]?.subject);
    expect([pool.whoHas("JOB=1"), pool.whoHas("JOB=2")].flat()).toHaveLength(2);
    expect(results[0]?.pod).not.toBe(results[1]?.pod);
  });

  it("is claimed by one of two who were given it in the same moment", async () => {
    const pool = await Pool.start({ replicas: 4 });
    const users = ["a", "b", "c"];
    const results = await Promise.all(users.map((user) => pool.deliver(user, jobOf("1"))));
    const [pod] = pool.whoHas("JOB=1");
    expect(results.map((result) => result.pod)).toEqual([pod, pod, pod]);
    expect(pool.whoHas("JOB=1")).toHaveLength(1);
  });

  it("keeps its pod where the API's answer to the taking was lost", async () => {
    const pool = await Pool.start({ replicas: 2 });
    let lost = "";
    pool.api.intercept = (call) => {
      if (!takes(call) || lost !== "") return "answer";
      lost = call.subject;
      return "lose";
    };
    const result = await pool.deliver("a", jobOf("1"));
    expect(result).toEqual({ result: "delivered", pod: lost, verified: true });
    expect(pool.store.list({ job: "1" })).toHaveLength(1);
  });

  it("keeps its pod where the API's answer to the mark was lost", async () => {
    const pool = await Pool.start({ replicas: 2 });
    let isLost = false;
    pool.api.intercept = (call) => {
      if (!marks(call) || isLost) return "answer";
      isLost = true;
      return "lose";
    };
    const result = await pool.deliver("a", jobOf("1"));
    expect(isLost).toBe(true);
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
  });

  it("ends with the problem where the server refuses it, and another job gets a pod", async () => {
    const pool = await Pool.start({ replicas: 1, args: ["--require", "KEY2"] });
    const refused = await pool.deliver("a", jobOf("1"));
    expect(refused).toMatchObject({ result: "failed", reason: "refused_variables" });
    expect(JSON.stringify(refused)).not.toContain("secret-of");
    await pool.cluster.until(() => pool.store.get(refused.pod) === undefined);
    const other = await pool.deliver("a", { id: "2", variables: { KEY2: "value2" } });
    expect(other.result).toBe("delivered");
    expect(pool.whoHas("JOB=1")).toEqual([]);
  });

  it("ends with the problem where the token is wrong", async () => {
    const pool = await Pool.start({ replicas: 1 });
    const result = await pool.deliver("a", jobOf("1"), { token: "wrong" });
    expect(result).toMatchObject({ result: "failed", reason: "unauthorized" });
  });

  it("gets another pod where the node of the first one dies before the claim, and waits for no end of it", async () => {
    const pool = await Pool.start({ replicas: 2 });
    let dead = "";
    pool.api.intercept = async (call): Promise<Fate> => {
      if (takes(call) && dead === "") {
        dead = call.subject;
        await pool.cluster.loseNode(dead);
      }
      return "answer";
    };
    const result = await pool.deliver("a", jobOf("1"), { claimMs: 400 });
    expect(result.result).toBe("delivered");
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
    expect(result.pod).not.toBe(dead);
    expect(pool.store.get(dead)?.metadata.deletionTimestamp).toBeDefined();
  });

  it("gets another pod where the disk of the first one fails", async () => {
    const pool = await Pool.start({ replicas: 2 });
    let broken = "";
    pool.api.intercept = (call): Fate => {
      if (!takes(call) || broken !== "") return "answer";
      broken = call.subject;
      rmSync(pool.cluster.containerOf(broken).program.directory, { recursive: true });
      return "answer";
    };
    const result = await pool.deliver("a", jobOf("1"));
    expect(result).toMatchObject({ result: "delivered", verified: true });
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
    await pool.cluster.until(() => pool.store.get(broken) === undefined);
  });

  it("is given to no pod that is being deleted, though it still says that it is ready", async () => {
    const pool = await Pool.start({ replicas: 1 });
    const [leaving = ""] = pool.cluster.ready.map(({ metadata }) => metadata.name);
    pool.cluster.cutOff(leaving);
    pool.store.delete(leaving, {});
    const result = await pool.deliver("a", jobOf("1"));
    expect(result.result).toBe("delivered");
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
    expect(result.pod).not.toBe(leaving);
  });

  it("waits for a pod that is ready", async () => {
    const pool = await Pool.start({ replicas: 1 });
    let free = (): void => undefined;
    pool.cluster.nodesAreFree = new Promise((resolve) => (free = resolve));
    await pool.deliver("a", jobOf("1"));
    const lookedOften = untilLists(pool, 4);
    const delivery = pool.deliver("a", jobOf("2"));
    await lookedOften;
    expect(pool.store.list({ pool: "waiting" })).toHaveLength(1);
    expect(pool.api.calls.filter(takes)).toHaveLength(1);
    free();
    expect(await delivery).toMatchObject({ result: "delivered", verified: true });
  });

  it("is sent to no pod whose taking took too long", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const result = await pool.deliver("a", jobOf("1"), { claimMs: 0 });
    expect(result).toMatchObject({ result: "failed", reason: "too_late" });
    expect(pool.whoHas("JOB=1")).toEqual([]);
  });

  it("gets another pod where a stranger has claimed the first one", async () => {
    const pool = await Pool.start({ replicas: 2, args: ["--drain", "60000"] });
    let stolen = "";
    pool.api.intercept = async (call): Promise<Fate> => {
      if (!takes(call) || stolen !== "") return "answer";
      stolen = call.subject;
      const ip = pool.store.get(stolen)?.status.podIP;
      // As long as this caller does not close, the server stays to tell others.
      const stranger = connect({ host: ip, port: pool.cluster.port });
      onTestFinished(() => void stranger.destroy());
      stranger.write(
        `GET /?STRANGER=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
      );
      await once(stranger, "data");
      return "answer";
    };
    const result = await pool.deliver("a", jobOf("1"));
    expect(pool.whoHas("STRANGER=1")).toEqual([stolen]);
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
    await pool.cluster.until(() => pool.store.get(stolen) === undefined);
  });

  it("gets another pod where nobody knows what became of the claim, and only when the first one has gone", async () => {
    const pool = await Pool.start({ replicas: 1 });
    const [silent = ""] = pool.cluster.ready.map(({ metadata }) => metadata.name);
    await standIn(pool, silent, (request) => void request.socket.destroy());
    await pool.cluster.loseNode(silent);
    const lookedOften = untilLists(
      pool,
      5,
      () => pool.store.get(silent)?.metadata.deletionTimestamp !== undefined,
    );
    const delivery = pool.deliver("a", jobOf("1"), { claimMs: 2_000 });
    await lookedOften;
    expect(pool.api.calls.filter(takes).map(({ subject }) => subject)).toEqual([silent]);
    // Its node is back, and says that the pod has ended.
    pool.store.forget(silent);
    const result = await delivery;
    expect(result).toMatchObject({ result: "delivered", verified: true });
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
  });

  it("fails where the server says that it wrote something else, and that pod is destroyed", async () => {
    const pool = await Pool.start({ replicas: 1 });
    const [lying = ""] = pool.cluster.ready.map(({ metadata }) => metadata.name);
    await standIn(pool, lying, (_request, response) => {
      const output = { file: ".env", dialect: "portable", length: 1, sha256: "0".repeat(64) };
      const receipt = { names: ["JOB", "KEY1"], count: 2, ...output, uncommon_names: [] };
      response.setHeader("Content-Type", "application/json").setHeader("Connection", "close");
      response.end(
        JSON.stringify({
          ...receipt,
          outputs: [{ ...output, uncommon_names: [] }],
          request_id: "x",
          replayed: false,
        }),
      );
    });
    const result = await pool.deliver("a", jobOf("1"));
    expect(result).toEqual({ result: "failed", pod: lying, reason: "mismatched" });
    await pool.cluster.until(() => pool.store.get(lying) === undefined);
  });

  it("fails where every pod is bad", async () => {
    const pool = await Pool.start({ replicas: 2 });
    pool.api.intercept = async (call): Promise<Fate> => {
      if (takes(call)) await pool.cluster.loseNode(call.subject);
      return "answer";
    };
    const result = await pool.deliver("a", jobOf("1"), { claimMs: 500 });
    expect(result).toMatchObject({ result: "failed", reason: "unreachable" });
    expect(pool.api.calls.filter(takes)).toHaveLength(5);
  });

  it("waits for nothing where the Role lacks a verb", async () => {
    const pool = await Pool.start({ replicas: 1, verbs: ["list"] });
    await expect(pool.deliver("a", jobOf("1"))).rejects.toMatchObject({ code: 403 });
  });
});

describe("a pod that was taken and not marked", () => {
  it("is left to its holder for as long as that may be at it", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const held = await takeAndDie(pool.podsOf("a"), "1");
    const lookedOften = untilLists(pool, 3);
    const delivery = pool.deliver("b", jobOf("1"), { takeOverMs: 60_000 });
    await lookedOften;
    expect(pool.api.calls.filter(({ user, verb }) => user === "b" && verb !== "list")).toEqual([]);
    // Its holder is alive after all.
    const port = pool.cluster.port;
    expect(held.ip).toMatch(/^127\./);
    const claimed = await fetch(`http://${held.ip}:${port}/?JOB=1`, {
      headers: { Authorization: `Bearer ${TOKEN}`, Connection: "close" },
    });
    expect(claimed.status).toBe(200);
    const merge = { metadata: { labels: { pool: "delivered" } } };
    pool.store.merge(held.name, merge);
    expect(await delivery).toEqual({ result: "delivered_before", pod: held.name });
  });

  it("is finished by whoever is given its job next", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const held = await takeAndDie(pool.podsOf("a"), "1");
    const result = await pool.deliver("b", jobOf("1"), { takeOverMs: 1 });
    expect(result).toEqual({ result: "delivered", pod: held.name, verified: true });
    expect(pool.whoHas("JOB=1")).toEqual([held.name]);
  });

  it("is not claimed where its container has started anew: that may have been the job's end", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const held = await takeAndDie(pool.podsOf("a"), "1");
    await pool.cluster.restart(held.name);
    const result = await pool.deliver("b", jobOf("1"), { takeOverMs: 1 });
    expect(result.pod).not.toBe(held.name);
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
    expect(pool.store.get(held.name)).toBeUndefined();
  });

  it("is not taken over while it is being deleted, and its job waits for the end of it", async () => {
    const pool = await Pool.start({ replicas: 2 });
    const held = await takeAndDie(pool.podsOf("a"), "1");
    pool.cluster.cutOff(held.name);
    pool.store.delete(held.name, {});
    const lookedOften = untilLists(pool, 3);
    const delivery = pool.deliver("b", jobOf("1"), { takeOverMs: 1 });
    await lookedOften;
    expect(pool.api.calls.filter(({ user, verb }) => user === "b" && verb !== "list")).toEqual([]);
    pool.store.forget(held.name);
    const result = await delivery;
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
    expect(result.pod).not.toBe(held.name);
  });

  it("is no longer marked or deleted by a holder who was slow, once another has taken it over", async () => {
    const pool = await Pool.start({ replicas: 1 });
    const [slow, quick] = [pool.podsOf("a"), pool.podsOf("b")];
    await takeAndDie(slow, "1");
    const [held] = await quick.ofJob("1");
    const taken = held && (await quick.takeOver(held));
    if (held === undefined || taken === undefined) throw new Error("It was not taken over");
    expect(taken.takenAtMs).toBe(held.takenAtMs);
    expect(await slow.takeOver(held)).toBeUndefined();
    expect(await slow.markDelivered(held)).toBe(false);
    expect(await slow.remove(held)).toBe(false);
    expect(pool.store.get(held.name)?.metadata.deletionTimestamp).toBeUndefined();
    expect(await quick.markDelivered(held)).toBe(true);
  });

  it("is deleted with the other one where two were taken for one job", async () => {
    const pool = await Pool.start({ replicas: 3 });
    const both = [await takeAndDie(pool.podsOf("a"), "1"), await takeAndDie(pool.podsOf("b"), "1")];
    const result = await pool.deliver("c", jobOf("1"), { takeOverMs: 1 });
    expect(both.map(({ name }) => name)).not.toContain(result.pod);
    for (const { name } of both) expect(pool.store.get(name)).toBeUndefined();
    expect(pool.whoHas("JOB=1")).toEqual([result.pod]);
  });

  it("is deleted by the sweep where nobody is given its job, unless it is marked at that moment", async () => {
    const pool = await Pool.start({ replicas: 3 });
    const [a, b] = [pool.podsOf("a"), pool.podsOf("b")];
    const [left, marked] = [await takeAndDie(a, "1"), await takeAndDie(a, "2")];
    const taken = await b.inState("taken");
    await a.markDelivered(marked);
    await pool.cluster.until(() => pool.cluster.ready.length === 3);
    await removeAbandoned(b, await b.inState("taken"), 60_000);
    expect(pool.store.get(left.name)?.metadata.deletionTimestamp).toBeUndefined();
    await removeAbandoned(b, [...taken, ...(await b.inState("taken"))], -1);
    await pool.cluster.until(() => pool.store.get(left.name) === undefined);
    const { labels, deletionTimestamp } = pool.store.get(marked.name)?.metadata ?? {};
    expect([labels?.["pool"], deletionTimestamp]).toEqual(["delivered", undefined]);
  });
});
