import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isAuthority,
  isDigits,
  isFieldValue,
  isRequestId,
  isTargetText,
  isToken,
  isTokenByte,
  trimWhitespace,
} from "../../src/http/syntax.ts";

/** Each class as the RFC's own grammar, for every character of one byte and some beyond. */
const CLASSES: readonly (readonly [
  sentence: string,
  isMember: (text: string) => boolean,
  grammar: RegExp,
])[] = [
  ["tchar, RFC 9110 section 5.6.2", isToken, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/],
  ["field content, RFC 9110 section 5.5", isFieldValue, /^[\t\x20-\x7e\x80-\xff]*$/],
  ["visible ASCII without a fragment", isTargetText, /^[!-"$-~]+$/],
  ["DIGIT, RFC 5234 appendix B.1", isDigits, /^[0-9]+$/],
  ["characters that need no quoting", isRequestId, /^[\w\-.~:/+=@]{1,128}$/],
];

describe("each class of characters", () => {
  it.each(CLASSES)("is %s", (_sentence, isMember, grammar) => {
    expect(isMember("")).toBe(grammar.test(""));
    for (let code = 0; code <= 0x2ff; code += 1) {
      const character = String.fromCharCode(code);
      for (const text of [character, `a${character}`, `0${character}0`]) {
        if (isMember(text) !== grammar.test(text)) expect.fail(`differs at ${code}`);
      }
    }
  });

  it("has the same token characters as bytes", () => {
    for (let byte = 0; byte < 256; byte += 1) {
      expect(isTokenByte(byte)).toBe(isToken(String.fromCharCode(byte)));
    }
  });

  it("ends a request id at 128 characters", () => {
    expect(isRequestId("a".repeat(128))).toBe(true);
    expect(isRequestId("a".repeat(129))).toBe(false);
  });
});

describe("isAuthority", () => {
  it.each<[text: string, expected: boolean]>([
    ["h", true],
    ["h.example", true],
    ["lab-7_x~!$&'()*+,;=", true],
    ["127.0.0.1:8081", true],
    ["h:", true],
    ["[::1]", true],
    ["[::1]:8081", true],
    ["[::ffff:1.2.3.4]:80", true],
    ["[fe80::1%25eth0]", true],
    ["%e2%82%ac", true],
    ["", false],
    [":80", false],
    ["h:x", false],
    ["h:80:81", false],
    ["h:-1", false],
    ["::1", false],
    ["[::1", false],
    ["::1]", false],
    ["[]", false],
    ["[h]", false],
    ["[::1]x", false],
    ["x[::1]", false],
    ["[[::1]]", false],
    ["[::1][::1]", false],
    ["[::1]:x", false],
    ["a@h", false],
    ["h/x", false],
    ["h?x", false],
    ["h#x", false],
    ["a b", false],
    ["h\\x", false],
    ["h\x00", false],
    ["\xe9", false],
  ])("of %j is %s", (text, expected) => {
    expect(isAuthority(text)).toBe(expected);
  });
});

describe("trimWhitespace", () => {
  it("takes blanks and tabs off both ends, and nothing else", () => {
    const texts = fc.string({ unit: fc.constantFrom(" ", "\t", "a", "\xa0", "\v", "\n") });
    fc.assert(
      fc.property(texts, (text) => {
        expect(trimWhitespace(text)).toBe(text.replace(/^[ \t]+/, "").replace(/[ \t]+$/, ""));
      }),
    );
  });
});
