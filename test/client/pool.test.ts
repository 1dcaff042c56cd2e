/**
 * A thousand servers are claimed by one command through proxies that lose, delay, repeat and cut
 * answers: each gets exactly its own environment, and every result is true. CLAIMED_SERVERS says how
 * many instead, CLAIMED_SERVERS_SEED which faults they meet.
 */

import { createHash } from "node:crypto";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, inject, it } from "vitest";
import { makeDirectory, type Program, start } from "../blackbox/program.ts";
import { Random } from "../simulation/random.ts";
import type { HostProgram } from "../setup.ts";
import { runCommand } from "./commands/command.ts";
import { FaultyProxy, FAULTS } from "./faulty-proxy.ts";

const HOST = inject("hosts").findLast(({ problem }) => problem === undefined);
/** A native server takes a megabyte, one on Node fifty. */
const AFFORDABLE = HOST?.name === "native" ? 1_000 : 50;
const SERVERS = Number(process.env["CLAIMED_SERVERS"] ?? AFFORDABLE);
const SEED = Number(process.env["CLAIMED_SERVERS_SEED"] ?? 8081);
const FAULTY_PERCENT = 40;
/** Far more than chance can want until each has been reached. */
const MAX_RUNS = 8;

/** What a claim can meet, in turn; a connection that is refused has carried none. */
const FIRST_FAULTS = [...FAULTS.slice(1), undefined];

interface Member {
  readonly program: Program;
  readonly proxy: FaultyProxy;
  readonly file: string;
  readonly secret: string;
}

type ResultLine = Readonly<Record<string, unknown>>;

async function startMember(host: HostProgram, index: number, random: Random): Promise<Member> {
  const program = await start(host, { args: ["--host", "127.0.0.1"] });
  const first = FIRST_FAULTS[index % FIRST_FAULTS.length];
  const habits = { first, percent: FAULTY_PERCENT, frees: random.chance(50) };
  const proxy = await FaultyProxy.start(program.port, new Random(random.next()), habits);
  const secret = `secret of ${index} ${random.text(20)}`;
  return { program, proxy, file: `ALL=all\nOWN='${secret}'\n`, secret };
}

async function startMembers(): Promise<readonly Member[]> {
  const host = HOST;
  if (host === undefined) throw new Error("There is no host");
  const random = new Random(SEED);
  const members: Member[] = [];
  // Some at a time: each waits until its server says that it is ready.
  for (let from = 0; from < SERVERS; from += 50) {
    const some = Array.from({ length: Math.min(50, SERVERS - from) }, (_, index) =>
      startMember(host, from + index, random),
    );
    members.push(...(await Promise.all(some)));
  }
  return members;
}

/** What a result says must be so, now that all is over. */
async function judge(result: ResultLine, member: Member): Promise<void> {
  const { program, file } = member;
  const written = existsSync(join(program.directory, ".env")) ? program.readEnvFile() : undefined;
  switch (result["outcome"]) {
    case "claimed": {
      const sha256 = createHash("sha256").update(file).digest("hex");
      expect(result).toMatchObject({ verified: true, receipt: { outputs: [{ sha256 }] } });
      expect(written).toBe(file);
      break;
    }
    case "unknown":
      // Either is possible, and nothing else; what is told as reason and evidence is so.
      if (result["evidence"] !== "none" || written !== undefined) expect(written).toBe(file);
      expect(result["reason"]).toMatch(/^(server_gone|deadline)$/);
      if (result["reason"] === "server_gone") expect(await program.exit).toBe(0);
      break;
    case "unreachable":
      expect(result["attempts"]).toBe(0);
      expect(written).toBeUndefined();
      expect(program.hasExited).toBe(false);
      break;
    default:
      throw new Error(`No result may be ${JSON.stringify(result)}`);
  }
}

async function judgeAll(results: readonly ResultLine[], members: readonly Member[]): Promise<void> {
  const byUrl = new Map(members.map((member) => [member.proxy.url, member]));
  expect(new Set(results.map(({ url }) => url)).size).toBe(results.length);
  for (const result of results) {
    const member = byUrl.get(String(result["url"]));
    if (member === undefined) throw new Error("A result is about no target");
    await judge(result, member);
  }
}

function count(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

it(`${SERVERS} servers behind faulty proxies are claimed by one command`, async () => {
  const members = await startMembers();
  const cwd = makeDirectory();
  const lines = members.map(({ proxy, secret }) =>
    JSON.stringify({ url: proxy.url, variables: { OWN: secret } }),
  );
  writeFileSync(join(cwd, "targets"), lines.join("\n"));
  writeFileSync(join(cwd, "results"), "");
  const what = ["claim", "--targets", "targets", "ALL=all", "--resume", "results"];
  const limits = ["--deadline", "5000", "--request-timeout", "1000", "--concurrency", "128"];
  const args = [...what, ...limits];

  const startMs = performance.now();
  const first = await runCommand({ args, cwd });
  const wallMs = Math.round(performance.now() - startMs);
  expect(first.results).toHaveLength(SERVERS);
  await judgeAll(first.results, members);
  const counts = count(first.results.map(({ outcome }) => String(outcome)));
  const met = count(members.flatMap(({ proxy }) => proxy.met));
  process.stdout.write(`${SERVERS} servers: ${wallMs} ms, ${JSON.stringify({ counts, met })}\n`);
  if (SERVERS >= 50) for (const fault of FAULTS.slice(1)) expect(met).toHaveProperty(fault);
  expect(first.stdout).not.toContain("secret of");
  expect(first.stderr).toBe("");
  expect(first.status).toBe("unknown" in counts ? 2 : "unreachable" in counts ? 1 : 0);

  // What is left over is taken up again; whoever was claimed is never asked twice.
  appendFileSync(join(cwd, "results"), first.stdout);
  const claimed = new Set<unknown>();
  let last = first;
  for (let run = 1; run < MAX_RUNS; run += 1) {
    for (const { url, outcome } of last.results) if (outcome === "claimed") claimed.add(url);
    last = await runCommand({ args, cwd });
    await judgeAll(last.results, members);
    appendFileSync(join(cwd, "results"), last.stdout);
    for (const { url } of last.results) expect(claimed.has(url)).toBe(false);
    if (members.every(isClaimed)) break;
  }
  for (const { program, file } of members) {
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(file);
    expect(program.messages.filter((message) => message === "claimed")).toHaveLength(1);
  }
}, 300_000);

function isClaimed({ program }: Member): boolean {
  return program.messages.includes("claimed");
}
