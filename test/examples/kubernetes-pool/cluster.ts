/**
 * What else a cluster does to the pods of the fake API: a ReplicaSet that keeps so many of them, and a kubelet that runs a
 * real startup-server in each, at an address of the pod's own.
 */

import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { inject, onTestFinished } from "vitest";
import { type Program, start } from "../../blackbox/program.ts";
import type { PodObject, PodStore } from "./pod-store.ts";

const REPLICA_SET = "8081a7e0-0000-4000-8000-000000000000";

export const TOKEN = "the-token-of-the-pool";

export interface PoolSpec {
  readonly labels: Readonly<Record<string, string>>;
  readonly replicas: number;
  /** Flags of the startup-servers. */
  readonly args?: readonly string[];
}

/** A pod's container, which is still known when the pod has gone. */
export interface Container {
  readonly pod: string;
  readonly program: Program;
}

export class Cluster {
  readonly containers: Container[] = [];
  /** Every pod listens here, at its own address. */
  readonly port: number;
  /** New pods are not started before that. */
  nodesAreFree: Promise<void> = Promise.resolve();
  readonly #store: PodStore;
  readonly #spec: PoolSpec;
  readonly #known = new Set<string>();
  /** Their kubelets say nothing any more. */
  readonly #lost = new Set<string>();
  readonly #network = `127.${100 + Math.floor(Math.random() * 100)}.${Math.floor(Math.random() * 256)}`;
  #isStopped = false;
  #fail: (thrown: unknown) => void = () => undefined;
  readonly #failed = new Promise<unknown>((resolve) => (this.#fail = resolve));

  private constructor(store: PodStore, spec: PoolSpec, port: number) {
    this.#store = store;
    this.#spec = spec;
    this.port = port;
    store.watch(() => this.#reconcile());
    onTestFinished(() => {
      this.#isStopped = true;
    });
  }

  /** Resolves when all replicas are ready. */
  static async start(store: PodStore, spec: PoolSpec): Promise<Cluster> {
    const cluster = new Cluster(store, spec, await findPort());
    cluster.#reconcile();
    await cluster.until(() => cluster.ready.length === spec.replicas);
    return cluster;
  }

  /** The waiting pods that can be taken. */
  get ready(): readonly PodObject[] {
    return this.#store
      .list(this.#spec.labels)
      .filter(
        ({ status, metadata }) => isReady(status) && metadata.deletionTimestamp === undefined,
      );
  }

  /** Resolves when it holds, which is looked at behind every write. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (holds()) resolve();
      };
      this.#store.watch(look);
      void this.#failed.then(reject);
      look();
    });
  }

  /** What has been delivered to the pod; undefined where nothing has. */
  envFileOf({ program }: Container): string | undefined {
    return existsSync(join(program.directory, ".env")) ? program.readEnvFile() : undefined;
  }

  containerOf(pod: string): Container {
    const container = this.containers.findLast((one) => one.pod === pod);
    if (container === undefined) throw new Error(`${pod} has no container`);
    return container;
  }

  /** The pod's kubelet is cut off: the container goes on, whatever becomes of the pod. */
  cutOff(pod: string): void {
    this.#lost.add(pod);
  }

  /** The pod's node is gone: the container is dead, and nobody ever says so. */
  async loseNode(pod: string): Promise<void> {
    this.cutOff(pod);
    const { program } = this.containerOf(pod);
    program.kill("SIGKILL");
    await program.exit;
  }

  /** The container ends, and the kubelet starts it again, as it does in every Deployment's pod. */
  async restart(pod: string): Promise<void> {
    const { program } = this.containerOf(pod);
    program.kill("SIGKILL");
    await program.exit;
    await this.#run(pod, this.#store.get(pod)?.status.podIP ?? "");
  }

  #reconcile(): void {
    if (this.#isStopped) return;
    for (const pod of this.#store.list({})) {
      this.#adoptOrRelease(pod);
      // A pod that is starting when the test ends does not start any more.
      this.#keepRunning(pod).catch((thrown: unknown) => this.#fail(thrown));
    }
    const owned = this.#store
      .list({})
      .filter((pod) => isOwned(pod) && pod.metadata.deletionTimestamp === undefined);
    for (let missing = this.#spec.replicas - owned.length; missing > 0; missing -= 1) {
      this.#store.create(this.#spec.labels, REPLICA_SET);
    }
    for (const { metadata } of owned.slice(this.#spec.replicas)) {
      this.#store.delete(metadata.name, { uid: metadata.uid });
    }
  }

  /** As a ReplicaSet does: by the pod's labels, with a write of its own. */
  #adoptOrRelease(pod: PodObject): void {
    const { name, labels, ownerReferences } = pod.metadata;
    const matches = Object.entries(this.#spec.labels).every(
      ([key, value]) => labels[key] === value,
    );
    if (isOwned(pod) && !matches) {
      this.#store.merge(name, { metadata: { ownerReferences: null } });
    } else if (matches && ownerReferences === undefined) {
      const owners = [{ uid: REPLICA_SET, controller: true }];
      this.#store.merge(name, { metadata: { ownerReferences: owners } });
    }
  }

  async #keepRunning({ metadata }: PodObject): Promise<void> {
    const { name } = metadata;
    if (!this.#known.has(name)) {
      this.#known.add(name);
      const ip = `${this.#network}.${this.#known.size}`;
      await this.nodesAreFree;
      await this.#run(name, ip);
      const conditions = [{ type: "Ready", status: "True" }];
      this.#store.merge(name, { status: { podIP: ip, conditions } });
      return;
    }
    if (metadata.deletionTimestamp === undefined || this.#lost.has(name)) return;
    const container = this.containers.findLast(({ pod }) => pod === name);
    if (container === undefined) return;
    this.#lost.add(name);
    container.program.kill("SIGTERM");
    await container.program.exit;
    this.#store.forget(name);
  }

  async #run(pod: string, ip: string): Promise<void> {
    const host = inject("hosts").findLast(({ problem }) => problem === undefined);
    if (host === undefined) throw new Error("There is no host");
    const env = { STARTUP_SERVER_TOKEN: TOKEN };
    const args = ["--host", ip, ...(this.#spec.args ?? [])];
    const program = await start(host, { args, env, port: this.port });
    this.containers.push({ pod, program });
  }
}

function isOwned({ metadata }: PodObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === REPLICA_SET) ?? false;
}

function isReady({ conditions }: PodObject["status"]): boolean {
  return conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** One that is free at every address. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, "0.0.0.0");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
