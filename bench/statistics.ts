/** What many runs of one measurement say. */

/** In the unit of the runs. */
export interface Spread {
  readonly median: number;
  readonly p5: number;
  readonly p95: number;
  readonly runs: number;
}

/** The median and the 5th and 95th percentile; throws for no runs. */
export function summarize(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: percentile(sorted, 50),
    p5: percentile(sorted, 5),
    p95: percentile(sorted, 95),
    runs: sorted.length,
  };
}

/** Between the two nearest of the sorted values, in proportion. */
function percentile(sorted: readonly number[], percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError("No runs to summarize");
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * How steeply the last part of a curve rises on logarithmic axes, above its first point: 1 is in
 * proportion, 2 quadratic. The part is what lies within a tenth of the greatest size. 0 where it
 * does not rise.
 */
export function slopeOf(points: readonly (readonly [size: number, cost: number])[]): number {
  const [, base = 0] = points[0] ?? [];
  const [most = 0] = points.at(-1) ?? [];
  const part = points
    .filter(([size, cost]) => size * 10 >= most && cost > base)
    .map(([size, cost]) => [Math.log(size), Math.log(cost - base)] as const);
  const mean = (pick: (point: readonly [number, number]) => number): number =>
    part.reduce((sum, point) => sum + pick(point), 0) / part.length;
  const meanSize = mean(([size]) => size);
  const meanCost = mean(([, cost]) => cost);
  let rise = 0;
  let run = 0;
  for (const [size, cost] of part) {
    rise += (size - meanSize) * (cost - meanCost);
    run += (size - meanSize) ** 2;
  }
  return run === 0 ? 0 : rise / run;
}
