/** The comparison as a chart: a panel a figure, a dot a contender, on a logarithmic scale. */

import type { ContenderName } from "./contenders.ts";
import type { Results } from "./results.ts";
import {
  formatNumber,
  HEALTH,
  POOL_MEMORY,
  POOL_TIME,
  RESIDENT,
  type Row,
  SIZE,
  START,
} from "./rows.ts";
import { formatGroup, formatSvg, formatText, OTHERS, OURS, round } from "./svg.ts";

const NAMES: Readonly<Record<ContenderName, string>> = {
  "startup-server": "startup-server",
  c: "bare C",
  go: "Go net/http",
  node: "Node",
  bun: "Bun compiled",
  fastapi: "FastAPI",
};

const PANELS: readonly (readonly [title: string, row: Row | undefined])[] = [
  ["Start to first answer, ms", START],
  ["Idle memory (resident), MB", RESIDENT],
  ["File, MB", SIZE],
  ["Health checks a second, 32 connections", HEALTH[1]],
  ["1,000 waiting: until all have answered, s", POOL_TIME],
  ["1,000 waiting: memory, MB", POOL_MEMORY],
];

const COLUMNS = 2;
const PANEL_WIDTH = 440;
const LINE = 22;
const TITLE = 34;
const GAP = 20;
const LABEL_WIDTH = 110;
const FIGURE_WIDTH = 62;
const PLOT_LEFT = LABEL_WIDTH + 10;
const PLOT_WIDTH = PANEL_WIDTH - PLOT_LEFT - FIGURE_WIDTH - 10;

/** The SVG's text, the same for the same results. */
export function formatChart(results: Results): string {
  const panelHeight = TITLE + results.measured.length * LINE + GAP;
  const height = Math.ceil(PANELS.length / COLUMNS) * panelHeight + LINE;
  const panels = PANELS.map(([title, row], index) => {
    const left = (index % COLUMNS) * PANEL_WIDTH;
    const top = Math.floor(index / COLUMNS) * panelHeight;
    return formatGroup(left, top, row === undefined ? [] : formatPanel(title, row, results));
  });
  const note = "Logarithmic scales. Medians of one run, side by side on one machine.";
  return formatSvg(
    "startup-server beside bare C, Go, Node, Bun and FastAPI",
    [COLUMNS * PANEL_WIDTH, height],
    [...panels, formatText(note, [10, height - 6], { "font-size": 11 })],
  );
}

function formatPanel(title: string, row: Row, { measured }: Results): readonly string[] {
  const figures = measured.map((contender) => row.of(contender.figures));
  const least = Math.min(...figures);
  const span = Math.log(Math.max(...figures) / least);
  const lines = measured.flatMap(({ name }, index) => {
    const figure = figures[index] ?? least;
    const x = PLOT_LEFT + (span === 0 ? 0 : Math.log(figure / least) / span) * PLOT_WIDTH;
    return formatLine(name, figure, [round(x), TITLE + index * LINE + LINE / 2]);
  });
  return [formatText(title, [10, 20], { "font-weight": 600 }), ...lines];
}

function formatLine(
  name: ContenderName,
  figure: number,
  [x, y]: readonly [number, number],
): readonly string[] {
  const isOurs = name === "startup-server";
  const color = isOurs ? OURS : OTHERS;
  const style: Readonly<Record<string, string | number>> = isOurs
    ? { "font-weight": 600, fill: OURS }
    : {};
  return [
    formatText(NAMES[name], [LABEL_WIDTH, y + 4], { "text-anchor": "end", ...style }),
    `<line x1="${PLOT_LEFT}" y1="${y}" x2="${x}" y2="${y}" stroke="${color}" stroke-opacity="0.35" stroke-width="2"/>`,
    `<circle cx="${x}" cy="${y}" r="5" fill="${color}"/>`,
    formatText(formatNumber(figure), [x + 10, y + 4], style),
  ];
}
