/** The curves of growth as a chart: time beside memory, each with a line in proportion to the input. */

import type { Curve } from "./growth.ts";
import { formatNumber } from "./rows.ts";
import { formatGroup, formatSvg, formatText, OTHERS, OURS, round } from "./svg.ts";

const PANEL_WIDTH = 440;
const PANEL_HEIGHT = 170;
const PLOT_LEFT = 60;
const PLOT_TOP = 34;
const PLOT_WIDTH = PANEL_WIDTH - PLOT_LEFT - 60;
const PLOT_HEIGHT = PANEL_HEIGHT - PLOT_TOP - 36;
const NOTE_HEIGHT = 22;

type Point = readonly [size: number, cost: number];

/** The SVG's text, the same for the same curves. */
export function formatGrowthChart(curves: readonly Curve[]): string {
  const panels = curves.flatMap(({ title, points }, index) => {
    const top = index * PANEL_HEIGHT;
    const times = points.map(({ size, processorNs }): Point => [size, processorNs / 1e6]);
    const memory = points.map(({ size, kilobytes }): Point => [size, kilobytes / 1024]);
    return [
      formatGroup(0, top, formatPanel(`${title}: time, ms`, times)),
      formatGroup(PANEL_WIDTH, top, formatPanel(`${title}: memory, MB`, memory)),
    ];
  });
  const height = curves.length * PANEL_HEIGHT + NOTE_HEIGHT;
  const note = "Logarithmic scales. Grey: in proportion to the input, through the greatest.";
  return formatSvg(
    "How the cost of startup-server grows with its input",
    [2 * PANEL_WIDTH, height],
    [...panels, formatText(note, [10, height - 6], { "font-size": 11 })],
  );
}

function formatPanel(title: string, points: readonly Point[]): readonly string[] {
  const sizes = points.map(([size]) => size);
  const costs = points.map(([, cost]) => cost);
  const placeX = scale(sizes, PLOT_LEFT, PLOT_LEFT + PLOT_WIDTH);
  const placeY = scale(costs, PLOT_TOP + PLOT_HEIGHT, PLOT_TOP);
  const places = points.map(([size, cost]) => `${placeX(size)},${placeY(cost)}`);
  const [least = 1, most = 1] = [Math.min(...costs), Math.max(...costs)];
  const greatest = Math.max(...sizes);
  const smallest = Math.min(...sizes);
  // Down to the least cost: further down, the line would leave the panel.
  const from = Math.max(smallest, (greatest * least) / most);
  const proportional = [from, greatest].map((size) => {
    return `${placeX(size)},${placeY((most * size) / greatest)}`;
  });
  const bottom = PLOT_TOP + PLOT_HEIGHT + 18;
  return [
    formatText(title, [10, 20], { "font-weight": 600 }),
    `<polyline points="${proportional.join(" ")}" fill="none" stroke="${OTHERS}" stroke-opacity="0.6" stroke-dasharray="4 4"/>`,
    `<polyline points="${places.join(" ")}" fill="none" stroke="${OURS}" stroke-width="2"/>`,
    ...points.map(([size, cost]) => {
      return `<circle cx="${placeX(size)}" cy="${placeY(cost)}" r="3" fill="${OURS}"/>`;
    }),
    formatText(formatNumber(smallest), [PLOT_LEFT, bottom], { "text-anchor": "middle" }),
    formatText(formatNumber(greatest), [placeX(greatest), bottom], { "text-anchor": "middle" }),
    formatText(formatNumber(costs[0] ?? 0), [PLOT_LEFT - 10, placeY(costs[0] ?? 0) + 4], {
      "text-anchor": "end",
    }),
    formatText(formatNumber(most), [placeX(greatest) + 10, placeY(most) + 4]),
  ];
}

/** Logarithmic, from the least of the values to the greatest; at least to twice the least. */
function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const least = Math.min(...values);
  const span = Math.log(Math.max(2, Math.max(...values) / least));
  return (value) => round(from + (Math.log(value / least) / span) * (to - from));
}
