import { describe, expect, it } from "vitest";
import {
  type Entry,
  MAX_VARIABLE_BYTES,
  parseEnvironment,
  type Policy,
} from "../../src/claim/environment.ts";
import { DANGEROUS_NAMES } from "../../src/claim/dangerous-names.ts";
import { Secret } from "../../src/claim/variable.ts";

const POLICY: Policy = { names: "posix", allow: [], deny: [], require: [] };

const text = (name: string, value: string): Entry => ({ name, kind: "text", text: value });

function parsed(...entries: Entry[]): unknown {
  const result = parseEnvironment(entries, POLICY);
  if (!result.ok) return result.problem.map(({ name, code }) => `${name}: ${code}`);
  return result.value.map(({ name, value }) => [name, value.reveal()]);
}

describe("parseEnvironment", () => {
  it.each<[string, Entry[], unknown]>([
    [
      "keeps the order",
      [text("B", "1"), text("A", "2")],
      [
        ["B", "1"],
        ["A", "2"],
      ],
    ],
    ["takes no variables at all", [], []],
    ["takes the empty value", [text("A", "")], [["A", ""]]],
    [
      "takes any Unicode text",
      [text("A", "line\nbreak \u2028 \u{1f600}")],
      [["A", "line\nbreak \u2028 \u{1f600}"]],
    ],
    ["takes the same pair twice as one", [text("A", "1"), text("A", "1")], [["A", "1"]]],
    [
      "takes names of Object.prototype",
      [text("__proto__", "1"), text("constructor", "2")],
      [
        ["__proto__", "1"],
        ["constructor", "2"],
      ],
    ],
    [
      "takes a variable of exactly the limit",
      [text("A", "x".repeat(MAX_VARIABLE_BYTES - 2))],
      [["A", "x".repeat(MAX_VARIABLE_BYTES - 2)]],
    ],
    [
      "refuses the same name with another value",
      [text("A", "1"), text("A", "2")],
      ["A: duplicate_name"],
    ],
    [
      "refuses one byte over the limit",
      [text("A", "x".repeat(MAX_VARIABLE_BYTES - 1))],
      ["A: too_long"],
    ],
    ["counts bytes, not characters", [text("A", "\u{1f600}".repeat(32_768))], ["A: too_long"]],
    ["refuses NUL", [text("A", "a\0b")], ["A: contains_nul"]],
    ["refuses a lone surrogate", [text("A", "a\ud800")], ["A: not_unicode"]],
    [
      "refuses JSON's other values",
      [
        { name: "A", kind: "number" },
        { name: "B", kind: "null" },
      ],
      ["A: not_a_string", "B: not_a_string"],
    ],
    [
      "tells every problem at once",
      [text("1A", ""), text("OK", "x"), text("LD_PRELOAD", "x"), text("Z", "\0")],
      ["1A: invalid_name", "LD_PRELOAD: dangerous_name", "Z: contains_nul"],
    ],
  ])("%s", (_sentence, entries, expected) => {
    expect(parsed(...entries)).toEqual(expected);
  });

  it.each(["", "1", "A-B", "A.B", "A B", "É", "A\n", "A=B", "\0", "a\u{1f600}", "-", " A"])(
    "refuses the name %j",
    (name) => {
      expect(parseEnvironment([text(name, "x")], POLICY)).toMatchObject({
        ok: false,
        problem: [{ code: "invalid_name" }],
      });
    },
  );

  it.each<[string, string]>([
    ["1A", "1A"],
    ["MY-VAR", "MY-VAR"],
    ["my.var", "my.var"],
    ["", ""],
    ["KEY: hunter2", "(not shown)"],
    ['{"KEY":"hunter2"}', "(not shown)"],
    ["hunter2/with+more", "(not shown)"],
    [`1${"x".repeat(64)}`, "(not shown)"],
    ["\ud800", "(not shown)"],
  ])("shows the refused name %j as %j", (name, shown) => {
    expect(parseEnvironment([text(name, "v")], POLICY)).toMatchObject({
      problem: [{ name: shown }],
    });
  });

  it("never quotes a value", () => {
    const secret = "hunter2-\0";
    const result = parseEnvironment(
      [
        text("A", secret),
        text("1", secret),
        text("PATH", secret),
        text("D", "x"),
        text("D", secret),
      ],
      POLICY,
    );
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain("hunter2");
  });

  it.each(Object.entries(DANGEROUS_NAMES).map(([pattern, reason]) => [pattern, reason]))(
    "refuses %s, saying that %s",
    (pattern, reason) => {
      const result = parseEnvironment([text(pattern.replace("*", "X"), "v")], POLICY);
      expect(result).toMatchObject({
        ok: false,
        problem: [{ code: "dangerous_name", reason: `refused: ${reason}` }],
      });
    },
  );

  it("takes names that only resemble dangerous ones", () => {
    expect(parsed(text("OLD_PATH", "1"), text("LDX", "2"), text("path", "3"))).toEqual([
      ["OLD_PATH", "1"],
      ["LDX", "2"],
      ["path", "3"],
    ]);
  });
});

describe("a policy", () => {
  const codes = (entries: Entry[], policy: Partial<Policy>): string[] => {
    const result = parseEnvironment(entries, { ...POLICY, ...policy });
    return result.ok ? [] : result.problem.map(({ name, code }) => `${name}: ${code}`);
  };

  it.each<[string, Entry[], Partial<Policy>, string[]]>([
    ["accepts a dangerous name that is allowed", [text("PATH", "/bin")], { allow: ["PATH"] }, []],
    [
      "accepts dangerous names by pattern",
      [text("LD_X", "1"), text("PATH", "2")],
      { allow: ["LD_*"] },
      ["PATH: dangerous_name"],
    ],
    [
      "refuses what is denied",
      [text("A", "1"), text("AB", "2")],
      { deny: ["A"] },
      ["A: denied_name"],
    ],
    [
      "refuses what is denied by pattern",
      [text("A", "1"), text("AB", "2")],
      { deny: ["A*"] },
      ["A: denied_name", "AB: denied_name"],
    ],
    [
      "lets deny win over allow",
      [text("PATH", "1")],
      { allow: ["PATH"], deny: ["P*"] },
      ["PATH: denied_name"],
    ],
    [
      "lists what is missing, last",
      [text("1", "x")],
      { require: ["A", "B"] },
      ["1: invalid_name", "A: missing", "B: missing"],
    ],
    [
      "does not call missing what is there and wrong",
      [text("A", "\0")],
      { require: ["A"] },
      ["A: contains_nul"],
    ],
    ["takes dots and dashes as dotenv does", [text("a.b-c", "1")], { names: "dotenv" }, []],
    [
      "takes neither in front",
      [text(".a", "1"), text("-a", "1")],
      { names: "dotenv" },
      [".a: invalid_name", "-a: invalid_name"],
    ],
  ])("%s", (_sentence, entries, policy, expected) => {
    expect(codes(entries, policy)).toEqual(expected);
  });
});

describe("Secret", () => {
  it("says [redacted] wherever it becomes text", () => {
    const secret = new Secret("hunter2");
    expect([String(secret), `${secret}`, JSON.stringify({ secret })]).toEqual([
      "[redacted]",
      "[redacted]",
      '{"secret":"[redacted]"}',
    ]);
    expect(secret.reveal()).toBe("hunter2");
  });
});
