import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUrlencoded } from "../../src/http/urlencoded.ts";

describe("parseUrlencoded", () => {
  it.each<[sentence: string, text: string, expected: [string, string][] | undefined]>([
    ["nothing is no pair", "", []],
    ["a pair is a name and a value", "A=1", [["A", "1"]]],
    [
      "pairs keep their order and their number",
      "B=1&A=2&B=1",
      [
        ["B", "1"],
        ["A", "2"],
        ["B", "1"],
      ],
    ],
    ["only the first = divides", "A=b=c", [["A", "b=c"]]],
    ["a plus is a blank, in both", "a+b=c+d", [["a b", "c d"]]],
    ["an escaped plus is a plus", "A=%2B", [["A", "+"]]],
    ["escapes are bytes of UTF-8, in either case", "A=%c3%A9%F0%9f%98%80", [["A", "é😀"]]],
    ["raw UTF-8 is taken", "A=\xc3\xa9", [["A", "é"]]],
    ["an escaped & and = divide nothing", "A=%26B%3D", [["A", "&B="]]],
    ["an escape is decoded once", "A=%2541", [["A", "%41"]]],
    [
      "a name without = has the empty value",
      "A&B=",
      [
        ["A", ""],
        ["B", ""],
      ],
    ],
    ["a pair without name is kept, to be refused by its name", "=1", [["", "1"]]],
    [
      "empty pairs are skipped",
      "&&A=1&&B=2&",
      [
        ["A", "1"],
        ["B", "2"],
      ],
    ],
    ["a semicolon divides nothing", "A=1;B=2", [["A", "1;B=2"]]],
    [
      "NUL and line breaks are decoded, to be refused or encoded later",
      "A=%00%0D%0A",
      [["A", "\0\r\n"]],
    ],
    [
      "names of the language's own are plain names",
      "__proto__=1&constructor=2",
      [
        ["__proto__", "1"],
        ["constructor", "2"],
      ],
    ],
    ["a percent sign alone is refused", "A=%", undefined],
    ["an escape of one digit is refused", "A=%4", undefined],
    ["an escape cut off by & is refused", "A=%4&B=1", undefined],
    ["an escape of other letters is refused", "A=%zz", undefined],
    ["an escape with a sign is refused", "A=%+4", undefined],
    ["a percent sign between escapes is refused", "A=%%41", undefined],
    ["a broken escape in a name is refused", "%=1", undefined],
    ["a broken escape in a name without = is refused", "%4", undefined],
    ["a broken escape in a later pair refuses all", "A=1&B=%", undefined],
    ["an escaped byte that is no UTF-8 is refused", "A=%ff", undefined],
    ["a raw byte that is no UTF-8 is refused", "A=\xe9", undefined],
    ["a sequence divided by & is refused", "A=%c3&%a9", undefined],
    ["overlong UTF-8 is refused", "A=%c0%af", undefined],
    ["an escaped surrogate is refused", "A=%ed%a0%80", undefined],
    ["escapes in another style are refused", "A=%u0041", undefined],
  ])("%s", (_sentence, text, expected) => {
    expect(parseUrlencoded(text, Infinity)).toEqual(expected);
  });

  it("gives back what URLSearchParams wrote", () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })));
    fc.assert(
      fc.property(pairs, (written) => {
        expect(parseUrlencoded(String(new URLSearchParams(written)), Infinity)).toEqual(written);
      }),
    );
  });

  it("agrees with URLSearchParams on any text, or refuses what that would replace", () => {
    const units = fc.constantFrom(..."&=+%Aa0f", "%41", "%c3%a9", "\xc3\xa9", "\0");
    fc.assert(
      fc.property(fc.string({ unit: units }), (text) => {
        // The platform decodes raw text as it is; here it holds one byte a character.
        const platform = [...new URLSearchParams(Buffer.from(text, "latin1").toString("utf8"))];
        const ours = parseUrlencoded(text, Infinity);
        if (ours !== undefined) expect(ours).toEqual(platform);
        else
          expect(/%(?![0-9a-f]{2})/i.test(text) || platform.join().includes("\ufffd")).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes a body of nothing but ampersands", () => {
    expect(parseUrlencoded("&".repeat(1024 * 1024), Infinity)).toEqual([]);
  });

  it("reads nothing behind the most pairs that are wanted", () => {
    expect(parseUrlencoded("a=1&&b=2&c=%", 2)).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect(parseUrlencoded("a=1&&b=2&c=%", 3)).toBeUndefined();
  });
});
