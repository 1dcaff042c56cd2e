/** The fish dialect: commands that only set. */

import { describe } from "vitest";
import { fish } from "../../src/dialects/fish.ts";
import { itRefusesNames, itWrites } from "./table.ts";

describe("the fish dialect", () => {
  itWrites(fish, [
    ["a simple value in quotes", "value1", "set -gx A 'value1'\n"],
    ["the empty value in quotes", "", "set -gx A ''\n"],
    ["what fish would expand even bare", "%self", "set -gx A '%self'\n"],
    ["single quotes and backslashes", "it's \\", "set -gx A 'it\\'s \\\\'\n"],
    ["commands, names and blanks as they are", "(id) $A `id` ", "set -gx A '(id) $A `id` '\n"],
    ["line breaks as they are", "a\nset -gx B x\r\n", "set -gx A 'a\nset -gx B x\r\n'\n"],
  ]);
  itRefusesNames(fish, [
    ["with a dot", "a.b", "has a name with a dot or a hyphen"],
    ["that fish keeps read-only", "status", "has a name that fish keeps for itself"],
  ]);
});
