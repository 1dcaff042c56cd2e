import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/claim/variable.ts";
import type { Host } from "../../src/host.ts";
import { Headers, type RequestHead } from "../../src/http/request.ts";
import { Log } from "../../src/log.ts";
import { Gate } from "../../src/server/gate.ts";

let nowMs = 1000;
const lines: string[] = [];
const host = {
  monotonicMs: () => nowMs,
  sha256: (bytes: Uint8Array) => createHash("sha256").update(bytes).digest(),
} as unknown as Host;
const log = new Log(
  { log: (line) => lines.push(line), epochMs: () => 0 },
  { format: "json", level: "debug", isColoured: false },
);

function head(fields: readonly (readonly [string, string])[]): RequestHead {
  const headers = new Headers();
  for (const [name, value] of [["host", "pod:8081"], ...fields] as const)
    headers.add(name ?? "", value ?? "");
  return {
    method: "GET",
    target: { path: "/", query: "A=1", authority: undefined },
    version: "1.1",
    headers,
    framing: { kind: "none" },
    persists: true,
    expectsContinue: false,
  };
}

const code = (gate: Gate, ...fields: [string, string][]): string | undefined =>
  gate.check(head(fields))?.code;

describe("a gate without a token", () => {
  const gate = new Gate(host, log, undefined);

  it.each<[string, [string, string][], string | undefined]>([
    ["a plain caller", [], undefined],
    ["a caller with a token that nobody asked for", [["authorization", "Bearer x"]], undefined],
    ["a person who typed the address", [["sec-fetch-site", "none"]], undefined],
    [
      "a page of its own",
      [
        ["sec-fetch-site", "same-origin"],
        ["origin", "http://pod:8081"],
      ],
      undefined,
    ],
    ["an origin in other case", [["origin", "http://POD:8081"]], undefined],
    ["a page of another site", [["sec-fetch-site", "cross-site"]], "foreign_origin"],
    ["a page of the same site", [["sec-fetch-site", "same-site"]], "foreign_origin"],
    ["a word that is not known", [["sec-fetch-site", "new-word"]], "foreign_origin"],
    [
      "two words of which one is foreign",
      [
        ["sec-fetch-site", "none"],
        ["sec-fetch-site", "cross-site"],
      ],
      "foreign_origin",
    ],
    ["a foreign origin", [["origin", "https://evil.example"]], "foreign_origin"],
    ["another port of the same host", [["origin", "http://pod:9000"]], "foreign_origin"],
    ["a sandboxed page", [["origin", "null"]], "foreign_origin"],
    ["a prefetch", [["sec-purpose", "prefetch;prerender"]], "foreign_origin"],
    ["an older prefetch", [["purpose", "prefetch"]], "foreign_origin"],
    ["the oldest prefetch", [["x-moz", "prefetch"]], "foreign_origin"],
  ])("meets %s", (_sentence, fields, expected) => {
    expect(code(gate, ...fields)).toBe(expected);
  });
});

describe("a gate with a token", () => {
  const gate = new Gate(host, log, new Secret("s3cret-token"));

  it.each<[string, [string, string][], string | undefined]>([
    ["its holder", [["authorization", "Bearer s3cret-token"]], undefined],
    ["its holder, the scheme in other case", [["authorization", "bEARER s3cret-token"]], undefined],
    ["nobody's token", [], "unauthorized"],
    ["a wrong token", [["authorization", "Bearer s3cret-tokem"]], "unauthorized"],
    ["a longer token", [["authorization", "Bearer s3cret-token1"]], "unauthorized"],
    ["a shorter token", [["authorization", "Bearer s3cret-toke"]], "unauthorized"],
    ["another scheme", [["authorization", "Basic s3cret-token"]], "unauthorized"],
    ["the token without a scheme", [["authorization", "s3cret-token"]], "unauthorized"],
    [
      "the token given twice",
      [
        ["authorization", "Bearer s3cret-token"],
        ["authorization", "Bearer s3cret-token"],
      ],
      "unauthorized",
    ],
    [
      "its holder on a foreign page",
      [
        ["authorization", "Bearer s3cret-token"],
        ["origin", "http://evil"],
      ],
      "foreign_origin",
    ],
  ])("meets %s", (_sentence, fields, expected) => {
    expect(code(gate, ...fields)).toBe(expected);
  });

  it("answers wrong tokens one in 200 ms, over all connections", () => {
    nowMs = 1_000_000;
    const times = [1, 2, 3].map(() => gate.check(head([]))?.notBeforeMs);
    expect(times).toEqual([1_000_200, 1_000_400, 1_000_600]);
  });

  it("lets nobody wait longer than two seconds", () => {
    nowMs = 2_000_000;
    const times = Array.from({ length: 300 }, () => gate.check(head([]))?.notBeforeMs);
    expect(times.at(-1)).toBe(2_002_000);
  });

  it("logs neither the token nor what was given for it", () => {
    gate.check(head([["authorization", "Bearer s3cret-guess"]]));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join("")).not.toContain("s3cret");
  });
});
