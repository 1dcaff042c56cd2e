import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../src/claim/variable.ts";
import { showsColours } from "../src/log-text.ts";
import {
  type Fields,
  Log,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  MAX_LINE_BYTES,
} from "../src/log.ts";

function logged(format: LogFormat, level: LogLevel, write: (log: Log) => void): string[] {
  const lines: string[] = [];
  write(
    new Log(
      { log: (line) => lines.push(line), epochMs: () => 1_700_000_000_042 },
      { format, level, isColoured: false },
    ),
  );
  return lines;
}

/** Controls, and what moves, parts or hides text without being seen. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u200b-\u200d\u2060-\u2064\ufeff]/u;

describe("Log", () => {
  it("writes one JSON object a line, the contract's fields first", () => {
    const lines = logged("json", "info", (log) =>
      log.write("info", "claimed", { count: 2, names: ["A", "B"] }, "id-1"),
    );
    expect(lines).toEqual([
      '{"level":"info","timestamp":"2023-11-14T22:13:20.042Z","request_id":"id-1","message":"claimed","count":2,"names":["A","B"]}\n',
    ]);
  });

  it.each<[sentence: string, fields: Fields, expected: string]>([
    ["words as they are", { host: "::", port: 8081, is: true }, "host=:: port=8081 is=true"],
    ["several words between commas", { names: ["A", "B_C"] }, "names=A,B_C"],
    ["nothing of a field without members", { names: [], count: 0 }, "count=0"],
    ["a text with a blank as JSON", { file: "a b" }, 'file="a b"'],
    ["an empty text as JSON", { file: "" }, 'file=""'],
    ["a list with a comma in it as JSON", { files: ["a,b", "c"] }, 'files=["a,b","c"]'],
    ["a list with an empty text in it as JSON", { files: ["", "c"] }, 'files=["","c"]'],
    ["a line break as JSON", { code: "x\ny" }, 'code="x\\ny"'],
    ["a quote as JSON", { code: 'x"y' }, 'code="x\\"y"'],
    ["a text in another language", { file: "/grün/中" }, "file=/grün/中"],
    ["an escape sequence as JSON", { code: "\u001b[31m" }, 'code="\\u001b[31m"'],
    ["a C1 control as JSON", { code: "\u009b31m" }, 'code="\\u009b31m"'],
  ])("writes for people %s", (_sentence, fields, expected) => {
    const lines = logged("text", "info", (log) => log.write("warn", "refused", fields, "id-1"));
    const line = `2023-11-14T22:13:20.042Z warn  refused ${expected} request_id=id-1\n`;
    expect(lines).toEqual([line]);
  });

  it("colours the level, and fades what is there in every line", () => {
    const lines: string[] = [];
    const sink = { log: (line: string) => lines.push(line), epochMs: () => 1_700_000_000_042 };
    const log = new Log(sink, { format: "text", level: "debug", isColoured: true });
    for (const level of LOG_LEVELS) log.write(level, "said", { code: "x" });
    const time = "\u001b[2m2023-11-14T22:13:20.042Z\u001b[0m";
    expect(lines).toEqual(
      [
        `\u001b[2mdebug\u001b[0m said`,
        `\u001b[32minfo \u001b[0m said`,
        `\u001b[33mwarn \u001b[0m said`,
        `\u001b[31merror\u001b[0m said`,
      ].map((text) => `${time} ${text} \u001b[2mcode=\u001b[0mx\n`),
    );
  });

  it.each(["json", "text"] as const)("lets nothing act on a terminal that shows %s", (format) => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.string()), (code, names) => {
        const [line = ""] = logged(format, "info", (log) =>
          log.write("info", "x", { code, names }),
        );
        expect(line.slice(0, -1)).not.toMatch(UNSEEN);
        if (format === "json") expect(JSON.parse(line)).toMatchObject({ code, names });
      }),
    );
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

describe("showsColours", () => {
  it.each<[sentence: string, isTerminal: boolean, env: Record<string, string>, expected: boolean]>([
    ["on a terminal", true, {}, true],
    ["on a terminal with a name", true, { TERM: "xterm-256color" }, true],
    ["on a terminal where NO_COLOR is empty", true, { NO_COLOR: "" }, true],
    ["not on a terminal where NO_COLOR is set", true, { NO_COLOR: "1" }, false],
    ["not on a dumb terminal", true, { TERM: "dumb" }, false],
    ["not in a pipe", false, { TERM: "xterm-256color" }, false],
  ])("says that colours are shown %s", (_sentence, isTerminal, env, expected) => {
    expect(showsColours({ isTerminal: () => isTerminal, variable: (name) => env[name] })).toBe(
      expected,
    );
  });
});
