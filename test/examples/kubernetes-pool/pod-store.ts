/**
 * The pods of a fake Kubernetes API, with the API's rules for who may write: every write that changes something gives a
 * new resourceVersion, and one that names another than the stored one, or another uid, is a conflict.
 */

import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { applyJsonPatch, applyMergePatch, type JsonPatch } from "./patches.ts";
import { conflict, notFound, type Status, unprocessable } from "./status.ts";

export interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string; readonly controller: boolean }[];
    readonly deletionTimestamp?: string;
  };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export type Written = { readonly pod: PodObject } | { readonly refusal: Status };

export class PodStore {
  readonly #pods = new Map<string, PodObject>();
  readonly #watchers = new Set<() => void>();
  #version = 1000;

  get resourceVersion(): string {
    return String(this.#version);
  }

  /** Calls it behind every write. */
  watch(watcher: () => void): void {
    this.#watchers.add(watcher);
  }

  get(name: string): PodObject | undefined {
    return this.#pods.get(name);
  }

  /** Those that have all these labels. */
  list(labels: Readonly<Record<string, string>>): readonly PodObject[] {
    const wanted = Object.entries(labels);
    return [...this.#pods.values()].filter(({ metadata }) =>
      wanted.every(([key, value]) => metadata.labels[key] === value),
    );
  }

  create(labels: PodObject["metadata"]["labels"], ownerUid: string): PodObject {
    const uid = randomUUID();
    const ownerReferences = [{ uid: ownerUid, controller: true }];
    const metadata = { name: `pool-${uid.slice(0, 8)}`, uid, labels, ownerReferences };
    return this.#put({ metadata: { ...metadata, resourceVersion: "" }, status: {} });
  }

  /** As a PUT does. */
  replace(name: string, pod: PodObject): Written {
    return this.#update(name, () => pod);
  }

  /** As a PATCH with `application/merge-patch+json` does (RFC 7396). */
  merge(name: string, patch: unknown): Written {
    return this.#update(name, (pod) => applyMergePatch(pod, patch));
  }

  /** As a PATCH with `application/json-patch+json` does (RFC 6902): 422 where it cannot be applied, also by a test. */
  patch(name: string, patch: JsonPatch): Written {
    const pod = this.#pods.get(name);
    if (pod === undefined) return { refusal: notFound(name) };
    const patched = applyJsonPatch(pod, patch);
    if ("problem" in patched) return { refusal: unprocessable(patched.problem) };
    return this.#update(name, () => patched.value);
  }

  /** The pod is then leaving, until its kubelet says that its containers have ended. */
  delete(name: string, { uid, resourceVersion }: Preconditions): Written {
    const pod = this.#pods.get(name);
    if (pod === undefined) return { refusal: notFound(name) };
    const { metadata } = pod;
    if (uid !== undefined && uid !== metadata.uid) {
      return { refusal: conflict(name, `Precondition failed: UID in precondition: ${uid}`) };
    }
    if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
      const reason = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}`;
      return { refusal: conflict(name, reason) };
    }
    if (metadata.deletionTimestamp !== undefined) return { pod };
    const deletionTimestamp = new Date().toISOString();
    return { pod: this.#put({ ...pod, metadata: { ...metadata, deletionTimestamp } }) };
  }

  /** The last of a pod that was leaving. */
  forget(name: string): void {
    this.#pods.delete(name);
    this.#version += 1;
    this.#tell();
  }

  #update(name: string, change: (pod: PodObject) => unknown): Written {
    const pod = this.#pods.get(name);
    if (pod === undefined) return { refusal: notFound(name) };
    const changed: PodObject = JSON.parse(JSON.stringify(change(pod)));
    if (changed.metadata.uid !== pod.metadata.uid) {
      return {
        refusal: conflict(
          name,
          `Precondition failed: UID in precondition: ${changed.metadata.uid}`,
        ),
      };
    }
    if (changed.metadata.resourceVersion !== pod.metadata.resourceVersion) {
      const reason =
        "the object has been modified; please apply your changes to the latest version and try again";
      return { refusal: conflict(name, reason) };
    }
    return { pod: isDeepStrictEqual(changed, pod) ? pod : this.#put(changed) };
  }

  #put(pod: PodObject): PodObject {
    this.#version += 1;
    const metadata = { ...pod.metadata, resourceVersion: this.resourceVersion };
    const stored: PodObject = JSON.parse(JSON.stringify({ ...pod, metadata }));
    this.#pods.set(metadata.name, stored);
    this.#tell();
    return stored;
  }

  #tell(): void {
    for (const watcher of this.#watchers) queueMicrotask(watcher);
  }
}
