/** The js dialect: the first quotes in which dotenv, Node and Deno agree. */

import { describe, expect, it } from "vitest";
import { js } from "../../src/dialects/js.ts";
import { format, itRefuses, itWrites } from "./table.ts";

const WARNING = "# Never to be sourced by a shell: it would run what stands in backticks here\n";
const RETURN = 'holds a carriage return together with one of " \\ $ `';
const ALL = 'holds a single quote, a backtick, and one of " $ \\n \\r';

describe("the js dialect", () => {
  itWrites(
    js,
    [
      ["a simple value bare", "value1", "A=value1\n"],
      ["the empty value as nothing", "", "A=\n"],
      ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

      ["blanks in single quotes", " a b ", "A=' a b '\n"],
      ["line breaks in double quotes", "a\nB=x", 'A="a\nB=x"\n'],
      ["line breaks with a single quote in double quotes", "it's\n", 'A="it\'s\n"\n'],
      [
        "a dollar sign, a command and backticks in single quotes",
        "$A $(id) `id`",
        "A='$A $(id) `id`'\n",
      ],
      ["backslash sequences in single quotes", '\\n\\\\ \\"', "A='\\n\\\\ \\\"'\n"],
      ["line breaks with a double quote in single quotes", '"a"\nb', "A='\"a\"\nb'\n"],
      ["a single quote in double quotes", "it's", 'A="it\'s"\n'],
      ["a single quote and a backslash in double quotes", "it's \\x", 'A="it\'s \\x"\n'],
      ["a single quote and a backtick in double quotes", "'`", 'A="\'`"\n'],
      ["both quotes in backticks, below a warning", "'\"", `${WARNING}A=\`'"\`\n`],
      ["a single quote and a dollar sign in backticks", "'$", `${WARNING}A=\`'$\`\n`],
      ["a single quote and a backslash sequence in backticks", "'\\n", `${WARNING}A=\`'\\n\`\n`],
    ],
    [["a carriage return, which Node does not decode", "a\r\nb", 'A="a\\r\\nb"\n']],
  );
  itRefuses(js, [
    ["a backslash at the end", "a\\", "ends in a backslash"],
    ["a carriage return with a backslash", "\r\\n", RETURN],
    ["a carriage return with a double quote", '\r"', RETURN],
    ["a carriage return with a dollar sign", "\r$", RETURN],
    ["all three quotes", "'\"`", ALL],
    ["a single quote, a backtick and a dollar sign", "'`$", ALL],
    ["a single quote, a backtick and a backslash sequence", "'`\\r", ALL],
  ]);
  it("warns once, on the first line, whichever variables need it", () => {
    const formatted = format(js, [
      ["B", "1"],
      ["C", "'\""],
      ["D", "'$"],
    ]);
    expect(formatted).toMatchObject({ written: `${WARNING}B=1\nC=\`'"\`\nD=\`'$\`\n` });
  });
});
