/** Measures every contender side by side: in each round all take their turn, so that a slow minute is everybody's. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { formatJsonClaim, formatQueryClaim, makeVariables, saysAll, writeClaim } from "./claims.ts";
import type { Contender } from "./contenders.ts";
import { launch } from "./launching.ts";
import {
  countSwitches,
  type Memory,
  readAvailableKilobytes,
  readMemory,
  readProcessorNs,
} from "./proc.ts";
import {
  CLAIM_SIZES,
  type ClaimFigures,
  CONNECTION_COUNTS,
  type Figures,
  type HealthFigures,
} from "./results.ts";
import { inTurn, mapValues, type PerContender, take } from "./rounds.ts";
import { RunningServer, sleep } from "./running-server.ts";
import { type Spread, summarize } from "./statistics.ts";
import { fillWarmPool, type WarmPool } from "./warm-pool.ts";
import { loadServer } from "./wrk.ts";

/** How much is measured. */
export interface Effort {
  readonly starts: number;
  readonly claims: number;
  readonly loads: number;
  readonly loadSeconds: number;
  readonly pools: number;
  readonly poolSize: number;
  readonly idleMs: number;
}

export const FULL: Effort = {
  starts: 300,
  claims: 100,
  loads: 9,
  loadSeconds: 1,
  pools: 3,
  poolSize: 1000,
  idleMs: 10_000,
};

/** Tells whether everything works, and hardly more. */
export const QUICK: Effort = {
  starts: 5,
  claims: 3,
  loads: 1,
  loadSeconds: 1,
  pools: 1,
  poolSize: 20,
  idleMs: 1_000,
};

/** Of those that would write to more than a tenth of the free memory, that part of the pool, in one round. */
const SMALLER_POOL = 0.1;
const GREATEST_SHARE = 0.1;

/** Their start is not measured: the first two find cold caches. */
const WARM_UPS = 2;

/** Every contender's figures, in their order. `tell` hears what is going on. */
export async function compare(
  contenders: readonly Contender[],
  effort: Effort,
  directory: string,
  tell: (text: string) => void,
): Promise<readonly Figures[]> {
  tell("start to the first answered health check");
  const starts = measureStarts(contenders, effort.starts, directory);
  const claims: PerContender<ClaimFigures>[] = [];
  for (const variables of CLAIM_SIZES) {
    tell(`a claim of ${variables} variables`);
    claims.push(measureClaims(contenders, effort.claims, variables, directory));
  }
  tell("idle memory and wake-ups");
  const idle = await measureIdle(contenders, effort.idleMs, directory);
  tell("health checks per second");
  const health = await measureHealth(contenders, effort, directory);
  tell(`${effort.poolSize} servers waiting`);
  const pools = await measurePools(contenders, effort, idle, directory);
  return contenders.map((contender) => {
    const { memory, wakeUps } = take(idle, contender);
    return {
      sizeBytes: contender.sizeBytes,
      startNs: take(starts, contender),
      memory,
      claims: claims.map((figures) => take(figures, contender)),
      health: take(health, contender),
      warmPool: take(pools, contender),
      wakeUps,
    };
  });
}

function measureStarts(
  contenders: readonly Contender[],
  runs: number,
  directory: string,
): PerContender<Spread> {
  const file = join(directory, "start.env");
  const lives = inTurn(contenders, runs + WARM_UPS, (contender) => launch(contender, { file }));
  return mapValues(lives, (each) => summarize(each.slice(WARM_UPS).map((life) => life.readyNs)));
}

function measureClaims(
  contenders: readonly Contender[],
  runs: number,
  count: number,
  directory: string,
): PerContender<ClaimFigures> {
  const variables = makeVariables(count);
  // The smallest comes as people try it with curl; a query has no room for the greatest everywhere.
  const claim = count === 2 ? formatQueryClaim(variables) : formatJsonClaim(variables);
  const request = writeClaim(join(directory, `claim-${count}`), claim);
  const file = join(directory, `claimed-${count}.env`);
  const lives = inTurn(contenders, runs, (contender) => {
    rmSync(file, { force: true });
    const life = launch(contender, { file, request });
    if (saysAll(readFileSync(file, "utf8"), variables)) return life;
    throw new Error(`${contender.label} wrote something else than it was given`);
  });
  return mapValues(lives, (each) => ({
    variables: count,
    answeredNs: summarize(each.map((life) => life.answeredNs)),
    exitedNs: summarize(each.map((life) => life.exitedNs)),
  }));
}

interface Idle {
  readonly memory: Memory;
  readonly wakeUps: number;
}

/** How long servers may go on with what starting and the first health check left to do. */
const SETTLE_MS = 1_000;

/** All wait at the same time, side by side. */
async function measureIdle(
  contenders: readonly Contender[],
  idleMs: number,
  directory: string,
): Promise<PerContender<Idle>> {
  const servers = new Map<Contender, RunningServer>();
  try {
    for (const contender of contenders) {
      servers.set(contender, await RunningServer.start(contender, directory));
    }
    await sleep(SETTLE_MS);
    const memories = mapValues(servers, ({ pid }) => readMemory(pid));
    const before = mapValues(servers, ({ pid }) => countSwitches(pid));
    await sleep(idleMs);
    const after = mapValues(servers, ({ pid }) => countSwitches(pid));
    return new Map(
      contenders.map((contender) => [
        contender,
        {
          memory: take(memories, contender),
          wakeUps: take(after, contender) - take(before, contender),
        },
      ]),
    );
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

async function measureHealth(
  contenders: readonly Contender[],
  { loads, loadSeconds }: Effort,
  directory: string,
): Promise<PerContender<readonly HealthFigures[]>> {
  const runs = new Map(contenders.map((contender) => [contender, new Array<HealthFigures>()]));
  for (let round = 0; round < loads; round += 1) {
    for (const [contender, figures] of runs) {
      const server = await RunningServer.start(contender, directory);
      for (const connections of CONNECTION_COUNTS) {
        const beforeNs = readProcessorNs(server.pid);
        const { requests, ...load } = loadServer(server.url, connections, loadSeconds);
        const processorUs = (readProcessorNs(server.pid) - beforeNs) / 1000 / requests;
        figures.push({ connections, processorUs, ...load });
      }
      await server.stop();
    }
  }
  return mapValues(runs, (figures) =>
    CONNECTION_COUNTS.map((connections) =>
      middle(figures.filter((figure) => figure.connections === connections)),
    ),
  );
}

/** The medians of several loads of as many connections. */
function middle(loads: readonly HealthFigures[]): HealthFigures {
  const median = (pick: (load: HealthFigures) => number): number =>
    summarize(loads.map(pick)).median;
  return {
    connections: median((load) => load.connections),
    processorUs: median((load) => load.processorUs),
    perSecond: median((load) => load.perSecond),
    p50Us: median((load) => load.p50Us),
    p90Us: median((load) => load.p90Us),
    p99Us: median((load) => load.p99Us),
  };
}

async function measurePools(
  contenders: readonly Contender[],
  { pools, poolSize }: Effort,
  idle: PerContender<Idle>,
  directory: string,
): Promise<PerContender<WarmPool>> {
  const runs = new Map(contenders.map((contender) => [contender, new Array<WarmPool>()]));
  for (let round = 0; round < pools; round += 1) {
    for (const [contender, figures] of runs) {
      const { memory } = take(idle, contender);
      const greatest = readAvailableKilobytes() * GREATEST_SHARE;
      const isTooMuch = memory.privateDirtyKilobytes * poolSize > greatest;
      if (isTooMuch && round > 0) continue;
      const count = isTooMuch ? poolSize * SMALLER_POOL : poolSize;
      figures.push(await fillWarmPool(contender, count, directory));
    }
  }
  return mapValues(runs, (figures) => {
    const median = (pick: (pool: WarmPool) => number): number =>
      summarize(figures.map(pick)).median;
    return {
      count: median((pool) => pool.count),
      elapsedNs: median((pool) => pool.elapsedNs),
      pssKilobytes: median((pool) => pool.pssKilobytes),
      availableKilobytes: median((pool) => pool.availableKilobytes),
    };
  });
}
