/** The compose dialect: double quotes with escapes, which hold everything. */

import { describe, expect, it } from "vitest";
import { compose } from "../../src/dialects/compose.ts";
import { format, itWrites } from "./table.ts";

describe("the compose dialect", () => {
  itWrites(compose, [
    ["a simple value bare", "value1", "A=value1\n"],
    ["the empty value as nothing", "", "A=\n"],
    ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

    ["blanks in double quotes", " a b ", 'A=" a b "\n'],
    ["backslash, double quote and dollar sign", '\\"$', 'A="\\\\\\"\\$"\n'],
    ["line breaks and tabs as escapes", "a\nb\r\n\tc", 'A="a\\nb\\r\\n\\tc"\n'],
    ["an escape as it stands in the value", "\\n", 'A="\\\\n"\n'],
    ["a backslash at the end", "a\\", 'A="a\\\\"\n'],
    ["a command, a braced name and backticks", "$(id) ${A} `id`", 'A="\\$(id) \\${A} `id`"\n'],
    ["single quotes and a hash", "it's #1", 'A="it\'s #1"\n'],
    ["U+2028 and an emoji", "\u2028😀", 'A="\u2028😀"\n'],
  ]);
  it("reports a name with a hyphen as uncommon, which phpdotenv does not take", () => {
    expect(
      format(compose, [
        ["a-b", "1"],
        ["a.b", "2"],
      ]),
    ).toEqual({
      written: "a-b=1\na.b=2\n",
      uncommonNames: ["a-b"],
    });
  });
});
