/** The kubelet dialect: single quotes around everything. */

import { describe } from "vitest";
import { kubelet } from "../../src/dialects/kubelet.ts";
import { itRefuses, itWrites } from "./table.ts";

const LONGEST = `${"x".repeat(65_532)}\n${"x".repeat(65_534)}`;

describe("the kubelet dialect", () => {
  itWrites(kubelet, [
    ["a simple value in quotes too: nothing may stand bare", "value1", "A='value1'\n"],
    ["the empty value in quotes", "", "A=''\n"],
    ["blanks, quotes, hashes, dollar signs and backslashes", ' "#`$(id)\\', "A=' \"#`$(id)\\'\n"],
    ["line breaks as they are", "a\nB=x\n", "A='a\nB=x\n'\n"],
    ["a carriage return before no line feed", "\ra\r", "A='\ra\r'\n"],
    ["lines of 65,535 bytes", LONGEST, `A='${LONGEST}'\n`],
  ]);
  itRefuses(kubelet, [
    ["a single quote", "it's", "holds a single quote"],
    [
      "a carriage return before a line feed",
      "a\r\nb",
      "holds a carriage return before a line feed",
    ],
    ["a first line of 65,536 bytes", `x${LONGEST}`, "makes a line of more than 65535 bytes"],
    ["a last line of 65,536 bytes", `${LONGEST}x`, "makes a line of more than 65535 bytes"],
  ]);
});
