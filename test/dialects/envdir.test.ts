/** The envdir dialect: a file a variable, line feeds as NUL. */

import { describe, expect, it } from "vitest";
import { envdir } from "../../src/dialects/envdir.ts";
import { format, itRefusesNames, itWrites } from "./table.ts";

describe("the envdir dialect", () => {
  itWrites(
    envdir,
    [
      ["a value and a final line feed", "value1", "A: value1\n"],
      ["the empty value as a line feed: an empty file would unset", "", "A: \n"],
      ["line feeds as NUL", "a\nb\n", "A: a\0b\0\n"],
      ["carriage returns, quotes and backslashes as they are", "\r'\"\\", "A: \r'\"\\\n"],
      ["blanks before a last line feed", "a \n", "A: a \0\n"],
    ],
    [
      ["a blank at the end, which daemontools cuts off", "a ", "A: a \n"],
      ["a tab at the end", "a\t", "A: a\t\n"],
    ],
  );
  itRefusesNames(envdir, [
    ["that would be hidden", ".a", "has a name that begins with a dot"],
    ["longer than file names", "A".repeat(256), "has a name of more than 255 bytes"],
  ]);
  it("writes one file a variable, in the claim's order", () => {
    expect(
      format(envdir, [
        ["B", "1"],
        ["A", "2"],
      ]),
    ).toMatchObject({ written: "B: 1\n|A: 2\n" });
  });
});
