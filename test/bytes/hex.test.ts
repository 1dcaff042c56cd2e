import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hexDigitValue, parseHex } from "../../src/bytes/hex.ts";
import { formatHex } from "../../src/bytes/primitives.ts";

describe("hexadecimal", () => {
  it("formats any bytes as Node does", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(formatHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
      }),
    );
  });

  it("parses what a number's own hexadecimal text says, in either case", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        expect(parseHex(number.toString(16))).toBe(number);
        expect(parseHex(number.toString(16).toUpperCase())).toBe(number);
      }),
    );
  });

  it("takes twenty-two of all code units for digits, and no other", () => {
    const digits: string[] = [];
    for (let code = 0; code <= 0xffff; code += 1) {
      if (hexDigitValue(code) >= 0) digits.push(String.fromCharCode(code));
    }
    expect(digits.join("")).toBe("0123456789ABCDEFabcdef");
  });

  it.each<[sentence: string, digits: string]>([
    ["no digit at all", ""],
    ["a sign", "+5"],
    ["a minus", "-5"],
    ["a prefix", "0x5"],
    ["a blank in front", " 5"],
    ["a blank behind", "5 "],
    ["a separator", "1_0"],
    ["a letter behind F", "5g"],
    ["a full-width digit", "５"],
    ["a letter with a hook, whose low byte is B", "\u0142"],
    ["a fraction", "1.8"],
  ])("refuses %s", (_sentence, digits) => {
    expect(parseHex(digits)).toBeUndefined();
  });
});
