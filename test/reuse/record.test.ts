import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClaimRecord, formatRecord, parseRecord } from "../../src/reuse/record.ts";
import { environmentOf, environments } from "../dialects/environments.ts";

const hash = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (bytes: Uint8Array): ClaimRecord | undefined => parseRecord(bytes, hash);

const RECORD: ClaimRecord = {
  terms: '{"outputs":["sh:ü"]}',
  names: ["KEY1", "KEY2"],
  measures: [
    { length: 24, sha256: "ab".repeat(32) },
    { length: 0, sha256: "cd".repeat(32) },
  ],
  environment: [],
};

/** A record with a right digest, whatever it holds. */
function sealed(rest: string, title = "startup-server-claimed 1"): Uint8Array {
  return encode(`${title} ${createHash("sha256").update(rest).digest("hex")}\n${rest}`);
}

/** As text, since values do not show themselves. */
function reveal(record: ClaimRecord | undefined): unknown {
  return {
    ...record,
    environment: record?.environment.map((each) => [each.name, each.value.reveal()]),
  };
}

describe("formatRecord", () => {
  it("has a line each for its digest, the terms, the names and the measures", () => {
    const rest = `${RECORD.terms}\nKEY1,KEY2\n24 ${"ab".repeat(32)} 0 ${"cd".repeat(32)}\n`;
    expect(formatRecord(RECORD, hash)).toEqual(sealed(rest));
  });

  it("has the variables behind them where it is to keep them", () => {
    const environment = environmentOf([
      ["A", "1"],
      ["B", "two\nlines"],
    ]);
    const text = new TextDecoder().decode(formatRecord({ ...RECORD, environment }, hash));
    expect(text.endsWith("\nA=1\0B=two\nlines\0")).toBe(true);
  });
});

describe("parseRecord", () => {
  it("gives back what was formatted, whatever the environment", () => {
    const measures = fc.array(
      fc.record({ length: fc.nat(), sha256: fc.constant("ab".repeat(32)) }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(environments, measures, (pairs, each) => {
        const environment = environmentOf(pairs);
        const names = environment.map(({ name }) => name);
        const record = { terms: RECORD.terms, names, measures: each, environment };
        expect(reveal(parse(formatRecord(record, hash)))).toEqual(reveal(record));
      }),
    );
  });

  it("takes none for whole that has been cut or changed in any place", () => {
    const bytes = formatRecord(RECORD, hash);
    for (let at = 0; at < bytes.length; at += 1) {
      expect(parse(bytes.slice(0, at))).toBeUndefined();
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(parse(flipped)).toBeUndefined();
    }
    expect(parse(Uint8Array.from([...bytes, 0]))).toBeUndefined();
  });

  it.each<[sentence: string, bytes: Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["one line", encode("startup-server-claimed 1\n")],
    ["JSON", encode('{"version":1}\n')],
    ["a later version", sealed("{}\nA\n\n", "startup-server-claimed 2")],
    ["too few lines", sealed("{}\nA")],
    ["a length that is no number", sealed(`{}\nA\nx ${"ab".repeat(32)}\n`)],
    ["a negative length", sealed(`{}\nA\n-1 ${"ab".repeat(32)}\n`)],
    ["a length without end", sealed(`{}\nA\n1e400 ${"ab".repeat(32)}\n`)],
    [
      "other bytes than UTF-8",
      Uint8Array.from([...encode("startup-server-claimed 1 "), 0xff, 0x0a]),
    ],
  ])("takes %s for no record", (_sentence, bytes) => {
    expect(parse(bytes)).toBeUndefined();
  });
});
