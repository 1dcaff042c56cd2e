/** The expand dialect: the js one, with no dollar sign left to expand. */

import { describe } from "vitest";
import { expand } from "../../src/dialects/expand.ts";
import { itRefuses, itWrites } from "./table.ts";

const WARNING = "# Never to be sourced by a shell: it would run what stands in backticks here\n";

describe("the expand dialect", () => {
  itWrites(expand, [
    ["a simple value bare", "value1", "A=value1\n"],
    ["the empty value as nothing", "", "A=\n"],
    ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

    ["a dollar sign escaped in single quotes", "pa$word", "A='pa\\$word'\n"],
    ["a braced name", "${A}", "A='\\${A}'\n"],
    ["a dollar sign at the end", "a$", "A='a\\$'\n"],
    ["a backslash before a dollar sign", "\\$A", "A='\\\\$A'\n"],
    ["two dollar signs", "$$A", "A='\\$\\$A'\n"],
    ["line breaks without dollar signs in double quotes", "a\nb", 'A="a\nb"\n'],
    ["line breaks with dollar signs in single quotes", "a\n$b", "A='a\n\\$b'\n"],
    [
      "a single quote and a dollar sign in backticks, below a warning",
      "'$",
      `${WARNING}A=\`'\\$\`\n`,
    ],
  ]);
  itRefuses(expand, [
    ["a command, which some readers run in any quotes", "a$(id)", "holds $("],
    ["a backslash at the end", "a\\", "ends in a backslash"],
    [
      "a carriage return with a dollar sign",
      "\r$",
      'holds a carriage return together with one of " \\ $ `',
    ],
  ]);
});
