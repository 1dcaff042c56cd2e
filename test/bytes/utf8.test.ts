import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUtf8, utf8Length } from "../../src/bytes/primitives.ts";
import { decodeUtf8, isAscii } from "../../src/bytes/utf8.ts";

const platform = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeOnPlatform(bytes: Uint8Array): string | undefined {
  try {
    return platform.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Text of any code units, lone surrogates among them, dense where encodings change their length. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.oneof(
        fc.integer({ min: 0, max: 0xffff }),
        fc.constantFrom(0xd800, 0xdbff, 0xdc00, 0xdfff, 0x7f, 0x80, 0x7ff, 0x800),
      ),
    )
    .map((units) => String.fromCharCode(...units)),
);

/** Bytes that are often almost UTF-8. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
  fc
    .array(
      fc.constantFrom(
        0x00,
        0x41,
        0x7f,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc0,
        0xc1,
        0xc2,
        0xdf,
        0xe0,
        0xe1,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
        0xff,
      ),
      { maxLength: 12 },
    )
    .map((bytes) => Uint8Array.from(bytes)),
);

describe("decodeUtf8", () => {
  it.each<[sentence: string, bytes: number[], expected: string | undefined]>([
    ["nothing is the empty text", [], ""],
    ["ASCII is itself, NUL included", [0x41, 0x00, 0x7f], "A\0\x7f"],
    ["two bytes are a letter", [0xc3, 0xa9], "é"],
    ["three bytes are a sign", [0xe2, 0x82, 0xac], "€"],
    ["four bytes are a pair of surrogates", [0xf0, 0x9f, 0x98, 0x80], "😀"],
    ["a byte order mark stays", [0xef, 0xbb, 0xbf, 0x41], "\ufeffA"],
    ["the last code point is taken", [0xf4, 0x8f, 0xbf, 0xbf], "\u{10ffff}"],
    ["a code point behind the last is refused", [0xf4, 0x90, 0x80, 0x80], undefined],
    ["a continuation byte alone is refused", [0x80], undefined],
    ["a sequence cut off is refused", [0xe2, 0x82], undefined],
    ["a sequence broken off is refused", [0xe2, 0x41, 0x41], undefined],
    ["an overlong slash is refused", [0xc0, 0xaf], undefined],
    ["an overlong NUL is refused", [0xc0, 0x80], undefined],
    ["an overlong form of three bytes is refused", [0xe0, 0x9f, 0xbf], undefined],
    ["an overlong form of four bytes is refused", [0xf0, 0x8f, 0xbf, 0xbf], undefined],
    ["a surrogate is refused", [0xed, 0xa0, 0x80], undefined],
    ["a pair of encoded surrogates is refused", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], undefined],
    ["bytes that no form has are refused", [0xff], undefined],
  ])("%s", (_sentence, bytes, expected) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBe(expected);
  });

  it("says what the platform's strict decoder says, for any bytes", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(decodeUtf8(bytes)).toBe(decodeOnPlatform(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it("says what the platform's decoder says of every sequence of two bytes, and of its ends", () => {
    for (let first = 0x80; first < 0x100; first += 1) {
      for (let second = 0; second < 0x100; second += 1) {
        for (const tail of [[], [0x80], [0xbf, 0x80], [0x80, 0xbf, 0x41]]) {
          const bytes = Uint8Array.of(first, second, ...tail);
          if (decodeUtf8(bytes) !== decodeOnPlatform(bytes))
            expect.fail(`differs on ${bytes.join()}`);
        }
      }
    }
  });

  it("decodes text that spans its chunks, a pair of surrogates across the seam", () => {
    for (const before of [4094, 4095, 4096, 4097]) {
      const text = `${"a".repeat(before)}😀${"é".repeat(5000)}`;
      expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
    }
  });
});

describe("encodeUtf8, utf8Length and isAscii", () => {
  it("encode and count as the platform does, for any well-formed text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const expected = new TextEncoder().encode(text);
        expect(encodeUtf8(text)).toEqual(expected);
        expect(utf8Length(text)).toBe(expected.length);
      }),
    );
  });

  it("count a lone surrogate as the three bytes of its replacement", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  it("call a text ASCII exactly where each character is one byte", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), anyText), (text) => {
        expect(isAscii(text)).toBe(new TextEncoder().encode(text).length === text.length);
      }),
    );
  });

  it("give back what was decoded", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = decodeUtf8(bytes);
        if (text !== undefined) expect(encodeUtf8(text)).toEqual(Uint8Array.from(bytes));
      }),
    );
  });
});
