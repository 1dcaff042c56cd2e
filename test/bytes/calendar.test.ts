import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHttpDate, formatTimestamp } from "../../src/bytes/calendar.ts";

/** The last millisecond of the year 9999, behind which neither format can go. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

describe("the calendar", () => {
  it.each<[sentence: string, epochMs: number, timestamp: string, httpDate: string]>([
    ["begins in 1970", 0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"],
    [
      "tells the RFC's own example",
      Date.UTC(1994, 10, 6, 8, 49, 37),
      "1994-11-06T08:49:37.000Z",
      "Sun, 06 Nov 1994 08:49:37 GMT",
    ],
    [
      "has a leap day every four years",
      Date.UTC(2024, 1, 29),
      "2024-02-29T00:00:00.000Z",
      "Thu, 29 Feb 2024 00:00:00 GMT",
    ],
    [
      "has a leap day in 2000",
      Date.UTC(2000, 1, 29),
      "2000-02-29T00:00:00.000Z",
      "Tue, 29 Feb 2000 00:00:00 GMT",
    ],
    [
      "has no leap day in 2100",
      Date.UTC(2100, 1, 28) + 86_400_000,
      "2100-03-01T00:00:00.000Z",
      "Mon, 01 Mar 2100 00:00:00 GMT",
    ],
    [
      "ends a year",
      Date.UTC(2026, 11, 31, 23, 59, 59, 999),
      "2026-12-31T23:59:59.999Z",
      "Thu, 31 Dec 2026 23:59:59 GMT",
    ],
    [
      "drops a fraction of a millisecond",
      1.75,
      "1970-01-01T00:00:00.001Z",
      "Thu, 01 Jan 1970 00:00:00 GMT",
    ],
  ])("%s", (_sentence, epochMs, timestamp, httpDate) => {
    expect(formatTimestamp(epochMs)).toBe(timestamp);
    expect(formatHttpDate(epochMs)).toBe(httpDate);
  });

  it("agrees with Date at any instant up to the year 9999", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST_MS }), (epochMs) => {
        expect(formatTimestamp(epochMs)).toBe(new Date(epochMs).toISOString());
        expect(formatHttpDate(epochMs)).toBe(new Date(epochMs).toUTCString());
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with Date on every day of four centuries", () => {
    for (let day = 0; day < 146_097; day += 1) {
      const epochMs = day * 86_400_000 + 1;
      if (formatHttpDate(epochMs) !== new Date(epochMs).toUTCString()) expect.fail(`day ${day}`);
    }
  });
});
