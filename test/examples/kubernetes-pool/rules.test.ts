/** The fake API's rules, as the official client meets them: what the example's stories rest on. */

import {
  ApiException,
  type CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { beforeEach, describe, expect, it } from "vitest";
import { need } from "../../blackbox/needs.ts";
import { Pool } from "./pool.ts";

const namespace = "default";
const MERGE = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
const JSON_PATCH = setHeaderOptions("Content-Type", PatchStrategy.JsonPatch);
const EVERY_VERB = ["get", "list", "update", "patch", "delete"] as const;

/** The status and reason of the refusal; undefined where there was none. */
async function refusalOf(call: Promise<unknown>): Promise<readonly [number, string] | undefined> {
  try {
    await call;
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof ApiException)) throw thrown;
    const status: { reason?: string } | undefined =
      typeof thrown.body === "string" ? JSON.parse(thrown.body) : thrown.body;
    return [thrown.code, status?.reason ?? ""];
  }
}

describe("the fake API", () => {
  let pool: Pool;
  let client: CoreV1Api;
  let name: string;
  const labelled = (value: string): object => ({ metadata: { labels: { mark: value } } });
  const merge = (body: object): Promise<unknown> =>
    client.patchNamespacedPod({ name, namespace, body }, MERGE);
  const patch = (body: object): Promise<unknown> =>
    client.patchNamespacedPod({ name, namespace, body }, JSON_PATCH);

  beforeEach(async (context) => {
    need(context, "linux");
    pool = await Pool.start({ replicas: 2, verbs: EVERY_VERB });
    client = pool.clientOf("a");
    name = pool.cluster.ready[0]?.metadata.name ?? "";
  });

  it("gives a pod a new resourceVersion by each write that changes something, and only then", async () => {
    const versions = [pool.store.get(name)?.metadata.resourceVersion];
    for (const value of ["x", "x", "y"]) {
      await merge(labelled(value));
      versions.push(pool.store.get(name)?.metadata.resourceVersion);
    }
    expect(versions[1]).not.toBe(versions[0]);
    expect(versions[2]).toBe(versions[1]);
    expect(Number(versions[3])).toBeGreaterThan(Number(versions[2]));
  });

  it("refuses a replace and a merge patch of an older resourceVersion with 409", async () => {
    const read = await client.readNamespacedPod({ name, namespace });
    const { resourceVersion } = read.metadata ?? {};
    await merge(labelled("another's"));
    const stale = { metadata: { resourceVersion, labels: { mark: "mine" } } };
    expect(await refusalOf(merge(stale))).toEqual([409, "Conflict"]);
    const replace = client.replaceNamespacedPod({ name, namespace, body: read });
    expect(await refusalOf(replace)).toEqual([409, "Conflict"]);
    expect(pool.store.get(name)?.metadata.labels["mark"]).toBe("another's");
    const fresh = await client.readNamespacedPod({ name, namespace });
    await client.replaceNamespacedPod({ name, namespace, body: fresh });
    await merge({
      metadata: { resourceVersion: fresh.metadata?.resourceVersion, labels: { mark: "mine" } },
    });
    expect(pool.store.get(name)?.metadata.labels["mark"]).toBe("mine");
  });

  it("refuses a write that names another uid with 409", async () => {
    const other = { metadata: { uid: "another" } };
    expect(await refusalOf(merge(other))).toEqual([409, "Conflict"]);
  });

  it("applies a JSON patch whose tests hold, and refuses it with 422 where one does not", async () => {
    const path = "/metadata/labels/pool";
    const replace = { op: "replace", path, value: "taken" };
    expect(await refusalOf(patch([{ op: "test", path, value: "no" }, replace]))).toEqual([
      422,
      "Invalid",
    ]);
    expect(pool.store.get(name)?.metadata.labels["pool"]).toBe("waiting");
    await patch([{ op: "test", path, value: "waiting" }, replace]);
    expect(pool.store.get(name)?.metadata.labels["pool"]).toBe("taken");
    const absent = [{ op: "replace", path: "/metadata/labels/absent", value: "" }];
    expect(await refusalOf(patch(absent))).toEqual([422, "Invalid"]);
  });

  it("deletes under preconditions, and forgets the pod when its container has ended", async () => {
    const { uid = "", resourceVersion = "" } = pool.store.get(name)?.metadata ?? {};
    await merge(labelled("x"));
    for (const preconditions of [{ uid: "another" }, { resourceVersion }]) {
      const body = { preconditions };
      const refusal = await refusalOf(client.deleteNamespacedPod({ name, namespace, body }));
      expect(refusal).toEqual([409, "Conflict"]);
    }
    await client.deleteNamespacedPod({ name, namespace, body: { preconditions: { uid } } });
    expect(pool.store.get(name)?.metadata.deletionTimestamp).toBeDefined();
    await pool.cluster.until(() => pool.store.get(name) === undefined);
    expect(pool.cluster.containerOf(name).program.hasExited).toBe(true);
    expect(await refusalOf(merge(labelled("x")))).toEqual([404, "NotFound"]);
  });

  it("has a ReplicaSet that lets go of a pod whose label changes, and fills up", async () => {
    const before = Number(pool.store.get(name)?.metadata.resourceVersion);
    await merge({ metadata: { labels: { pool: "taken" } } });
    await pool.cluster.until(() => pool.store.get(name)?.metadata.ownerReferences === undefined);
    expect(Number(pool.store.get(name)?.metadata.resourceVersion)).toBeGreaterThan(before + 1);
    await pool.cluster.until(() => pool.cluster.ready.length === 2);
    expect(pool.cluster.ready.map(({ metadata }) => metadata.name)).not.toContain(name);
    // And back: it is adopted, and one is too many.
    await merge({ metadata: { labels: { pool: "waiting" } } });
    await pool.cluster.until(() => pool.store.list({}).length === 2);
    expect(pool.store.list({}).every(({ metadata }) => metadata.ownerReferences)).toBe(true);
  });

  it("lists by labels", async () => {
    await merge({ metadata: { labels: { pool: "taken", job: "1" } } });
    const { items } = await client.listNamespacedPod({ namespace, labelSelector: "app=app,job=1" });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual([name]);
    const none = await client.listNamespacedPod({ namespace, labelSelector: "app=other,job=1" });
    expect(none.items).toEqual([]);
  });

  it("refuses who has no token, and what the Role does not allow", async () => {
    const nobody = pool.clientOf("");
    expect(await refusalOf(nobody.listNamespacedPod({ namespace }))).toEqual([401, ""]);
    const reader = await Pool.start({ replicas: 0, verbs: ["list"] });
    const call = reader.clientOf("a").deleteNamespacedPod({ name, namespace });
    expect(await refusalOf(call)).toEqual([403, "Forbidden"]);
  });
});
