/** The sh dialect: double quotes and backslashes, as POSIX has them. */

import { describe, expect, it } from "vitest";
import { sh } from "../../src/dialects/sh.ts";
import { format, itRefusesNames, itWrites } from "./table.ts";

describe("the sh dialect", () => {
  itWrites(
    sh,
    [
      ["a simple value bare", "value1", "A=value1\n"],
      ["the empty value as nothing", "", "A=\n"],
      ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

      ["blanks in double quotes", " a b ", 'A=" a b "\n'],
      ["all that a shell would read", '\\"$`', 'A="\\\\\\"\\$\\`"\n'],
      ["a command and backticks", "$(id) `id`", 'A="\\$(id) \\`id\\`"\n'],
      ["single quotes and an exclamation mark as they are", "it's!", 'A="it\'s!"\n'],
      ["line breaks as they are", "a\nB=x\r\n", 'A="a\nB=x\r\n"\n'],
      ["a backslash at the end, and before a line break", "a\\\nb\\", 'A="a\\\\\nb\\\\"\n'],
      ["backslash sequences without decoding", "\\n\\t", 'A="\\\\n\\\\t"\n'],
      ["U+2028, a byte order mark and an emoji", "\u2028\ufeff😀", 'A="\u2028\ufeff😀"\n'],
    ],
    [["a noncharacter, which systemd ignores", "\ufffe", 'A="\ufffe"\n']],
  );
  itRefusesNames(sh, [
    ["with a dot", "a.b", "has a name with a dot or a hyphen"],
    ["with a hyphen", "a-b", "has a name with a dot or a hyphen"],
  ]);
  it("reports names that some reader keeps, cannot hold or does not take as uncommon", () => {
    const names = ["UID", "status", "__A", "A".repeat(254)];
    const formatted = format(sh, [["B", "1"], ...names.map((name) => [name, "1"] as const)]);
    expect(formatted).toMatchObject({ uncommonNames: names });
  });
});
