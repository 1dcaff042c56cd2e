/** Tables of values: what a dialect writes for each, byte for byte, or why it refuses. */

import { describe, expect, it } from "vitest";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { environmentOf } from "./environments.ts";
import type { Pairs } from "./readers/cursor.ts";

/** Sentence, value, and what is written for a variable A of that value. */
export type Row = readonly [sentence: string, value: string, written: string];
/** Sentence, value, and the reason without its end, which is the same for all. */
export type Refusal = readonly [sentence: string, value: string, reason: string];

/** What is written for each value; `uncommon` are the sentences of those that are reported so. */
export function itWrites(
  dialect: Dialect,
  rows: readonly Row[],
  uncommon: readonly Row[] = [],
): void {
  describe("writes", () => {
    const all = [
      ...rows.map((row) => [...row, []] as const),
      ...uncommon.map((row) => [...row, ["A"]] as const),
    ];
    it.each(all)("%s", (_, value, written, uncommonNames) => {
      expect(format(dialect, [["A", value]])).toEqual({ written, uncommonNames });
    });
  });
}

export function itRefuses(dialect: Dialect, rows: readonly Refusal[]): void {
  describe("refuses", () => {
    it.each(rows)("%s", (_, value, reason) => {
      expect(format(dialect, [["A", value]])).toEqual(refusalOf("A", reason, dialect));
    });
  });
}

export function itRefusesNames(dialect: Dialect, rows: readonly Refusal[]): void {
  describe("refuses a name", () => {
    it.each(rows)("%s", (_, name, reason) => {
      expect(format(dialect, [[name, "1"]])).toEqual(refusalOf(name, reason, dialect));
    });
  });
}

function refusalOf(name: string, reason: string, { name: dialectName }: Dialect): unknown {
  return [
    {
      name,
      code: "not_representable",
      reason: `${reason}, which the ${dialectName} dialect cannot hold`,
    },
  ];
}

/** The text, or name and text of each file, with the uncommon names; or the problems. */
export function format(dialect: Dialect, pairs: Pairs): unknown {
  const formatted = dialect.format(environmentOf(pairs));
  if (!formatted.ok) return formatted.problem;
  const { value } = formatted;
  const written =
    value.kind === "file"
      ? value.text
      : value.files.map(({ name, text }) => `${name}: ${text}`).join("|");
  return { written, uncommonNames: value.uncommonNames };
}
