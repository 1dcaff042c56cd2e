/** That the check against real readers notices what a reader does wrong. */

import { describe, expect, it } from "vitest";
import { compare, shown, withSentinels } from "./check.ts";
import { parseNulEnded } from "./reader.ts";

const WRITTEN = withSentinels([{ name: "V0", value: "a\nb" }]);
const EXACT: readonly (readonly [string, string])[] = [
  ["HOME", "/reading"],
  ["S0", "sentinel-0"],
  ["V0", "a\nb"],
  ["S1", "sentinel-1"],
];
const AMBIENT = readingOf([["HOME", "/reading"]]);

function readingOf(entries: readonly (readonly [string, string])[]): ReadonlyMap<string, Buffer> {
  return new Map(entries.map(([name, value]) => [name, Buffer.from(value)]));
}

describe("compare", () => {
  it("is content with exactly what was written, beside what was there before", () => {
    expect(compare(readingOf(EXACT), WRITTEN, AMBIENT, {})).toBeUndefined();
  });

  it.each([
    ["a value that was cut", ["V0", "a"], /^V0: expected "a\\nb", got "a"/],
    ["a neighbour that was changed", ["S1", ""], /^S1: /],
    ["a variable that nobody wrote", ["INJECTED", "1"], /^expected no variable "INJECTED"/],
    ["another variable that was changed", ["HOME", "/"], /^expected HOME unchanged/],
  ] as const)("notices %s", (_, entry, sentence) => {
    expect(compare(readingOf([...EXACT, entry]), WRITTEN, AMBIENT, {})).toMatch(sentence);
  });

  it.each(["V0", "S0", "S1", "HOME"])("notices that %s is gone", (gone) => {
    const rest = EXACT.filter(([name]) => name !== gone);
    expect(compare(readingOf(rest), WRITTEN, AMBIENT, {})).toContain(gone);
  });

  it("lets a reader set what it sets differently each time", () => {
    const reading = readingOf([...EXACT, ["_", "1"]]);
    expect(compare(reading, WRITTEN, AMBIENT, {})).toBeDefined();
    expect(compare(reading, WRITTEN, AMBIENT, { volatileNames: ["_"] })).toBeUndefined();
  });
});

describe("parseNulEnded", () => {
  it("splits at the first equals sign and keeps line breaks", () => {
    const reading = parseNulEnded(Buffer.from("A=b=c\nd\0E=\0"));
    expect([...reading].map(([name, value]) => [name, value.toString()])).toEqual([
      ["A", "b=c\nd"],
      ["E", ""],
    ]);
  });

  it.each([
    ["an unended rest", "A=b\0C=d", /a rest/],
    ["a name that comes twice", "A=b\0A=c\0", /A twice/],
  ])("refuses %s", (_, text, sentence) => {
    expect(() => parseNulEnded(Buffer.from(text))).toThrow(sentence);
  });
});

describe("shown", () => {
  it("escapes what a terminal would not show", () => {
    expect(shown("\u2028\u001b")).toBe('"\\u2028\\u001b"');
  });

  it("says how long a value is that it cuts", () => {
    expect(shown("x".repeat(100_000))).toMatch(/^"x+\.\.\." \(100000 long\)$/);
  });
});
