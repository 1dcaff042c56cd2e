import { describe, expect, it } from "vitest";
import { Secret } from "../src/claim/variable.ts";
import { Log, type LogFormat, type LogLevel, MAX_LINE_BYTES } from "../src/log.ts";

function logged(format: LogFormat, level: LogLevel, write: (log: Log) => void): string[] {
  const lines: string[] = [];
  write(
    new Log(
      { log: (line) => lines.push(line), epochMs: () => 1_700_000_000_042 },
      { format, level },
    ),
  );
  return lines;
}

describe("Log", () => {
  it("writes one JSON object a line, the contract's fields first", () => {
    const lines = logged("json", "info", (log) =>
      log.write("info", "claimed", { count: 2, names: ["A", "B"] }, "id-1"),
    );
    expect(lines).toEqual([
      '{"level":"info","timestamp":"2023-11-14T22:13:20.042Z","request_id":"id-1","message":"claimed","count":2,"names":["A","B"]}\n',
    ]);
  });

  it("writes one line for people as text", () => {
    const lines = logged("text", "info", (log) =>
      log.write("warn", "refused", { code: "x\ny" }, "id-1"),
    );
    expect(lines).toEqual([
      '2023-11-14T22:13:20.042Z warn  refused code="x\\ny" request_id=id-1\n',
    ]);
  });

  it("leaves out what is below its level", () => {
    const lines = logged("json", "warn", (log) => {
      log.write("debug", "a");
      log.write("info", "b");
      log.write("warn", "c");
      log.write("error", "d");
    });
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      "c",
      "d",
    ]);
  });

  it("keeps a line within PIPE_BUF, still whole JSON", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `NAME_${index}_`.padEnd(300, "x"));
    const [line = ""] = logged("json", "info", (log) =>
      log.write("info", "claimed", { count: 1, names }),
    );
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES);
    expect(JSON.parse(line)).toMatchObject({ message: "claimed", count: 1 });
  });

  it("gives up an event's fields rather than write a longer line", () => {
    const names = Array.from({ length: 20 }, () => "\u4e2d".repeat(300));
    const [line = ""] = logged("json", "info", (log) =>
      log.write("info", "claimed", { names, files: names, uncommon_names: names }, "x".repeat(128)),
    );
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES);
    expect(JSON.parse(line)).toMatchObject({ message: "claimed", request_id: "x".repeat(128) });
  });

  it("cannot print a secret, even one that slips through the types", () => {
    const fields = { value: new Secret("hunter2") } as unknown as Record<string, string>;
    for (const format of ["json", "text"] as const) {
      const [line] = logged(format, "info", (log) => log.write("info", "oops", fields));
      expect(line).toContain("[redacted]");
      expect(line).not.toContain("hunter2");
    }
  });
});
