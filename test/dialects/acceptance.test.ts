/** The value that issue "every reader gets exactly the value" names: each dialect, exact or refused. */

import { describe, expect, it } from "vitest";
import { DIALECTS, formatEnvironment } from "../../src/dialects/dialects.ts";
import { environmentOf, EVERY_DIALECT, read } from "./environments.ts";

const HOSTILE = " \tit's \"quoted\" \\ # $(id) ${HOME} `id` \u2028 😀\nB='x'\n";
const LONG = "0123456789 abcde\n".repeat(6024);
const VALUE = `${HOSTILE}${LONG} \t`;

/** Which dialect holds which part of it, and which says that it cannot. */
const HELD: Readonly<Record<string, readonly [hostile: boolean, long: boolean]>> = {
  portable: [false, true],
  strict: [false, true],
  sh: [true, true],
  js: [false, true],
  expand: [false, true],
  compose: [true, true],
  docker: [false, false],
  python: [true, true],
  kubelet: [false, true],
  fish: [true, true],
  json: [true, true],
  envdir: [true, true],
  files: [true, true],
  null: [true, true],
  raw: [false, false],
};

describe.each(EVERY_DIALECT.map((dialect) => [dialect.name, dialect] as const))(
  "%s",
  (name, dialect) => {
    const [holdsHostile = false, holdsLong = false] = HELD[name] ?? [];
    const rows: [string, string, boolean][] = [
      ["line breaks, all quotes, a command, blanks, U+2028 and an emoji", HOSTILE, holdsHostile],
      ["100 KB of text", LONG, holdsLong],
      ["all of it in one value", VALUE, holdsHostile && holdsLong],
    ];
    it.each(rows)("holds exactly, or refuses by name: %s", (_, value, isHeld) => {
      const pairs = [
        ["BEFORE", "1"],
        ["VALUE", value],
        ["AFTER", "it is"],
      ] as const;
      const formatted = formatEnvironment(dialect, environmentOf(pairs));
      expect(formatted.ok).toBe(isHeld);
      if (formatted.ok) expect(read(name, formatted.value)).toEqual(pairs);
      else {
        expect(formatted.problem.map((problem) => problem.name)).toEqual(["VALUE"]);
        expect(formatted.problem[0]?.reason).toContain("json can");
      }
    });
  },
);

describe("every dialect", () => {
  it("has a row above", () => {
    expect(Object.keys(HELD)).toEqual(Object.keys(DIALECTS));
  });
});
