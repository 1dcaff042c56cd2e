import { describe, expect, it } from "vitest";
import { makeVisible } from "../../src/bytes/visible.ts";

describe("makeVisible", () => {
  it.each<[sentence: string, text: string, expected: string]>([
    ["nothing of ASCII", "a~ b", "a~ b"],
    ["nothing of letters and signs", "äß中🚀\u00a0", "äß中🚀\u00a0"],
    ["DEL", "a\u007fb", "a\\u007fb"],
    ["C1 controls", "\u0080\u009b\u009f", "\\u0080\\u009b\\u009f"],
    ["line and paragraph separators", "\u2028\u2029", "\\u2028\\u2029"],
    [
      "signs and overrides of direction",
      "\u200f\u202e\u2066\u061c",
      "\\u200f\\u202e\\u2066\\u061c",
    ],
    ["what has no width", "\u200b\u2060\ufeff\u00ad", "\\u200b\\u2060\\ufeff\\u00ad"],
    [
      "the neighbours of these not",
      "\u2010\u2027\u2030\u205f\u2070",
      "\u2010\u2027\u2030\u205f\u2070",
    ],
  ])("escapes %s", (_sentence, text, expected) => {
    expect(makeVisible(text)).toBe(expected);
  });
});
