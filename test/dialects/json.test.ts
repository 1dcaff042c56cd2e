/** The json dialect: one object, in order. */

import { describe, expect, it } from "vitest";
import { json } from "../../src/dialects/json.ts";
import { format, itWrites } from "./table.ts";

describe("the json dialect", () => {
  itWrites(json, [
    ["a simple value", "value1", '{"A":"value1"}\n'],
    ["quotes, backslashes and line breaks", '"\\\n\r\t', '{"A":"\\"\\\\\\n\\r\\t"}\n'],
    ["a control character", "\u0001", '{"A":"\\u0001"}\n'],
    [
      "U+2028, an emoji and a noncharacter as they are",
      "\u2028😀\uffff",
      '{"A":"\u2028😀\uffff"}\n',
    ],
  ]);
  it.each([
    ["no variables", [], "{}\n"],
    [
      "the claim's order",
      [
        ["B", "1"],
        ["A", "2"],
      ],
      '{"B":"1","A":"2"}\n',
    ],
    [
      "names of an object's own",
      [
        ["__proto__", "1"],
        ["toString", "2"],
      ],
      '{"__proto__":"1","toString":"2"}\n',
    ],
  ] as const)("keeps %s", (_, pairs, written) => {
    expect(format(json, pairs)).toEqual({ written, uncommonNames: [] });
  });
});
