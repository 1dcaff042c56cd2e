/** The lines of the table, each with how a contender's figure is found and shown. */

import {
  CLAIM_SIZES,
  type ClaimFigures,
  CONNECTION_COUNTS,
  type Figures,
  type HealthFigures,
} from "./results.ts";
import type { Spread } from "./statistics.ts";

export interface Row {
  readonly label: string;
  /** In the label's unit; what the ratios are of. */
  of(figures: Figures): number;
  /** What stands in parentheses behind it. */
  note(figures: Figures): string;
}

const NS_PER_MS = 1e6;
const KB_PER_MB = 1024;

export const SIZE = row("file, MB", ({ sizeBytes }) => sizeBytes / 1e6);
export const START = row(
  "start to first answered health check, ms (5th to 95th percentile)",
  ({ startNs }) => startNs.median / NS_PER_MS,
  ({ startNs }) => formatRange(startNs),
);
export const RESIDENT = row("idle: resident, MB", ({ memory }) => memory.rssKilobytes / KB_PER_MB);
const PRIVATE = row(
  "idle: private, MB (of it dirty)",
  ({ memory }) => (memory.privateDirtyKilobytes + memory.privateCleanKilobytes) / KB_PER_MB,
  ({ memory }) => formatNumber(memory.privateDirtyKilobytes / KB_PER_MB),
);
export const WAKE_UPS = row("idle: wake-ups in 10 s", ({ wakeUps }) => wakeUps);
export const CLAIMS = CLAIM_SIZES.flatMap((size) => [
  row(
    `claim of ${formatCount(size)} variables to durable answer, ms`,
    (figures) => claimOf(figures, size).answeredNs.median / NS_PER_MS,
  ),
  row(
    `claim of ${formatCount(size)} variables to exit, ms`,
    (figures) => claimOf(figures, size).exitedNs.median / NS_PER_MS,
  ),
]);
export const HEALTH = CONNECTION_COUNTS.map((count) =>
  row(
    `health checks a second, ${count} ${count === 1 ? "connection" : "connections"} (µs: half, 99 %)`,
    (figures) => healthOf(figures, count).perSecond,
    (figures) => {
      const { p50Us, p99Us } = healthOf(figures, count);
      return `${formatNumber(p50Us)}, ${formatNumber(p99Us)}`;
    },
  ),
);
const PROCESSOR = CONNECTION_COUNTS.map((count) =>
  row(
    `a health check's processor time, ${count} ${count === 1 ? "connection" : "connections"}, µs`,
    (figures) => healthOf(figures, count).processorUs,
  ),
);
export const POOL_TIME = row(
  "1,000 waiting: until all have answered, s",
  ({ warmPool }) => ((warmPool.elapsedNs / warmPool.count) * 1000) / 1e9,
  noteOfPool,
);
export const POOL_MEMORY = row(
  "1,000 waiting: memory, sum of shares (Pss), MB",
  ({ warmPool }) => ((warmPool.pssKilobytes / warmPool.count) * 1000) / KB_PER_MB,
  noteOfPool,
);
const POOL_AVAILABLE = row(
  "1,000 waiting: less available on the machine, MB",
  ({ warmPool }) => ((warmPool.availableKilobytes / warmPool.count) * 1000) / KB_PER_MB,
  noteOfPool,
);

export const ROWS: readonly Row[] = [
  SIZE,
  START,
  RESIDENT,
  PRIVATE,
  WAKE_UPS,
  ...CLAIMS,
  ...HEALTH,
  ...PROCESSOR,
  POOL_TIME,
  POOL_MEMORY,
  POOL_AVAILABLE,
];

function row(
  label: string,
  of: (figures: Figures) => number,
  note: (figures: Figures) => string = () => "",
): Row {
  return { label, of, note };
}

/** Where fewer were started, since more do not fit: how many. */
function noteOfPool({ warmPool }: Figures): string {
  return warmPool.count === 1000 ? "" : `from ${formatCount(warmPool.count)}`;
}

function formatRange({ p5, p95 }: Spread): string {
  return `${formatNumber(p5 / NS_PER_MS)} to ${formatNumber(p95 / NS_PER_MS)}`;
}

function claimOf({ claims }: Figures, variables: number): ClaimFigures {
  const found = claims.find((claim) => claim.variables === variables);
  if (found === undefined) throw new Error(`No claim of ${variables} variables was measured`);
  return found;
}

function healthOf({ health }: Figures, connections: number): HealthFigures {
  const found = health.find((load) => load.connections === connections);
  if (found === undefined) throw new Error(`No load of ${connections} connections was measured`);
  return found;
}

/** Two digits that count; three, and whole, from a hundred on. What is whole shows no fraction. */
export function formatNumber(number: number): string {
  if (Math.abs(number) >= 100) return formatCount(Number(number.toPrecision(3)));
  if (Number.isInteger(number)) return String(number);
  return number.toFixed(Math.abs(number) >= 10 ? 0 : Math.abs(number) >= 1 ? 1 : 2);
}

function formatCount(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 0 });
}
