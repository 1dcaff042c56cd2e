import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestParser } from "../../src/http/request-parser.ts";
import { bytesOf, LIMITS, readAll } from "./reading.ts";
import { requestStreams, validRequests } from "./request-grammar.ts";

function split(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(sizes[turn % sizes.length] ?? 1, 1);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Limits that the generated streams run into now and then. */
const limits = fc.record({
  maxTargetBytes: fc.constantFrom(4, 20, 256),
  maxHeaderBytes: fc.constantFrom(8, 40, 1024),
  maxBodyBytes: fc.constantFrom(3, 512),
});

describe("however its bytes are split into reads, a stream gives the same steps", () => {
  it("for streams valid and broken, within the limits and beyond", () => {
    fc.assert(
      fc.property(
        requestStreams,
        limits,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        (text, someLimits, sizes) => {
          const bytes = bytesOf(text);
          const whole = readAll([bytes], someLimits);
          expect(readAll(split(bytes, sizes), someLimits)).toEqual(whole);
          expect(readAll(split(bytes, [1]), someLimits)).toEqual(whole);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("at each place of a valid stream", () => {
    fc.assert(
      fc.property(fc.array(validRequests, { minLength: 1, maxLength: 2 }), (parts) => {
        const bytes = bytesOf(parts.join(""));
        const whole = readAll([bytes]);
        const requests = whole.steps.filter(({ told }) => told === "request");
        expect(requests.length).toBe(parts.length);
        for (let at = 1; at < bytes.length; at += 1) {
          expect(readAll([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("where CR ends a body and the next request comes in another packet", () => {
    const first = bytesOf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n\r");
    const second = bytesOf("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const kinds = readAll([first, second]).steps.map(({ told }) => told);
    expect(kinds).toEqual(["head", "request", "head", "request"]);
  });
});

describe("a stream that stops before its end", () => {
  it("never gives a request that the whole stream does not give, nor the last one", () => {
    fc.assert(
      fc.property(validRequests, (text) => {
        const bytes = bytesOf(text);
        for (let end = 0; end < bytes.length; end += 1) {
          const { steps } = readAll([bytes.subarray(0, end)]);
          if (steps.some(({ told }) => told !== "head")) expect.fail(`a step at ${end} of ${text}`);
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** The milliseconds that one read takes of `count` bytes of `filler` behind `front`, pushed one by one. */
function measure(front: string, filler: string, count: number): number {
  const unlimited = { maxTargetBytes: 2 ** 30, maxHeaderBytes: 2 ** 30, maxBodyBytes: 2 ** 30 };
  const parser = new RequestParser(unlimited);
  parser.push(bytesOf(front));
  parser.own();
  const cycle = bytesOf(filler);
  const startMs = performance.now();
  for (let index = 0; index < count; index += 1) {
    const at = index % cycle.length;
    parser.push(cycle.subarray(at, at + 1));
    while (parser.next().kind === "head");
    parser.own();
  }
  expect(parser.isWithinRequest).toBe(true);
  return performance.now() - startMs;
}

describe("the work is linear in the bytes, one byte at a time,", () => {
  const head = "POST / HTTP/1.1\r\nHost: h\r\n";
  it.each<[sentence: string, front: string, filler: string]>([
    ["of a target", "GET /", "a"],
    ["of a target of nothing but ampersands", "GET /?", "&"],
    ["of one field", `${head}A: `, "b"],
    ["of many fields", head, "A: b\r\n"],
    ["of a body with a length", `${head}Content-Length: 99999999\r\n\r\n`, "\r"],
    ["of small chunks", `${head}Transfer-Encoding: chunked\r\n\r\n`, "1\r\nx\r\n"],
    ["of a chunk extension", `${head}Transfer-Encoding: chunked\r\n\r\n1;`, "a"],
    ["of trailers", `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n`, "A: b\r\n"],
  ])("%s", (_sentence, front, filler) => {
    const few = 16 * 1024;
    const factor = 16;
    measure(front, filler, few);
    // Twice what is linear costs twice as much; what is quadratic, sixteen times as much again. The best of three sets aside what else the machine does.
    const best = (count: number): number =>
      Math.min(...[1, 2, 3].map(() => measure(front, filler, count)));
    const ratio = best(few * factor) / best(few);
    expect(ratio).toBeLessThan(factor * 5);
  });
});

describe("memory", () => {
  it("is held for what has come, not for what was announced", () => {
    const parser = new RequestParser({ ...LIMITS, maxBodyBytes: 2 ** 30 });
    parser.push(bytesOf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\nabc"));
    while (parser.next().kind === "head");
    parser.own();
    expect(parser.heldBytes).toBeLessThan(1024);
  });

  it("is given back once a request is complete or refused", () => {
    const body = "x".repeat(500);
    for (const end of ["", "GET /", "\0"]) {
      const parser = new RequestParser(LIMITS);
      parser.push(
        bytesOf(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n${body}${end}`),
      );
      for (let step = parser.next(); !["incomplete", "refused"].includes(step.kind);)
        step = parser.next();
      parser.own();
      expect(parser.heldBytes).toBe(end === "GET /" ? 5 : 0);
    }
  });
});
