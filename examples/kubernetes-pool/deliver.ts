/**
 * Gives a job to one pod, and to no other: takes a pod, claims its startup-server, and marks the pod. Whatever ends this
 * between two of its steps, whoever is given the same job next goes on from what the pods' labels say.
 */

import { setTimeout as pause } from "node:timers/promises";
import { claim, type Outcome } from "startup-server";
import { type Pod, urlOf } from "./pod.ts";
import type { Pods } from "./pods.ts";

export interface Job {
  /** A label's value: the same job has the same one, whoever is given it. */
  readonly id: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface Terms {
  readonly port: number;
  readonly token: string | undefined;
  /** How long after it was taken a pod may be claimed. */
  readonly claimMs: number;
  /** How long after it was taken another may take it over: longer, by more than clocks differ. */
  readonly takeOverMs: number;
  /** How long to wait before looking again, about. */
  readonly pollMs: number;
}

export type Result =
  | { readonly result: "delivered"; readonly pod: string; readonly verified: boolean }
  | { readonly result: "delivered_before"; readonly pod: string }
  | { readonly result: "failed"; readonly pod: string; readonly reason: string };

/** So many pods are given up for one job: what is wrong with them is then wrong with all. */
const MOST_PODS = 5;

export class Delivery {
  readonly #pods: Pods;
  readonly #job: Job;
  readonly #terms: Terms;
  /** Those that are known not to have the job, however long they take to leave. */
  readonly #spent = new Set<string>();
  #failures = 0;

  constructor(pods: Pods, job: Job, terms: Terms) {
    this.#pods = pods;
    this.#job = job;
    this.#terms = terms;
  }

  /** Resolves when the job has a pod, had one before, or can have none. Throws what the API refuses for good. */
  async run(): Promise<Result> {
    for (;;) {
      const result = await this.#tryOnce();
      if (result !== undefined) return result;
    }
  }

  async #tryOnce(): Promise<Result | undefined> {
    const held = await this.#held();
    const delivered = held.find(({ state }) => state === "delivered");
    if (delivered) return { result: "delivered_before", pod: delivered.name };
    const isFresh = held.length === 0;
    const pod = isFresh ? await this.#take() : await this.#takeOver(held);
    if (pod === undefined) {
      await pause(this.#terms.pollMs * (0.5 + Math.random()));
      return undefined;
    }
    const leftMs = pod.heldSinceMs + this.#terms.claimMs - Date.now();
    if (leftMs <= 0) return isFresh ? await this.#giveUp(pod, "too_late") : undefined;
    const outcome = await claim(urlOf(pod, this.#terms.port), this.#job.variables, {
      token: this.#terms.token,
      deadlineMs: leftMs,
      // A predecessor may have sent it: then it is sent to that very server again, and to none that came behind it.
      sentAtMs: isFresh ? undefined : pod.takenAtMs,
    });
    return await this.#settle(pod, outcome);
  }

  /** The pods that have the job's label, and may have the job. */
  async #held(): Promise<readonly Pod[]> {
    const pods = await this.#pods.ofJob(this.#job.id);
    return pods.filter(({ uid }) => !this.#spent.has(uid));
  }

  async #take(): Promise<Pod | undefined> {
    const pod = await this.#takeFirst(await this.#pods.inState("waiting"));
    if (pod === undefined) return undefined;
    // Who was given the same job looks in the same way, behind its own write: at least one sees the other, and who does
    // gives way. So nobody claims who is not alone.
    const held = await this.#held();
    if (held.every(({ uid }) => uid === pod.uid)) return pod;
    await this.#discard(pod);
    return undefined;
  }

  /** The first that no other orchestrator has taken; each begins somewhere else, so that they seldom meet. */
  async #takeFirst(waiting: readonly Pod[]): Promise<Pod | undefined> {
    const ready = waiting.filter(({ isReady, isLeaving }) => isReady && !isLeaving);
    const begin = Math.floor(Math.random() * ready.length);
    for (const pod of [...ready.slice(begin), ...ready.slice(0, begin)]) {
      const taken = await this.#pods.take(pod, this.#job.id);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  /** One that was taken and not marked: its holder is at it, or gone. */
  async #takeOver([pod, ...others]: readonly Pod[]): Promise<Pod | undefined> {
    if (pod === undefined) return undefined;
    if (others.length > 0) {
      // Holders that were to give way to each other have died: which pod was sent the job, nobody knows.
      await removeAbandoned(this.#pods, [pod, ...others], this.#terms.takeOverMs);
      return undefined;
    }
    // Our own is one as well: this call has let it go, or the answer to its writing was lost.
    const isAbandoned = pod.holder === this.#pods.holder || isOlder(pod, this.#terms.takeOverMs);
    return isAbandoned && !pod.isLeaving ? await this.#pods.takeOver(pod) : undefined;
  }

  /** What README says of each outcome. Undefined where the job is to be given to another pod. */
  async #settle(pod: Pod, outcome: Outcome): Promise<Result | undefined> {
    switch (outcome.outcome) {
      case "claimed":
        // Where it was taken over in between, or is gone, whoever has the job now is found in the next round.
        if (!(await this.#pods.markDelivered(pod))) return undefined;
        return { result: "delivered", pod: pod.name, verified: outcome.verified };
      case "unknown":
        // The job may run there: as long as the pod is listed, nobody gives the job to another.
        await this.#pods.remove(pod);
        return undefined;
      case "mismatched":
        await this.#pods.remove(pod);
        return { result: "failed", pod: pod.name, reason: "mismatched" };
      case "refused":
        if (outcome.problem.code === "commit_failed") break;
        await this.#discard(pod);
        return { result: "failed", pod: pod.name, reason: outcome.problem.code };
      case "taken":
      case "unreachable":
        break;
    }
    return await this.#giveUp(pod, outcome.outcome);
  }

  /** A pod that has left the pool never goes back, but the job is not in this one: nobody need wait for its end. */
  async #discard(pod: Pod): Promise<void> {
    if (await this.#pods.remove(pod)) this.#spent.add(pod.uid);
  }

  /** The next one may be better. */
  async #giveUp(pod: Pod, reason: string): Promise<Result | undefined> {
    await this.#discard(pod);
    this.#failures += 1;
    return this.#failures < MOST_PODS ? undefined : { result: "failed", pod: pod.name, reason };
  }
}

/** Deletes those that were taken so long ago and never marked, unless that changes meanwhile. */
export async function removeAbandoned(
  pods: Pods,
  taken: readonly Pod[],
  olderThanMs: number,
): Promise<void> {
  const abandoned = taken.filter((pod) => !pod.isLeaving && isOlder(pod, olderThanMs));
  await Promise.all(abandoned.map((pod) => pods.removeUnchanged(pod)));
}

function isOlder({ heldSinceMs }: Pod, ageMs: number): boolean {
  return Date.now() - heldSinceMs > ageMs;
}
