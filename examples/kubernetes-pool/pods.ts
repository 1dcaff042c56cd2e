/**
 * The pool's pods in the API, and the few writes that they know: each is one request, which either happens to the pod as
 * it was read, or does not happen.
 */

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import {
  ApiException,
  type CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
} from "@kubernetes/client-node";
import { parsePod, type Pod, type PodState } from "./pod.ts";

const MERGE = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
const JSON_PATCH = setHeaderOptions("Content-Type", PatchStrategy.JsonPatch);
const RETRY_MS = 500;

export class Pods {
  /** Who writes: a name that nobody else has, or has had. */
  readonly holder = `${hostname()}/${randomUUID()}`;
  readonly #api: CoreV1Api;
  readonly #namespace: string;
  /** The value of the label `app` that all pods of this pool have. */
  readonly #app: string;

  constructor(api: CoreV1Api, scope: { namespace: string; app: string }) {
    this.#api = api;
    this.#namespace = scope.namespace;
    this.#app = scope.app;
  }

  /** In that state, as of now: a list that names no resourceVersion is the most recent one. */
  inState(state: PodState): Promise<readonly Pod[]> {
    return this.#list(`app=${this.#app},pool=${state}`);
  }

  /** All that were taken for the job and still exist, in any state. */
  ofJob(job: string): Promise<readonly Pod[]> {
    return this.#list(`app=${this.#app},job=${job}`);
  }

  /**
   * Takes a waiting pod out of the pool, for the job. The patch names the resourceVersion that was read, so that of
   * all who have read it one wins; the others hear 409 Conflict, which is `undefined` here.
   */
  take(pod: Pod, job: string): Promise<Pod | undefined> {
    const now = new Date().toISOString();
    const annotations = { holder: this.holder, "taken-at": now, "held-since": now };
    return this.#patch(pod, { labels: { pool: "taken", job }, annotations });
  }

  /** Takes over a pod whose holder is gone, in the same way. When it was first taken stays as it is. */
  takeOver(pod: Pod): Promise<Pod | undefined> {
    const annotations = { holder: this.holder, "held-since": new Date().toISOString() };
    return this.#patch(pod, { annotations });
  }

  /**
   * Marks that the job has the pod, unless another orchestrator has taken it over or it is gone: then `false`. That is
   * the condition here, and not the resourceVersion, which by now the ReplicaSet has changed in letting the pod go.
   */
  async markDelivered({ name, uid }: Pod): Promise<boolean> {
    const body = [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: "/metadata/annotations/holder", value: this.holder },
      { op: "replace", path: "/metadata/labels/pool", value: "delivered" },
    ];
    const request = { name, namespace: this.#namespace, body };
    const marked = await this.#write(
      () => this.#api.patchNamespacedPod(request, JSON_PATCH),
      UNPROCESSABLE,
    );
    return marked !== undefined;
  }

  /** Deletes a pod that is still ours. `false` where another has taken it over: then it is that one's. */
  async remove({ uid, job }: Pod): Promise<boolean> {
    for (;;) {
      const pod = (await this.ofJob(job)).find((one) => one.uid === uid);
      if (pod !== undefined && pod.holder !== this.holder) return false;
      if (pod === undefined || pod.isLeaving) return true;
      await this.removeUnchanged(pod);
    }
  }

  /** Deletes the pod, unless it is no longer as it was read. */
  async removeUnchanged({ name, uid, resourceVersion }: Pod): Promise<void> {
    const body = { preconditions: { uid, resourceVersion } };
    const request = { name, namespace: this.#namespace, body };
    await this.#write(() => this.#api.deleteNamespacedPod(request), CONFLICT);
  }

  async #list(labelSelector: string): Promise<readonly Pod[]> {
    const request = { namespace: this.#namespace, labelSelector };
    const list = await persist(() => this.#api.listNamespacedPod(request));
    return list.items.map(parsePod);
  }

  async #patch(pod: Pod, metadata: object): Promise<Pod | undefined> {
    const { name, uid, resourceVersion } = pod;
    const body = { metadata: { uid, resourceVersion, ...metadata } };
    const request = { name, namespace: this.#namespace, body };
    const patched = await this.#write(() => this.#api.patchNamespacedPod(request, MERGE), CONFLICT);
    return patched && parsePod(patched);
  }

  /** Undefined where the pod is gone, or is not as the write demands, which the API says with the status `unmet`. */
  async #write(request: () => Promise<V1Pod>, unmet: number): Promise<V1Pod | undefined> {
    try {
      return await persist(request, unmet);
    } catch (thrown) {
      if (thrown instanceof ApiException && [404, unmet].includes(thrown.code)) return undefined;
      throw thrown;
    }
  }
}

/** Another has written since the resourceVersion that the write names, or the uid is another one's. */
const CONFLICT = 409;
/** A test in a JSON patch failed. */
const UNPROCESSABLE = 422;

/**
 * Asks again where the API was not reached, is overloaded, or could not keep up with a pod that changes all the time. The
 * request may have been carried out all the same: then this one is told that it is unmet, or `ofJob` lists what it did.
 */
async function persist<Answer>(request: () => Promise<Answer>, unmet?: number): Promise<Answer> {
  for (;;) {
    try {
      return await request();
    } catch (thrown) {
      if (!isTransient(thrown, unmet)) throw thrown;
      process.stderr.write(`asking the API again: ${String(thrown).split("\n", 1)[0]}\n`);
      await pause(RETRY_MS);
    }
  }
}

function isTransient(thrown: unknown, unmet?: number): boolean {
  // What fetch says of a connection that failed.
  if (!(thrown instanceof ApiException)) return thrown instanceof TypeError;
  return thrown.code !== unmet && (thrown.code >= 500 || [CONFLICT, 429].includes(thrown.code));
}
