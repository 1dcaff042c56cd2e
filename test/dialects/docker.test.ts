/** The docker dialect: values as they are, on one line. */

import { describe } from "vitest";
import { docker } from "../../src/dialects/docker.ts";
import { itRefuses, itWrites } from "./table.ts";

describe("the docker dialect", () => {
  itWrites(docker, [
    ["a simple value bare", "value1", "A=value1\n"],
    ["the empty value as nothing", "", "A=\n"],
    ["every safe character bare", "aZ09_@%+=:,./^-", "A=aZ09_@%+=:,./^-\n"],

    [
      "blanks, quotes, hashes and dollar signs as they are",
      " 'a' \"b\" #$(c)\\ ",
      "A= 'a' \"b\" #$(c)\\ \n",
    ],
    ["a value that begins with an equals sign", "=x", "A==x\n"],
    ["a byte order mark and U+2028", "\ufeff\u2028", "A=\ufeff\u2028\n"],
    ["a carriage return inside", "a\rb", "A=a\rb\n"],
    ["a line of 65,535 bytes", "x".repeat(65_533), `A=${"x".repeat(65_533)}\n`],
  ]);
  itRefuses(docker, [
    ["a line feed", "a\nB=x", "holds a line break"],
    ["a line feed at the end", "a\n", "holds a line break"],
    ["a carriage return at the end", "a\r", "ends in a carriage return"],
    ["a line of 65,536 bytes", "x".repeat(65_534), "takes more than 65535 bytes as NAME=value"],
    [
      "fewer characters, but too many bytes",
      "é".repeat(32_767),
      "takes more than 65535 bytes as NAME=value",
    ],
  ]);
});
