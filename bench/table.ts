/** The figures as a table for people, with ratios to Go and to the floor. */

import type { ContenderName } from "./contenders.ts";
import { formatMachine } from "./machine.ts";
import type { Figures, Results } from "./results.ts";
import { formatNumber, type Row, ROWS } from "./rows.ts";

/** Markdown: a line a figure, a column a contender; then the machine, and who is absent. */
export function formatTable(results: Results): string {
  const { measured, absent, machine } = results;
  const ratios = RATIOS.filter(([name]) => figuresOf(results, name) !== undefined);
  const head = ["", ...measured.map(({ label }) => label), ...ratios.map(([, label]) => label)];
  const lines = ROWS.map((row) =>
    [row.label].concat(
      measured.map(({ figures }) => formatCell(row, figures)),
      ratios.map(([name]) => formatRatio(row, results, name)),
    ),
  );
  const table = [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...lines];
  const notes = absent.map(({ name, reason }) => `Not measured: ${name} (${reason}).`);
  return [
    ...table.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    ...notes,
    `Measured on ${formatMachine(machine)}.`,
  ].join("\n");
}

const RATIOS: readonly (readonly [name: ContenderName, label: string])[] = [
  ["go", "ours : Go"],
  ["c", "ours : C"],
];

function figuresOf({ measured }: Results, name: ContenderName): Figures | undefined {
  return measured.find((contender) => contender.name === name)?.figures;
}

function formatCell(row: Row, figures: Figures): string {
  const note = row.note(figures);
  return `${formatNumber(row.of(figures))}${note === "" ? "" : ` (${note})`}`;
}

/** Ours divided by theirs. */
export function ratioTo(name: ContenderName, row: Row, results: Results): number | undefined {
  const ours = figuresOf(results, "startup-server");
  const theirs = figuresOf(results, name);
  if (ours === undefined || theirs === undefined) return undefined;
  return row.of(theirs) === 0 ? undefined : row.of(ours) / row.of(theirs);
}

function formatRatio(row: Row, results: Results, name: ContenderName): string {
  const ratio = ratioTo(name, row, results);
  return ratio === undefined ? "" : formatNumber(ratio);
}
