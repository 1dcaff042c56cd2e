/** What a pod's labels and annotations say of it: all that this pool remembers stands there. */

import type { V1Pod } from "@kubernetes/client-node";

/** `waiting` belongs to the Deployment, `taken` to a job that it is being given, `delivered` to the job that it has. */
export type PodState = "waiting" | "taken" | "delivered";

export interface Pod {
  readonly name: string;
  /** Not even a pod of the same name has it again. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** Empty where it has none yet. */
  readonly ip: string;
  readonly state: string;
  readonly isReady: boolean;
  /** It is being deleted. Its container may run until it is no longer listed. */
  readonly isLeaving: boolean;
  readonly job: string;
  /** The orchestrator that may claim it. */
  readonly holder: string;
  /** When it left the pool: before that nobody sent it anything. */
  readonly takenAtMs: number;
  /** When its holder last said that it holds it. */
  readonly heldSinceMs: number;
}

export function parsePod({ metadata, status }: V1Pod): Pod {
  const { labels = {}, annotations = {} } = metadata ?? {};
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return {
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    resourceVersion: metadata?.resourceVersion ?? "",
    ip: status?.podIP ?? "",
    state: labels["pool"] ?? "",
    isReady: ready?.status === "True",
    isLeaving: metadata?.deletionTimestamp !== undefined,
    job: labels["job"] ?? "",
    holder: annotations["holder"] ?? "",
    takenAtMs: parseTime(annotations["taken-at"]),
    heldSinceMs: parseTime(annotations["held-since"]),
  };
}

/** The start of time where somebody has written something else there: then whoever finds it may take it over. */
function parseTime(text: string | undefined): number {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? 0 : time;
}

/** Where its startup-server listens. */
export function urlOf({ ip }: Pod, port: number): string {
  return `http://${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}
