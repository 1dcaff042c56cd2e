/** That the check against real readers notices what a reader does wrong. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Check, compare, shown, withSentinels } from "./check.ts";
import { TooSlow } from "./place.ts";
import { ALL, parseNulEnded, type Reader } from "./reader.ts";

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

describe("Check", () => {
  const items = ["a", "b", "c"].map((value, index) => ({ name: `V${index}`, value }));

  /** A reader that reads its probe, and of which `fail` decides what else happens. */
  function checkWith(fail: () => Error, seen: { readings: number }): Check {
    const reader: Reader = {
      name: "failing",
      claims: { strict: ALL },
      place: {
        name: "this machine",
        outside: (path) => path,
        makeDirectory: () => mkdtempSync(join(tmpdir(), "reading-")),
        removeDirectory: (path) => rmSync(path, { recursive: true }),
        run: () => Promise.reject(new Error("expected no command")),
      },
      version: () => Promise.resolve("1"),
      read: () => {
        seen.readings += 1;
        if (seen.readings > 1) return Promise.reject(fail());
        return Promise.resolve(readingOf([["PROBE", "probe"]]));
      },
    };
    const directory = mkdtempSync(join(tmpdir(), "produced-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    return new Check(reader, () => {
      const path = join(directory, ".env");
      writeFileSync(path, "");
      return path;
    });
  }

  it("finds each value whose reading fails", async () => {
    const seen = { readings: 0 };
    const faults = await checkWith(() => new Error("no"), seen).findFaults([items]);
    expect(faults.flatMap((fault) => fault.items)).toEqual(items);
  });

  it("does not ask one again who did not end in time", async () => {
    const seen = { readings: 0 };
    const check = checkWith(() => new TooSlow("did not end"), seen);
    await expect(check.findFaults([items])).rejects.toThrow(TooSlow);
    expect(seen.readings).toBe(2);
  });
});
