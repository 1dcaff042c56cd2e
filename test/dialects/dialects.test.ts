/** The table of dialects, and the advice of one that cannot hold a variable. */

import { describe, expect, it } from "vitest";
import { DIALECTS, findDialect, formatEnvironment } from "../../src/dialects/dialects.ts";
import { environmentOf, EVERY_DIALECT } from "./environments.ts";
import { format } from "./table.ts";

describe("the table of dialects", () => {
  it("finds each by its own name", () => {
    for (const name of Object.keys(DIALECTS)) expect(findDialect(name)?.name).toBe(name);
  });

  it.each(["", "Portable", "dotenv", "__proto__", "toString"])("finds none called %j", (name) => {
    expect(findDialect(name)).toBeUndefined();
  });

  it("writes a simple value alike in every dialect of lines but the one that must quote", () => {
    const alike = EVERY_DIALECT.filter((dialect) =>
      JSON.stringify(format(dialect, [["KEY1", "value1"]])).includes("KEY1=value1\\n"),
    );
    expect(alike.map(({ name }) => name)).toEqual(
      "portable strict sh js expand compose docker python raw".split(" "),
    );
  });
});

describe("a refusal", () => {
  const HOSTILE = "'\"`$(id)\\";
  const rows = [
    ["portable", "A", "a\\", "--format sh, compose, python or json can"],
    ["portable", "A", "a\rb", "--format sh, compose, python or json can"],
    ["portable", "A", HOSTILE, "--format sh, compose, python or json can"],
    ["docker", "A", "a\nb", "--format portable, sh, js, compose, python or json can"],
    ["kubelet", "A", "it's", "--format portable, sh, js, compose, python or json can"],
    ["expand", "A", "$(id)", "--format sh, js, compose, python or json can"],
    ["strict", "A", "'\uffff", "--format js, compose, python or json can"],
    ["sh", "a.b", "x", "--format js, compose, python or json can"],
    ["sh", "a-b", "x", "--format js, python or json can"],
    ["strict", "a-b", HOSTILE, "--format python or json can"],
  ] as const;

  it.each(rows)("of %s, of %s=%j, says what can: %s", (dialect, name, value, advice) => {
    const formatted = formatEnvironment(DIALECTS[dialect], environmentOf([[name, value]]));
    const reason = formatted.ok ? "" : formatted.problem[0]?.reason;
    expect(reason).toMatch(/^\w.*, which the \w+ dialect cannot hold; --format [a-z, ]+ can$/);
    expect(reason?.endsWith(`; ${advice}`)).toBe(true);
  });

  it("advises on each variable alone, and only where one cannot be held", () => {
    const environment = environmentOf([
      ["A", "a\\"],
      ["B", "1"],
      ["C", "\r\\"],
    ]);
    const formatted = formatEnvironment(DIALECTS.portable, environment);
    expect(formatted).toEqual({
      ok: false,
      problem: [
        {
          name: "A",
          code: "not_representable",
          reason:
            "ends in a backslash, which the portable dialect cannot hold; " +
            "--format sh, compose, python or json can",
        },
        {
          name: "C",
          code: "not_representable",
          reason:
            "holds a carriage return, which the portable dialect cannot hold; " +
            "--format sh, compose, python or json can",
        },
      ],
    });
  });

  it("is none where the dialect holds all: the formatted text is passed on as it is", () => {
    const formatted = formatEnvironment(DIALECTS.portable, environmentOf([["A", "1"]]));
    expect(formatted).toEqual({
      ok: true,
      value: { kind: "file", text: "A=1\n", uncommonNames: [] },
    });
  });
});
