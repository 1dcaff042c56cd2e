/** The raw dialect: what the original wrote, as long as it stays on its line. */

import { describe, expect, it } from "vitest";
import { raw } from "../../src/dialects/raw.ts";
import { format, itRefuses, itWrites } from "./table.ts";

describe("the raw dialect", () => {
  itWrites(raw, [
    ["a simple value bare", "value1", "A=value1\n"],
    ["the empty value as nothing", "", "A=\n"],
    ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

    [
      "blanks, quotes, hashes, commands as they are",
      " 'a' \"b\" #$(c) `d`\\",
      "A= 'a' \"b\" #$(c) `d`\\\n",
    ],
    ["a tab, a form feed and an emoji", "\t\f😀", "A=\t\f😀\n"],
  ]);
  itRefuses(raw, [
    ["a line feed", "a\nB=x", "holds a line break"],
    ["a carriage return, where dotenv begins a line", "a\rB=x", "holds a line break"],
    ["U+2028 behind a hash, where dotenv begins a line", "a#\u2028B=x", "holds a line break"],
    ["U+2029", "\u2029", "holds a line break"],
  ]);
  it("writes the very bytes of the original", () => {
    expect(
      format(raw, [
        ["KEY1", "value1"],
        ["KEY2", "value2"],
      ]),
    ).toEqual({
      written: "KEY1=value1\nKEY2=value2\n",
      uncommonNames: [],
    });
  });
});
