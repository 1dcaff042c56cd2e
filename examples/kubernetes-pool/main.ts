/**
 * Reads jobs from standard input, one JSON object a line, gives each to a pod of the pool, and writes one JSON result a
 * line: `{"id": "job-1", "variables": {"KEY1": "value1"}}`.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { Delivery, type Job, removeAbandoned, type Terms } from "./deliver.ts";
import { Pods } from "./pods.ts";

const { values: flags } = parseArgs({
  options: {
    namespace: { type: "string", default: "default" },
    app: { type: "string", default: "app" },
    port: { type: "string", default: "8081" },
    "token-file": { type: "string" },
    "claim-ms": { type: "string", default: "10000" },
    "take-over-ms": { type: "string", default: "60000" },
    "abandon-ms": { type: "string", default: "600000" },
    "poll-ms": { type: "string", default: "500" },
  },
});
const tokenFile = flags["token-file"];
const terms: Terms = {
  port: Number(flags.port),
  token: tokenFile === undefined ? undefined : readFileSync(tokenFile, "utf8").replace(/\n$/, ""),
  claimMs: Number(flags["claim-ms"]),
  takeOverMs: Number(flags["take-over-ms"]),
  pollMs: Number(flags["poll-ms"]),
};

const config = new KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(CoreV1Api);

/** As many jobs are under way at once. */
const CONCURRENCY = 16;
/** What a label's value may be, and not empty. */
const JOB_ID = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Undefined where the line is no job. */
function parseJob(line: string): Job | undefined {
  const job: unknown = parseJson(line);
  if (typeof job !== "object" || job === null) return undefined;
  if (!("id" in job) || typeof job.id !== "string" || !JOB_ID.test(job.id)) return undefined;
  if (!("variables" in job) || !isVariables(job.variables)) return undefined;
  return { id: job.id, variables: job.variables };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isVariables(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === "string");
}

async function carryOut(line: string): Promise<void> {
  const job = parseJob(line);
  const result = job && (await new Delivery(new Pods(api, flags), job, terms).run());
  if (result === undefined || result.result === "failed") process.exitCode = 1;
  const told = { id: job?.id, ...(result ?? { result: "malformed" }) };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

/** Jobs that nobody has been given again. */
async function sweep(): Promise<void> {
  const pods = new Pods(api, flags);
  await removeAbandoned(pods, await pods.inState("taken"), Number(flags["abandon-ms"]));
}

await sweep();
setInterval(() => void sweep(), 60_000).unref();
const underWay = new Set<Promise<void>>();
for await (const line of createInterface({ input: process.stdin })) {
  if (underWay.size >= CONCURRENCY) await Promise.race(underWay);
  const order = carryOut(line).finally(() => underWay.delete(order));
  underWay.add(order);
}
await Promise.all(underWay);
