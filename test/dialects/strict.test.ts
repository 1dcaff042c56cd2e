/** The strict dialect: the common subset, and nothing beyond it. */

import { describe } from "vitest";
import { strict } from "../../src/dialects/strict.ts";
import { itRefuses, itRefusesNames, itWrites } from "./table.ts";

const ORDER =
  "holds backslashes, dollar signs or double quotes in an order that readers take differently";
const BOTH = 'holds a single quote together with one of " \\ $ `';

describe("the strict dialect", () => {
  itWrites(strict, [
    ["a simple value bare", "value1", "A=value1\n"],
    ["the empty value as nothing", "", "A=\n"],
    ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

    ["blanks in single quotes", " a b\t", "A=' a b\t'\n"],
    ["a value that begins with an equals sign in single quotes", "=x", "A='=x'\n"],
    ["double quotes, a backtick and a hash in single quotes", '"`#', "A='\"`#'\n"],
    ["a dollar sign before none of what names begin with", "a$ $. $", "A='a$ $. $'\n"],
    ["a backslash inside", "C:\\dir x", "A='C:\\dir x'\n"],
    ["a single quote in double quotes", "it's", 'A="it\'s"\n'],
    ["line breaks as they are, in double quotes", "a\nB=x\n", 'A="a\nB=x\n"\n'],
    [
      "U+2028, a no-break space and a byte order mark",
      "\u2028\u00a0\ufeff",
      "A='\u2028\u00a0\ufeff'\n",
    ],
    ["an emoji", "😀 x", "A='😀 x'\n"],
    ["an equals sign before two double quotes", 'a="b"', "A='a=\"b\"'\n"],
  ]);
  itRefuses(strict, [
    ["a carriage return", "a\rb", "holds a carriage return"],
    ["a backslash at the end", "a b\\", "ends in a backslash"],
    ["two backslashes", "\\\\ x", ORDER],
    ["a backslash before a dollar sign", "\\$ x", ORDER],
    ["a dollar sign before a letter", "pa$word", ORDER],
    ["a dollar sign before a digit", "$1", ORDER],
    ["a dollar sign before an underscore", "$_", ORDER],
    ["a dollar sign before a brace", "${", ORDER],
    ["a command", "$(id)", ORDER],
    ["an equals sign before the only double quote", 'a="b', ORDER],
    ["a single quote with a double quote", "'\"", BOTH],
    ["a single quote with a dollar sign", "'$", BOTH],
    ["a single quote with a backtick", "'`", BOTH],
    [
      "a line break with a double quote",
      'a\n"',
      'holds a line break together with one of " \\ $ `',
    ],
    ["a noncharacter", "x\uffff", "holds a Unicode noncharacter"],
    ["a noncharacter beyond the basic plane", "x\u{1fffe}", "holds a Unicode noncharacter"],
    ["a noncharacter of the Arabic block", "\ufdd0", "holds a Unicode noncharacter"],
  ]);
  itRefusesNames(strict, [
    ["with a dot", "a.b", "has a name on which readers do not agree"],
    ["with two leading underscores", "__proto__", "has a name on which readers do not agree"],
    ["of 254 characters", "A".repeat(254), "has a name on which readers do not agree"],
    ["that bash keeps read-only", "UID", "has a name on which readers do not agree"],
  ]);
});
