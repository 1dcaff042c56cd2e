/** The python dialect: quotes with escapes, and no expansion left. */

import { describe } from "vitest";
import { python } from "../../src/dialects/python.ts";
import { itWrites } from "./table.ts";

describe("the python dialect", () => {
  itWrites(python, [
    ["a simple value bare", "value1", "A=value1\n"],
    ["the empty value as nothing", "", "A=\n"],
    ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

    ["blanks in single quotes", " a b ", "A=' a b '\n"],
    ["a single quote and a backslash inside", "it's \\x", "A='it\\'s \\\\x'\n"],
    ["an escape as it stands in the value", "\\n", "A='\\\\n'\n"],
    ["line breaks as escapes in double quotes", "a\r\nb", 'A="a\\r\\nb"\n'],
    ["line breaks with both quotes", "'\"\n", 'A="\'\\"\\n"\n'],
    ["a dollar sign without a brace as it is", "$A $(id) $", "A='$A $(id) $'\n"],
    ["a braced name by the default of no name", "${A}", "A='${:-$}{A}'\n"],
    ["two dollar signs before a brace", "$${", "A='$${:-$}{'\n"],
    ["the encoding itself", "${:-$}", "A='${:-$}{:-$}'\n"],
    ["a backslash at the end by the default of no name", "a\\", "A='a${:-\\}'\n"],
    ["two backslashes at the end", "\\\\", "A='\\\\${:-\\}'\n"],
    ["a backslash at the end behind a line break", "\n\\", 'A="\\n${:-\\}"\n'],
    ["a dollar sign before the backslash at the end", "$\\", "A='$${:-\\}'\n"],
  ]);
});
