/** How the native host's processor time and memory grow with what it is given. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import {
  formatFormClaim,
  formatJsonClaim,
  formatQueryClaim,
  makeVariables,
  writeClaim,
} from "./claims.ts";
import type { Contender } from "./contenders.ts";
import { HEALTH_CHECK } from "./dialogue.ts";
import { launch } from "./launching.ts";
import { formatMachine, type Machine } from "./machine.ts";
import { readMemory, readProcessorNs } from "./proc.ts";
import { formatNumber } from "./rows.ts";
import { RunningServer } from "./running-server.ts";
import { slopeOf, summarize } from "./statistics.ts";

/** What one size costs; medians. */
export interface GrowthPoint {
  readonly size: number;
  readonly processorNs: number;
  /** The most memory that the process had at a time, or has with all connections open. */
  readonly kilobytes: number;
}

export interface Curve {
  readonly title: string;
  readonly points: readonly GrowthPoint[];
  /** On logarithmic axes, of what a size costs above the smallest: 1 is in proportion, 2 quadratic. */
  readonly timeSlope: number;
  readonly memorySlope: number;
}

/** The curves, as bench/growth.json holds them. */
export interface Growth {
  readonly machine: Machine;
  readonly curves: readonly Curve[];
}

type Cost = Omit<GrowthPoint, "size">;

interface Axis {
  readonly title: string;
  readonly sizes: readonly number[];
  measure(ours: Contender, size: number, directory: string): Cost | Promise<Cost>;
}

const VARIABLES = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];
const VALUE_BYTES = [1, 10, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
const READS = [1, 3, 10, 30, 100, 300, 1_000];
const CONNECTIONS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

const AXES: readonly Axis[] = [
  claimAxis("variables in JSON", VARIABLES, (size) => formatJsonClaim(makeVariables(size))),
  claimAxis("variables in a form", VARIABLES, (size) => formatFormClaim(makeVariables(size))),
  claimAxis("variables in a query", VARIABLES, (size) => formatQueryClaim(makeVariables(size))),
  claimAxis("bytes of a value", VALUE_BYTES, (size) => formatJsonClaim(makeVariables(1, size))),
  {
    title: "reads that 100 KB come in",
    sizes: READS,
    measure: (ours, size, directory) =>
      measureClaim(ours, formatJsonClaim(makeVariables(1_000, 80)), directory, size),
  },
  { title: "connections, each with a health check", sizes: CONNECTIONS, measure: openConnections },
];

function claimAxis(
  title: string,
  sizes: readonly number[],
  format: (size: number) => string,
): Axis {
  return {
    title,
    sizes,
    measure: (ours, size, directory) => measureClaim(ours, format(size), directory, 1),
  };
}

function measureClaim(ours: Contender, claim: string, directory: string, pieces: number): Cost {
  const request = writeClaim(join(directory, "growing-claim"), claim);
  const file = join(directory, "growing.env");
  const life = launch(ours, { file, request, pieces, looksAtMemory: true });
  return { processorNs: life.processorNs, kilobytes: life.peakKilobytes };
}

async function openConnections(ours: Contender, size: number, directory: string): Promise<Cost> {
  const roomy: Contender = {
    ...ours,
    command: (port, file) => [...ours.command(port, file), "--max-connections", "1000"],
  };
  const server = await RunningServer.start(roomy, directory);
  const sockets: Socket[] = [];
  try {
    const before = readProcessorNs(server.pid);
    for (let count = 0; count < size; count += 1) {
      const socket = connect({ port: server.port, host: "127.0.0.1", noDelay: true });
      sockets.push(socket);
      socket.write(HEALTH_CHECK);
      await once(socket, "data");
    }
    const processorNs = readProcessorNs(server.pid) - before;
    return { processorNs, kilobytes: readMemory(server.pid).rssKilobytes };
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.stop();
  }
}

/** How much is measured: each `step`th size, the median of so many runs. */
export interface GrowthEffort {
  readonly runs: number;
  readonly step: number;
}

export const FULL_GROWTH: GrowthEffort = { runs: 15, step: 1 };

/** Tells whether everything works. */
export const QUICK_GROWTH: GrowthEffort = { runs: 1, step: 4 };

/** Every curve, from small to great. */
export async function measureGrowth(
  ours: Contender,
  { runs, step }: GrowthEffort,
  directory: string,
  tell: (text: string) => void,
): Promise<readonly Curve[]> {
  const curves: Curve[] = [];
  for (const axis of AXES) {
    tell(axis.title);
    const points: GrowthPoint[] = [];
    for (const size of axis.sizes.filter((_, index) => index % step === 0)) {
      const costs: Cost[] = [];
      for (let run = 0; run < runs; run += 1) costs.push(await axis.measure(ours, size, directory));
      points.push({
        size,
        processorNs: summarize(costs.map(({ processorNs }) => processorNs)).median,
        kilobytes: summarize(costs.map(({ kilobytes }) => kilobytes)).median,
      });
    }
    curves.push(describeCurve(axis.title, points));
  }
  return curves;
}

function describeCurve(title: string, points: readonly GrowthPoint[]): Curve {
  return {
    title,
    points,
    timeSlope: slopeOf(points.map(({ size, processorNs }) => [size, processorNs])),
    memorySlope: slopeOf(points.map(({ size, kilobytes }) => [size, kilobytes])),
  };
}

/** Chance bends a curve by as much; a quadratic path bends it to 2. */
const MOST_SLOPE = 1.25;

/** A sentence for each figure that grows faster than its input. */
export function findFasterGrowth(curves: readonly Curve[]): readonly string[] {
  return curves.flatMap(({ title, timeSlope, memorySlope }) => [
    ...(timeSlope > MOST_SLOPE ? [`${title}: time grows with the power ${timeSlope}`] : []),
    ...(memorySlope > MOST_SLOPE ? [`${title}: memory grows with the power ${memorySlope}`] : []),
  ]);
}

/** Markdown: a line a curve, with its ends and how steeply it rises. */
export function formatGrowthTable({ machine, curves }: Growth): string {
  const lines = curves.map(({ title, points, timeSlope, memorySlope }) => {
    const [first, last] = [points[0], points.at(-1)];
    const cells = [
      title,
      formatEnds(first?.size, last?.size),
      formatEnds((first?.processorNs ?? 0) / 1e6, (last?.processorNs ?? 0) / 1e6),
      timeSlope.toFixed(2),
      formatEnds((first?.kilobytes ?? 0) / 1024, (last?.kilobytes ?? 0) / 1024),
      memorySlope.toFixed(2),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| input | from, to | processor time, ms | power | memory, MB | power |",
    "| --- | --- | --- | ---: | --- | ---: |",
    ...lines,
    "",
    `Measured on ${formatMachine(machine)}.`,
  ].join("\n");
}

function formatEnds(first = 0, last = 0): string {
  return `${formatNumber(first)}, ${formatNumber(last)}`;
}
