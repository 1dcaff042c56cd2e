/**
 * An orchestrator: jobs as JSON lines on standard input, what became of each as JSON lines on standard output. Any
 * number of them may share a pool, and each may be killed at any moment.
 */

import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import Docker from "dockerode";
import { deliver, type Job } from "./deliver.ts";
import { Directories } from "./directories.ts";
import { Engine, isName } from "./engine.ts";
import { Leaving } from "./leaving.ts";
import { Pool } from "./pool.ts";

const { values: flags, positionals: command } = parseArgs({
  allowPositionals: true,
  options: {
    pool: { type: "string", default: "pool" },
    size: { type: "string", default: "10" },
    image: { type: "string", default: "startup-server" },
    network: { type: "string", default: "bridge" },
    directory: { type: "string", default: "/var/lib/docker-pool" },
    "keep-ms": { type: "string", default: "3600000" },
  },
});

const { pool: name } = flags;
const root = join(flags.directory, name);
const size = Number(flags.size);
const keepMs = Number(flags["keep-ms"]);
if (!isName(name) || !Number.isSafeInteger(size) || !(keepMs > 0)) {
  throw new TypeError("expected --pool NAME, --size COUNT and --keep-ms MILLISECONDS");
}
// A socket's path has at most 107 bytes (unix(7)).
if (root.length > 60) throw new TypeError("--directory: expected a shorter path");

const SWEEP_EVERY_MS = 60_000;

const engine = new Engine(new Docker(), name);
const directories = new Directories(root);
const leaving = new Leaving(engine, directories);
const kind = { image: flags.image, command, network: flags.network };
const pool = new Pool(engine, directories, leaving, { size, kind });
const means = { engine, directories, leaving, source: pool };

type Request =
  | { readonly kind: "deliver"; readonly job: Job }
  | { readonly kind: "forget"; readonly id: string };

/** Undefined for any other line than `{"job": "17", "variables": {"NAME": "value"}}` and `{"forget": "17"}`. */
function parseRequest(line: string): Request | undefined {
  const {
    job: id,
    variables,
    forget,
  }: Readonly<Record<string, unknown>> = Object(JSON.parse(line));
  if (typeof forget === "string" && isName(forget)) return { kind: "forget", id: forget };
  if (typeof id !== "string" || !isName(id)) return undefined;
  // Values that are no strings claim() refuses, each by its name.
  return { kind: "deliver", job: { id, variables: Object(variables) } };
}

/** What is told of a line; whatever went wrong, the same line may be sent again, to any orchestrator. */
async function serve(line: string): Promise<object> {
  let job: string | undefined;
  try {
    const request = parseRequest(line);
    if (request === undefined) return { outcome: "misunderstood" };
    job = request.kind === "deliver" ? request.job.id : request.id;
    if (request.kind === "deliver") return { job, ...(await deliver(request.job, means)) };
    await leaving.forget(request.id);
    return { job, outcome: "forgotten" };
  } catch (thrown) {
    // A parser's complaint would quote the line.
    if (job === undefined) return { outcome: "misunderstood" };
    return { job, outcome: "failed", problem: String(thrown) };
  }
}

function complain(thrown: unknown): undefined {
  process.stderr.write(`${String(thrown)}\n`);
}

async function sweepNowAndThen(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await leaving.sweep(keepMs).catch(complain);
    await delay(Math.min(SWEEP_EVERY_MS, keepMs), undefined, { signal }).catch(() => undefined);
  }
}

await directories.makeRoot();
const stop = new AbortController();
const work = [pool.run(stop.signal, complain), sweepNowAndThen(stop.signal)];
const lines = createInterface({ input: process.stdin });
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => lines.close());
const answers = new Set<Promise<void>>();
for await (const line of lines) {
  const answer = serve(line).then((told) => {
    process.stdout.write(`${JSON.stringify(told)}\n`);
    answers.delete(answer);
  });
  answers.add(answer);
}
await Promise.all(answers);
stop.abort();
await Promise.all(work);
