/** The pool of the example's manifests, on the fake API, and those who speak to it. */

import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import {
  Delivery,
  type Job,
  type Result,
  type Terms,
} from "../../../examples/kubernetes-pool/deliver.ts";
import { Pods } from "../../../examples/kubernetes-pool/pods.ts";
import { readManifest } from "../manifests.ts";
import { ApiServer, type Call } from "./api-server.ts";
import { Cluster, TOKEN } from "./cluster.ts";
import { PodStore } from "./pod-store.ts";

const NAMESPACE = "default";

export class Pool {
  readonly store: PodStore;
  readonly api: ApiServer;
  readonly cluster: Cluster;

  private constructor(store: PodStore, api: ApiServer, cluster: Cluster) {
    this.store = store;
    this.api = api;
    this.cluster = cluster;
  }

  /** With the Deployment's labels, and for callers who may do what the Role says, or only `verbs`. */
  static async start(spec: {
    replicas: number;
    args?: readonly string[];
    verbs?: readonly string[];
  }): Promise<Pool> {
    const deployment = readManifest("kubernetes/warm-pool.yaml", "Deployment");
    const [rule] = readManifest("kubernetes-pool/rbac.yaml", "Role").rules ?? [];
    const labels = deployment.spec.selector?.matchLabels ?? {};
    const store = new PodStore();
    const api = await ApiServer.start(store, NAMESPACE, spec.verbs ?? rule?.verbs ?? []);
    const { replicas, args = [] } = spec;
    return new Pool(store, api, await Cluster.start(store, { labels, replicas, args }));
  }

  clientOf(user: string): CoreV1Api {
    const config = new KubeConfig();
    const cluster = { name: "fake", server: this.api.url, skipTLSVerify: true };
    config.loadFromClusterAndUser(cluster, { name: user, token: user });
    return config.makeApiClient(CoreV1Api);
  }

  podsOf(user: string): Pods {
    return new Pods(this.clientOf(user), { namespace: NAMESPACE, app: "app" });
  }

  /** As the program does, in this process. */
  deliver(user: string, job: Job, terms: Partial<Terms> = {}): Promise<Result> {
    const defaults = { token: TOKEN, claimMs: 5_000, takeOverMs: 10_000, pollMs: 20 };
    const all = { ...defaults, port: this.cluster.port, ...terms };
    return new Delivery(this.podsOf(user), job, all).run();
  }

  /** The pods to which this variable was delivered, gone or not, as often as it was. */
  whoHas(line: string): readonly string[] {
    return this.cluster.containers
      .filter((container) => this.cluster.envFileOf(container)?.split("\n").includes(line))
      .map(({ pod }) => pod);
  }
}

export function jobOf(id: string): Job {
  return { id, variables: { JOB: id, KEY1: `secret-of-${id}` } };
}

/** Whether the call takes a pod out of the pool. */
export function takes({ verb, body }: Call): boolean {
  return verb === "patch" && body.includes('"pool":"taken"');
}

/** Whether it marks a pod as delivered. */
export function marks({ verb, body }: Call): boolean {
  return verb === "patch" && body.includes('"delivered"');
}
