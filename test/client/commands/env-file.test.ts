/** Env files given to the claim command: what is read, and what is refused rather than guessed. */

import { parseEnv } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEnvFile } from "../../../client/commands/env-file.ts";
import { Secret } from "../../../src/claim/variable.ts";
import { portable } from "../../../src/dialects/portable.ts";
import { strict } from "../../../src/dialects/strict.ts";

function read(text: string): unknown {
  const parsed = parseEnvFile(text);
  if (!parsed.ok) return parsed.problem;
  return parsed.value.map((entry) => [entry.name, entry.kind === "text" ? entry.text : entry.kind]);
}

describe("an env file", () => {
  it.each<[string, string, readonly (readonly [string, string])[]]>([
    [
      "plain values",
      "KEY1=value1\nKEY2=value2\n",
      [
        ["KEY1", "value1"],
        ["KEY2", "value2"],
      ],
    ],
    ["a last line without its end", "KEY1=value1", [["KEY1", "value1"]]],
    [
      "empty values",
      "A=\nB=''\nC=\"\"\n",
      [
        ["A", ""],
        ["B", ""],
        ["C", ""],
      ],
    ],
    ["blank lines and comments", "\n# A=1\n  # B=2\n  \nC=3\n", [["C", "3"]]],
    [
      "lines that shells export",
      "export A=1\n  export B=2\n",
      [
        ["A", "1"],
        ["B", "2"],
      ],
    ],
    [
      "Windows' line ends",
      "A=1\r\nB='2'\r\n\r\n",
      [
        ["A", "1"],
        ["B", "2"],
      ],
    ],
    ["names of dotenv", "a.b-c=1\n", [["a.b-c", "1"]]],
    ["bare URLs", "U=postgres://u:p@h:1/d?a=b&c=d\n", [["U", "postgres://u:p@h:1/d?a=b&c=d"]]],
    ["bare blanks within", "A=hello  there\n", [["A", "hello  there"]]],
    ["an equals sign", "A==b=\n", [["A", "=b="]]],
    ["all but its quote in single quotes", "A='#\"`$x \\n'\n", [["A", '#"`$x \\n']]],
    ["apostrophes in double quotes", 'A="it\'s # so"  \n', [["A", "it's # so"]]],
    [
      "values over lines",
      "A='1\n\n# 2\n3'\nB=\"x\ny\"\n",
      [
        ["A", "1\n\n# 2\n3"],
        ["B", "x\ny"],
      ],
    ],
    [
      "any Unicode",
      "A=grün\nB='\u{1f600}'\n",
      [
        ["A", "grün"],
        ["B", "\u{1f600}"],
      ],
    ],
    [
      "a name twice, which is judged elsewhere",
      "A=1\nA=2\n",
      [
        ["A", "1"],
        ["A", "2"],
      ],
    ],
    ["nothing", "", []],
  ])("may have %s", (_sentence, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    ["no equals sign", "A\n", /^line 1: expected NAME=value$/],
    ["no name", "=geheim\n", /^line 1: expected NAME=value$/],
    ["a name of other characters", "A=1\nge heim=1\n", /^line 2: expected NAME=value$/],
    ["blanks before the equals sign", "A =geheim\n", /^line 1: expected NAME=value$/],
    ["a blank behind the equals sign", "A= geheim\n", /^line 1: A: expected quotes/],
    ["a blank at the end", "A=geheim \n", /^line 1: A: expected quotes/],
    ["nothing but a blank", "A=\t\n", /^line 1: A: expected quotes/],
    ["a bare comment sign", "A=geheim#1\n", /^line 1: A: expected quotes/],
    ["a comment behind a bare value", "A=geheim # b\n", /^line 1: A: expected quotes/],
    ["a bare dollar sign", "A=$geheim\n", /^line 1: A: expected quotes/],
    ["a bare backslash", "A=geheim\\n\n", /^line 1: A: expected quotes/],
    ["a bare backtick", "A=`geheim`\n", /^line 1: A: expected quotes/],
    ["a quote within a bare value", "A=geheim's\n", /^line 1: A: expected quotes/],
    ["a bare carriage return", "A=geheim\rB=2\n", /^line 1: A: expected quotes/],
    ["an escape in double quotes", 'A="geheim\\n"\n', /^line 1: A: expected none of/],
    ["an expansion in double quotes", 'A="$geheim"\n', /^line 1: A: expected none of/],
    ["a backslash at the end", "A='geheim\\'\n", /^line 1: A: expected no carriage return/],
    ["a carriage return in quotes", "A='geheim\r\n1'\n", /^line 1: A: expected no carriage return/],
    ["quotes that stay open", "\nA='geheim\nB=2\n", /^line 2: A: expected a closing '$/],
    ["text behind quotes", "A='geheim'x\n", /^line 1: A: expected nothing behind the closing '$/],
    ["a comment behind quotes", "A='geheim' # x\n", /^line 1: A: expected nothing behind/],
    ["a byte order mark", "\ufeffA=1\n", /^line 1: expected NAME=value$/],
  ])("may not have %s", (_sentence, text, expected) => {
    expect(read(text)).toMatch(expected);
    expect(read(text)).not.toContain("geheim");
  });

  it("is read back as the server writes it, in the dialects that all read alike", () => {
    const value = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const environment = values.map((text, index) => ({
          name: `KEY${index}`,
          value: new Secret(text),
        }));
        for (const dialect of [strict, portable]) {
          const formatted = dialect.format(environment);
          if (!formatted.ok) continue;
          const expected = values.map((text, index) => [`KEY${index}`, text]);
          expect(read(formatted.value.text)).toEqual(expected);
        }
      }),
    );
  });

  it("means the same to Node, wherever it is read here", () => {
    const piece = fc.constantFrom(
      ..."A=1|B=|=|'|\"|`|\\|$|#| |\n|\r\n|x|export |\t|\n# |ü|&?".split("|"),
    );
    const text = fc.array(piece, { maxLength: 14 }).map((pieces) => `A=${pieces.join("")}\n`);
    let accepted = 0;
    fc.assert(
      fc.property(text, (file) => {
        const parsed = parseEnvFile(file);
        if (!parsed.ok) return;
        const values = new Map<string, string>();
        for (const one of parsed.value) if (one.kind === "text") values.set(one.name, one.text);
        // Node 20 takes lines of blanks, indented comments and what is below an empty value for more.
        if (/=\r?$|^ +(#|\r?$)/m.test(file)) return;
        accepted += 1;
        const node = parseEnv(file);
        for (const [name, value] of values) expect(node[name]).toBe(value);
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});
