/** The portable dialect: the strict one first, then what shells, systemd, dotenv and Node agree on. */

import { describe, expect, it } from "vitest";
import { portable } from "../../src/dialects/portable.ts";
import { format, itRefuses, itWrites } from "./table.ts";

const BOTH = 'holds a single quote together with one of " \\ $ ` or a Unicode noncharacter';

describe("the portable dialect", () => {
  itWrites(
    portable,
    [
      ["a simple value bare", "value1", "A=value1\n"],
      ["the empty value as nothing", "", "A=\n"],
      ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

      ["blanks in single quotes", " a b ", "A=' a b '\n"],
      ["a single quote in double quotes", "it's", 'A="it\'s"\n'],
      ["line breaks in double quotes", "a\nB=x", 'A="a\nB=x"\n'],
    ],
    [
      ["a command in single quotes", "$(id)", "A='$(id)'\n"],
      ["a dollar sign before a name", "pa$word", "A='pa$word'\n"],
      ["two backslashes", "a\\\\b", "A='a\\\\b'\n"],
      ["a line break with a double quote", 'a\n"b"', "A='a\n\"b\"'\n"],
      ["a noncharacter", "x\uffff", "A='x\uffff'\n"],
      ["an equals sign before the only double quote", 'a="b', "A='a=\"b'\n"],
    ],
  );
  itRefuses(portable, [
    ["a carriage return", "a\r\nb", "holds a carriage return"],
    ["a backslash at the end", "a\\", "ends in a backslash"],
    ["only a backslash", "\\", "ends in a backslash"],
    ["a single quote with a double quote", "'\"", BOTH],
    ["a single quote with a backslash", "'\\x", BOTH],
    ["a single quote with a dollar sign", "'$", BOTH],
    ["a single quote with a backtick", "'`", BOTH],
    ["a single quote with a noncharacter", "'\uffff", BOTH],
  ]);
  it("reports names that some reader keeps, cannot hold or does not take as uncommon", () => {
    const names = ["UID", "status", "__A", "A".repeat(254)];
    const formatted = format(portable, [["B", "1"], ...names.map((name) => [name, "1"] as const)]);
    expect(formatted).toMatchObject({ uncommonNames: names });
  });

  it("writes nothing for no variables", () => {
    expect(format(portable, [])).toEqual({ written: "", uncommonNames: [] });
  });
  it("refuses every variable that it cannot hold, in the claim's order", () => {
    const problems = format(portable, [
      ["B", "\\"],
      ["C", "1"],
      ["A", "\r"],
    ]);
    expect(problems).toMatchObject([{ name: "B" }, { name: "A" }]);
  });
});
