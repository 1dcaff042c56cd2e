/** What holds for every dialect, whatever the values: nothing is lost, nothing gets out. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../../src/bytes/primitives.ts";
import { DIALECTS } from "../../src/dialects/dialects.ts";
import { environmentOf, environments, EVERY_DIALECT, read, values, write } from "./environments.ts";
import { readJs } from "./readers/js.ts";
import { readShell } from "./readers/sh.ts";

const RUNS = { numRuns: 2000 };

describe.each(EVERY_DIALECT.map((dialect) => [dialect.name, dialect] as const))(
  "%s",
  (name, dialect) => {
    it("is read as the environment that was written", () => {
      let accepted = 0;
      fc.assert(
        fc.property(environments, (pairs) => {
          const formatted = write(dialect, pairs);
          if (formatted === undefined) return;
          accepted += pairs.length > 0 ? 1 : 0;
          expect(read(name, formatted)).toEqual(pairs);
        }),
        RUNS,
      );
      expect(accepted).toBeGreaterThan(RUNS.numRuns / 50);
    });

    it("never writes two environments alike", () => {
      fc.assert(
        fc.property(environments, environments, fc.nat(), (left, right, cut) => {
          const mixed = [...left.slice(0, cut % 4), ...right].filter(
            ([own], index, all) => all.findIndex(([other]) => other === own) === index,
          );
          const one = write(dialect, left);
          const other = write(dialect, mixed);
          if (one === undefined || other === undefined) return;
          expect(bytesOf(one) === bytesOf(other)).toBe(
            JSON.stringify(left) === JSON.stringify(mixed),
          );
        }),
        RUNS,
      );
    });

    it("lets no value add, remove or change another variable", () => {
      fc.assert(
        fc.property(values, values, values, (before, hostile, after) => {
          const neighbours = write(dialect, [
            ["A", before],
            ["C", after],
          ]);
          const all = write(dialect, [
            ["A", before],
            ["B", hostile],
            ["C", after],
          ]);
          if (neighbours === undefined || all === undefined) return;
          expect(read(name, all).filter(([own]) => own !== "B")).toEqual(read(name, neighbours));
        }),
        RUNS,
      );
    });

    it("refuses by name and reason, without a value, exactly the variables that it cannot hold", () => {
      fc.assert(
        fc.property(environments, (pairs) => {
          const formatted = dialect.format(environmentOf(pairs));
          const refused = pairs.filter((pair) => write(dialect, [pair]) === undefined);
          const problems = formatted.ok ? [] : formatted.problem;
          expect(problems.map((problem) => problem.name)).toEqual(refused.map(([own]) => own));
          for (const problem of problems) {
            expect(problem.code).toBe("not_representable");
            expect(problem.reason).toMatch(/^\w.*, which the \w+ dialect cannot hold$/);
          }
        }),
        { numRuns: 300 },
      );
    });

    it("writes well-formed text that ends where its last variable ends", () => {
      const formatted = write(dialect, [["KEY1", "value1"]]);
      expect(formatted).toBeDefined();
      if (formatted?.kind === "file")
        expect(formatted.text.at(-1)).toBe(name === "null" ? "\0" : "\n");
      expect(bytesOf(write(dialect, [["A", "é😀\u00a0"]]))).toContain("é😀");
    });
  },
);

describe("the portable dialect", () => {
  it("means the same to a POSIX shell and to dotenv", () => {
    fc.assert(
      fc.property(environments, (pairs) => {
        const shellPairs = pairs.filter(([name]) => !/[.-]/.test(name));
        const formatted = write(DIALECTS.portable, shellPairs);
        if (formatted?.kind !== "file") return;
        expect(readShell(formatted.text)).toEqual(shellPairs);
        expect(readJs(formatted.text)).toEqual(shellPairs);
      }),
      RUNS,
    );
  });

  it("reports as uncommon exactly what the strict dialect refuses", () => {
    fc.assert(
      fc.property(environments, (pairs) => {
        const formatted = write(DIALECTS.portable, pairs);
        if (formatted === undefined) return;
        const strictRefuses = pairs.filter((pair) => write(DIALECTS.strict, [pair]) === undefined);
        expect(formatted.uncommonNames).toEqual(strictRefuses.map(([name]) => name));
      }),
      RUNS,
    );
  });
});

/** Everything that is written, as one text that can be compared. */
function bytesOf(formatted: ReturnType<typeof write>): string {
  if (formatted === undefined) return "";
  const text = formatted.kind === "file" ? formatted.text : JSON.stringify(formatted.files);
  expect(Buffer.from(encodeUtf8(text)).toString("utf8")).toBe(text);
  return text;
}
