/** The reader x dialect table, as Markdown, and its place in README. */

import { readFileSync, writeFileSync } from "node:fs";
import {
  ALL,
  COMMON,
  COMMON_FEW_DOLLARS,
  type Extent,
  NO_NONCHARACTERS,
  YAML_TEXT,
} from "./reader.ts";
import type { Sorted } from "./items.ts";

export interface Cell {
  /** How many values were asked. */
  readonly exact: number;
  readonly wrong: number;
  readonly extent: Extent;
}

export interface Row {
  readonly name: string;
  readonly version: string;
  readonly cells: ReadonlyMap<string, Cell>;
}

const MARKS: ReadonlyMap<Extent, string> = new Map([
  [ALL, ""],
  [COMMON, " ¹"],
  [NO_NONCHARACTERS, " ²"],
  [YAML_TEXT, " ³"],
  [COMMON_FEW_DOLLARS, " ⁴"],
]);

export function formatTable(rows: readonly Row[], dialects: readonly Sorted[]): string {
  const names = dialects.map(({ dialect }) => dialect.name);
  const total = dialects.map(({ held, refused }) => held.length + refused.length)[0] ?? 0;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(["reader", ...names.map((name) => `\`${name}\``)]),
    line(["---", ...names.map(() => "---")]),
    line(["**written**", ...dialects.map(({ held }) => `**${held.length}**`)]),
    ...merge(rows)
      .filter(({ cells }) => cells.size > 0)
      .map((row) => line([labelOf(row), ...names.map((name) => cellOf(row.cells.get(name)))])),
    "",
    `A number counts values that came back byte for byte, of ${total} hostile and generated ones. The first line`,
    "counts those that the dialect writes; the rest it refuses by name, before anything is spent. An empty cell:",
    "the dialect makes no promise to that reader.",
    "",
    `- ¹ ${COMMON.leavesOut} are not asked: the log and the receipt name them.`,
    `- ² ${NO_NONCHARACTERS.leavesOut} are not asked: the reader drops them.`,
    `- ³ ${YAML_TEXT.leavesOut} are not asked: the YAML between cannot hold them.`,
    `- ⁴ ${COMMON_FEW_DOLLARS.leavesOut} are not asked: the time to read them grows with the square of the number.`,
    ...names
      .filter((name) => !rows.some(({ cells }) => cells.has(name)))
      .map(
        (name) =>
          `- No reader of \`${name}\` can be installed: its grammar is held by tests alone.`,
      ),
  ].join("\n");
}

/** "dotenv 16" of version 16.6.1 is "dotenv 16.6.1". */
function labelOf({ name, version }: Row): string {
  const plain = version.replaceAll(/\+(?:dfsg|ds)\d*/g, "");
  const at = name.lastIndexOf(" ");
  const isMajor = at !== -1 && plain.startsWith(`${name.slice(at + 1)}.`);
  return `${isMajor ? name.slice(0, at) : name} ${plain}`;
}

function cellOf(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  const { exact, wrong, extent } = cell;
  return `${wrong > 0 ? `${exact - wrong} of ` : ""}${exact}${MARKS.get(extent) ?? ""}`;
}

/** Versions of a reader that read alike share a line. */
function merge(rows: readonly Row[]): readonly Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const cells = [...row.cells].map(([name, cell]) => `${name} ${cellOf(cell)}`).join(",");
    const key = `${row.name}: ${cells}`;
    const earlier = merged.get(key);
    const versions = new Set([...(earlier?.version.split(", ") ?? []), row.version]);
    merged.set(key, { ...row, version: [...versions].join(", ") });
  }
  return [...merged.values()];
}

const BEGIN = "<!-- readers:begin -->";
const END = "<!-- readers:end -->";

/** Replaces what stands between the markers. */
export function writeTable(path: string, table: string): void {
  const text = readFileSync(path, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error(`${path}: expected ${BEGIN} and ${END}, got none`);
  writeFileSync(path, `${text.slice(0, begin)}${BEGIN}\n\n${table}\n\n${text.slice(end)}`);
}
