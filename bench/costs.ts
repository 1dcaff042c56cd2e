/** What the native host costs, in figures that are the same on every run. */

import { resolve } from "node:path";
import { buildNative } from "../scripts/build.mjs";
import type { Costs } from "./budget.ts";
import { formatJsonClaim, makeVariables } from "./claims.ts";
import { buildOurs } from "./contenders.ts";
import {
  type CountedCalls,
  type CountedLife,
  countInstructions,
  countSystemCalls,
  type LifeOptions,
} from "./counted-life.ts";
import { HEALTH_CHECK } from "./dialogue.ts";
import { readMemory } from "./proc.ts";
import { RunningServer, sleep } from "./running-server.ts";

/** So many, for one alone would drown in what starting and ending vary by. */
const HEALTH_CHECKS = 20;

const TRACED_LIVES = 5;

const SETTLE_MS = 300;

/** Builds the native host as it is shipped, and the same with symbols, whose path this is. */
export async function buildWithSymbols(): Promise<string> {
  const out = "dist/startup-server-symbols";
  await buildNative({ work: "dist/native-symbols", out, variables: ["STRIP="] });
  return resolve(out);
}

/** On a busy machine a request may come after its connection, which costs a look more: of a few, the fewest. */
async function countFewestCalls(options: LifeOptions): Promise<CountedCalls> {
  const lives: CountedCalls[] = [];
  for (let life = 0; life < TRACED_LIVES; life += 1) lives.push(await countSystemCalls(options));
  return {
    start: Math.min(...lives.map(({ start }) => start)),
    rest: Math.min(...lives.map(({ rest }) => rest)),
  };
}

/** Of a start, a health check on a connection of its own, a claim, and of waiting. */
export async function measureCosts(directory: string): Promise<Costs> {
  const ours = await buildOurs();
  const binary = await buildWithSymbols();
  const claimOf2 = formatJsonClaim(makeVariables(2));
  const claimOf50 = formatJsonClaim(makeVariables(50));
  const live = async (...requests: readonly string[]): Promise<CountedLife> =>
    countInstructions({ binary, directory, requests });
  const start = await live();
  const checked = await live(...Array.from({ length: HEALTH_CHECKS }, () => HEALTH_CHECK));
  const claimed2 = await live(claimOf2);
  const claimed50 = await live(claimOf50);
  const calls = await countFewestCalls({ binary, directory, requests: [claimOf2] });
  const server = await RunningServer.start(ours, directory);
  await sleep(SETTLE_MS);
  const memory = readMemory(server.pid);
  await server.stop();
  const perCheck = (pick: (life: CountedLife) => number): number =>
    Math.round((pick(checked) - pick(start)) / HEALTH_CHECKS);
  return {
    binary_bytes: ours.sizeBytes,
    start_instructions: start.instructions,
    start_allocations: start.allocations,
    start_system_calls: calls.start,
    health_check_instructions: perCheck((life) => life.instructions),
    health_check_allocations: perCheck((life) => life.allocations),
    claim_of_2_instructions: claimed2.instructions - start.instructions,
    claim_of_2_allocations: claimed2.allocations - start.allocations,
    claim_of_50_instructions: claimed50.instructions - start.instructions,
    claim_of_50_allocations: claimed50.allocations - start.allocations,
    claim_system_calls: calls.rest,
    idle_resident_kilobytes: memory.rssKilobytes,
    idle_private_dirty_kilobytes: memory.privateDirtyKilobytes,
  };
}
