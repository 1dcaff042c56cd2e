/** The client's parts that decide by numbers: lives, pauses, progress. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatProgress, Progress } from "../../client/commands/progress.ts";
import { compareLives } from "../../client/life.ts";
import { keyOf, parseTarget } from "../../client/target.ts";
import { pauseMs } from "../../client/time-line.ts";

describe("two sightings of a server", () => {
  it.each<[string, number, number, number, number, string]>([
    ["long before", 60_000, 10_000, 10_010, 5_000, "same"],
    ["just before, at the latest", 5_010, 10_000, 10_010, 5_000, "same"],
    ["perhaps before", 5_005, 10_000, 10_010, 5_000, "unclear"],
    ["perhaps before, for the uptime is rounded down", 4_999, 10_000, 10_000, 5_000, "unclear"],
    ["just after, at the earliest", 4_998, 10_000, 10_000, 5_000, "another"],
    ["long after", 10, 10_000, 10_010, 5_000, "another"],
  ])(
    "are of one life if it began %s",
    (_sentence, uptimeMs, askedMs, heardMs, sinceMs, expected) => {
      expect(compareLives(uptimeMs, { askedMs, heardMs }, sinceMs)).toBe(expected);
    },
  );

  it("never mistakes a younger server for the same, however long the question takes", () => {
    const ms = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(ms, ms, ms, ms, (sinceMs, laterMs, thereMs, backMs) => {
        const startMs = sinceMs + 1 + laterMs;
        const askedMs = startMs;
        const saidMs = askedMs + thereMs;
        const heardMs = saidMs + backMs;
        expect(compareLives(saidMs - startMs, { askedMs, heardMs }, sinceMs)).not.toBe("same");
      }),
    );
  });

  it("never mistakes the same server for a younger one", () => {
    const ms = fc.double({ min: 0, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(ms, ms, ms, ms, (startMs, aliveMs, thereMs, backMs) => {
        const sinceMs = startMs + aliveMs;
        const saidMs = sinceMs + thereMs;
        const asked = { askedMs: sinceMs, heardMs: saidMs + backMs };
        const uptimeMs = Math.floor(saidMs - startMs);
        expect(compareLives(uptimeMs, asked, sinceMs)).not.toBe("another");
      }),
    );
  });
});

describe("pauses between attempts", () => {
  it.each([
    ["the first is short", 0, 1, 20],
    ["the next may be twice as long", 1, 1, 40],
    ["the sixth is the longest", 6, 1, 1_000],
    ["none is longer", 2_000, 1, 1_000],
    ["each may be any part of that", 3, 0.25, 40],
  ])("%s", (_sentence, failures, random, expected) => {
    expect(pauseMs(failures, random)).toBe(expected);
  });
});

describe("a server's URL", () => {
  it.each([
    ["http://h:8081", "http://h:8081/", "http://h:8081/heart_beat", "http://h:8081/status"],
    [
      "http://h/startup/inject",
      "http://h/startup/inject",
      "http://h/startup/heart_beat",
      "http://h/status",
    ],
    [
      "https://h/pool/7",
      "https://h/pool/7/",
      "https://h/pool/7/heart_beat",
      "https://h/pool/7/status",
    ],
    [
      "http://[::1]:1/pool/startup/inject",
      "http://[::1]:1/pool/startup/inject",
      "http://[::1]:1/pool/startup/heart_beat",
      "http://[::1]:1/pool/status",
    ],
  ])("%s has its routes", (text, claim, health, status) => {
    const target = parseTarget(text);
    const hrefs = target.ok
      ? [target.value.claim, target.value.health, target.value.status].map(({ href }) => href)
      : [];
    expect(hrefs).toEqual([claim, health, status]);
  });
});

describe("two names", () => {
  it.each([
    ["http://h", "http://h:80/"],
    ["http://H:8081", "http://h:8081/startup/inject"],
    ["https://h/pool/7", "https://h/pool/7/startup/inject"],
    ["http://h/startup/inject", "http://h/startup/inject/"],
    ["unix:/run/a.sock", "unix:/run/../run/a.sock"],
  ])("%s and %s are of one server", (one, other) => {
    const [first, second] = [one, other].map((text) => parseTarget(text));
    expect(first?.ok && keyOf(first.value)).toBe(second?.ok && keyOf(second.value));
  });

  it.each([
    ["http://h/startup", "http://h/startup/inject"],
    ["http://h:8081", "http://h:8082"],
    ["http://h", "https://h"],
  ])("%s and %s are of two", (one, other) => {
    const [first, second] = [one, other].map((text) => parseTarget(text));
    expect(first?.ok && keyOf(first.value)).not.toBe(second?.ok && keyOf(second.value));
  });
});

describe("a socket file", () => {
  it("has the original's routes, and a path that is a target's key", () => {
    const target = parseTarget("unix:/run/startup.sock");
    expect(target.ok && target.value.socketPath).toBe("/run/startup.sock");
    expect(target.ok && target.value.claim.href).toBe("http://localhost/");
    expect(target.ok && keyOf(target.value)).toBe("unix:/run/startup.sock");
  });

  it.each(["unix:", "unix:a\0b", `unix:${"ä".repeat(54)}`])("is none in %j", (text) => {
    expect(parseTarget(text).ok).toBe(false);
  });
});

describe("the progress bar", () => {
  it.each<[string, [name: "claimed" | "unknown", count: number][], number, string]>([
    ["begins empty", [], 8, "\r[........................] 0 of 8\u001b[K"],
    ["fills up", [["claimed", 3]], 8, "\r[#########...............] 3 of 8, 3 claimed\u001b[K"],
    [
      "tells outcomes apart",
      [
        ["claimed", 7],
        ["unknown", 1],
      ],
      8,
      "\r[########################] 8 of 8, 7 claimed, 1 unknown\u001b[K",
    ],
    ["is full where there is nothing to do", [], 0, "\r[########################] 0 of 0\u001b[K"],
  ])("%s", (_sentence, counts, total, expected) => {
    expect(formatProgress(new Map(counts), total, 80)).toBe(expected);
  });

  it("is never longer than a line, however many outcomes there are", () => {
    const tally = new Map([["claimed", 1_000] as const, ["unknown", 1_000] as const]);
    expect(formatProgress(tally, 2_000, 40)).toBe(
      "\r[########################] 2000 of 2000\u001b[K",
    );
    expect(formatProgress(tally, 2_000, 0)).toContain("1000 claimed, 1000 unknown\u001b[K");
  });

  it("is written ten times a second at most, and at the end once more", () => {
    const written: string[] = [];
    const write = (text: string): number => written.push(text);
    const progress = new Progress(1_000, { columns: 80, write });
    for (let nowMs = 0; nowMs < 1_000; nowMs += 1) progress.show(new Map(), nowMs);
    expect(written).toHaveLength(10);
    progress.finish(new Map([["claimed", 1_000]]));
    expect(written.at(-1)).toContain("1000 of 1000, 1000 claimed\u001b[K\n");
  });
});
