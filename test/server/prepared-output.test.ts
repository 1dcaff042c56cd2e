/** What outputs come to before a claim is spent, and what the receipt tells of them. */

import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DialectName, DIALECT_NAMES } from "../../src/dialects/dialect-names.ts";
import { DIALECTS } from "../../src/dialects/dialects.ts";
import type { VariableProblem } from "../../src/problems.ts";
import {
  describePrepared,
  type OutputTarget,
  type PreparedOutput,
  prepareOutputs,
} from "../../src/server/prepared-output.ts";
import { environmentOf, environments } from "../dialects/environments.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const hash = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
const hexOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function targetsOf(...dialects: readonly DialectName[]): readonly OutputTarget[] {
  return dialects.map((dialect, index) => ({ dialect, path: `/out/${index}` }));
}

type Pairs = readonly (readonly [name: string, value: string])[];

function prepare(targets: readonly OutputTarget[], pairs: Pairs): readonly PreparedOutput[] {
  const prepared = prepareOutputs(targets, environmentOf(pairs));
  if (!prepared.ok) throw new Error("expected every dialect to hold the environment");
  return prepared.value;
}

function problemsOf(targets: readonly OutputTarget[], pairs: Pairs): readonly VariableProblem[] {
  const prepared = prepareOutputs(targets, environmentOf(pairs));
  return prepared.ok ? [] : prepared.problem;
}

describe("prepareOutputs", () => {
  it("gives each target what its dialect writes, in the targets' order", () => {
    const pairs = [
      ["A", "1"],
      ["B", "two words"],
    ] as const;
    const [sh, files, json] = prepare(targetsOf("sh", "files", "json"), pairs);
    expect(sh).toEqual({
      target: { dialect: "sh", path: "/out/0" },
      content: { kind: "file", bytes: encode('A=1\nB="two words"\n') },
      uncommonNames: [],
    });
    expect(files?.content).toEqual({
      kind: "directory",
      files: [
        { name: "A", bytes: encode("1") },
        { name: "B", bytes: encode("two words") },
      ],
    });
    expect(json?.content).toMatchObject({ kind: "file" });
    expect(json?.target.path).toBe("/out/2");
  });

  it("gives an empty file or an empty directory for an environment without variables", () => {
    const [portable, files] = prepare(targetsOf("portable", "files"), []);
    expect(portable?.content).toEqual({ kind: "file", bytes: new Uint8Array(0) });
    expect(files?.content).toEqual({ kind: "directory", files: [] });
  });

  it("tells for each target which variables only some of its readers read", () => {
    const pairs = [
      ["A", "trailing "],
      ["B", "x"],
    ] as const;
    const outputs = prepare(targetsOf("envdir", "files"), pairs);
    expect(outputs.map(({ uncommonNames }) => uncommonNames)).toEqual([["A"], []]);
  });

  it("refuses all where one target's dialect cannot hold one variable, and names that dialect", () => {
    const pairs = [
      ["A", "1"],
      ["B", "two\nlines"],
    ] as const;
    const problems = problemsOf(targetsOf("json", "docker", "files"), pairs);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ name: "B", code: "not_representable" });
    expect(problems[0]?.reason).toContain("the docker dialect cannot hold");
    expect(problems[0]?.reason).toMatch(/; --format .*json can$/);
  });

  it("tells what every dialect cannot hold, not only the first one", () => {
    const pairs = [
      ["A", "two\nlines"],
      ["B", "$(id)"],
      ["C", "fine"],
    ] as const;
    const problems = problemsOf(targetsOf("docker", "expand"), pairs);
    expect(problems.map(({ name }) => name).toSorted()).toEqual(["A", "B"]);
    const reasons = problems.map(({ name, reason }) => `${name}: ${reason}`).join("\n");
    expect(reasons).toMatch(/A: .*docker dialect/);
    expect(reasons).toMatch(/B: .*expand dialect/);
    expect(reasons).not.toContain("two");
    expect(reasons).not.toContain("$(id)");
  });

  it("refuses exactly what one of its dialects refuses, whatever the environment", () => {
    const targets = fc.array(fc.constantFrom(...DIALECT_NAMES), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(targets, environments, (dialects, pairs) => {
        const prepared = prepareOutputs(targetsOf(...dialects), environmentOf(pairs));
        const each = dialects.map((name) => DIALECTS[name].format(environmentOf(pairs)));
        expect(prepared.ok).toBe(each.every(({ ok }) => ok));
        const refused = each.flatMap((one) => (one.ok ? [] : one.problem.map(({ name }) => name)));
        const told = prepared.ok ? [] : prepared.problem.map(({ name }) => name);
        expect(new Set(told)).toEqual(new Set(refused));
      }),
    );
  });
});

/** What is hashed of a directory: each name, NUL, length, NUL, bytes. */
function flatten(pairs: Pairs): Uint8Array {
  return Buffer.concat(
    pairs.flatMap(([name, value]) => [encode(`${name}\0${encode(value).length}\0`), encode(value)]),
  );
}

describe("describePrepared", () => {
  it("tells a file's length in bytes and the digest of its bytes", () => {
    const [output] = prepare(targetsOf("portable"), [["A", "ü😀"]]);
    const bytes = encode("A='ü😀'\n");
    expect(output && describePrepared(output, hash)).toEqual({
      file: "/out/0",
      dialect: "portable",
      length: bytes.length,
      sha256: hexOf(bytes),
      uncommonNames: [],
    });
  });

  it.each<[sentence: string, pairs: Pairs, length: number]>([
    ["no variable", [], 0],
    ["one variable", [["A", "1"]], 1],
    [
      "several, in the claim's order",
      [
        ["B", "ü"],
        ["A", ""],
      ],
      2,
    ],
  ])("tells a directory's length and digest with %s", (_sentence, pairs, length) => {
    const [output] = prepare(targetsOf("files"), pairs);
    expect(output && describePrepared(output, hash)).toMatchObject({
      length,
      sha256: hexOf(flatten(pairs)),
    });
  });

  it("gives no two directories one digest", () => {
    fc.assert(
      fc.property(environments, environments, (left, right) => {
        const [one, other] = [left, right].map((pairs) => prepare(targetsOf("files"), pairs)[0]);
        const digests = [one, other].map((output) => output && describePrepared(output, hash));
        const isSame = JSON.stringify(left) === JSON.stringify(right);
        expect(digests[0]?.sha256 === digests[1]?.sha256).toBe(isSame);
      }),
    );
  });

  it.each<[sentence: string, left: Pairs, right: Pairs]>([
    [
      "the border between two values",
      [
        ["A", "12"],
        ["B", "3"],
      ],
      [
        ["A", "1"],
        ["B", "23"],
      ],
    ],
    [
      "a value that looks like the next file",
      [["A", "1B12"]],
      [
        ["A", "1"],
        ["B", "2"],
      ],
    ],
    [
      "the order",
      [
        ["A", "1"],
        ["B", "1"],
      ],
      [
        ["B", "1"],
        ["A", "1"],
      ],
    ],
  ])("tells directories apart by %s", (_sentence, left, right) => {
    const digests = [left, right].map((pairs) => {
      const [output] = prepare(targetsOf("files"), pairs);
      return output && describePrepared(output, hash).sha256;
    });
    expect(digests[0]).not.toBe(digests[1]);
  });
});
