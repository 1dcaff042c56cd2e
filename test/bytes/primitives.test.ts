import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLatin1 } from "../../src/bytes/primitives.ts";

describe("decodeLatin1", () => {
  it("makes every byte the character of the same number, in any range", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(40), fc.nat(40), (bytes, start, length) => {
        const end = Math.min(start + length, bytes.length);
        const expected = Buffer.from(bytes).toString("latin1", start, Math.max(start, end));
        expect(decodeLatin1(bytes, start, end)).toBe(expected);
      }),
    );
  });

  it.each([0, 1, 8191, 8192, 8193, 16_384, 1024 * 1024])("decodes %i bytes whole", (length) => {
    const bytes = new Uint8Array(length).map((_byte, index) => index % 256);
    expect(decodeLatin1(bytes, 0, length) === Buffer.from(bytes).toString("latin1")).toBe(true);
  });
});
