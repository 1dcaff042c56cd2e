/** What the claim command makes of its command line, its files and its earlier results. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseClaimArguments } from "../../../client/commands/arguments.ts";
import { makePlan } from "../../../client/commands/plan.ts";
import { planSteps } from "../../../client/commands/resume.ts";
import { planTargets } from "../../../client/commands/targets.ts";
import { nodeFiles } from "../../../hosts/node/node-files.ts";
import { makeDirectory } from "../../blackbox/program.ts";

const URL1 = "http://10.0.0.1:8081";
const URL2 = "http://10.0.0.2:8081/startup/inject";

/** The plan in short, or the sentence of what is wrong. */
function plan(...args: readonly string[]): unknown {
  const parsed = parseClaimArguments(args);
  if (!parsed.ok) return parsed.problem;
  if (parsed.value.kind === "help") return "help";
  const made = makePlan(parsed.value, { variable: () => undefined, files: nodeFiles });
  if (!made.ok) return made.problem;
  return made.value.assignments.map(({ planned, step }) => [
    planned.target.claim.href,
    Object.fromEntries(planned.environment.map(({ name, value }) => [name, value.reveal()])),
    step.kind,
  ]);
}

function write(text: string): string {
  const path = join(makeDirectory(), "file");
  writeFileSync(path, text);
  return path;
}

describe("the claim command's command line", () => {
  it("takes URLs and variables in any order", () => {
    const expected = [
      [`${URL1}/`, { A: "1", B: "=x" }, "claim"],
      [URL2, { A: "1", B: "=x" }, "claim"],
    ];
    expect(plan("A=1", URL1, "--concurrency", "2", "B==x", URL2)).toEqual(expected);
  });

  it("takes variables from a file, either form", () => {
    const [env, json] = [write("A='x y'\n"), write('{"B":"ü","A":""}')];
    expect(plan("--env-file", env, URL1)).toEqual([[`${URL1}/`, { A: "x y" }, "claim"]]);
    expect(plan("--env-json", json, URL1)).toEqual([[`${URL1}/`, { B: "ü", A: "" }, "claim"]]);
  });

  it("takes targets from a file, each with its own variables behind those of all", () => {
    const lines = [
      "# a pool",
      URL1,
      "",
      `  {"url": "${URL2}", "variables": {"B": "{\\"x\\"}", "__proto__": "p"}}\r`,
      '{"url":"http://10.0.0.3"}',
    ];
    expect(plan("--targets", write(lines.join("\n")), "A=1")).toEqual([
      [`${URL1}/`, { A: "1" }, "claim"],
      [
        URL2,
        Object.fromEntries([
          ["A", "1"],
          ["B", '{"x"}'],
          ["__proto__", "p"],
        ]),
        "claim",
      ],
      ["http://10.0.0.3/", { A: "1" }, "claim"],
    ]);
  });

  it("claims with nothing only when told to", () => {
    expect(plan(URL1)).toBe(
      "expected variables for every target, or --allow-empty; --help says more",
    );
    expect(plan(URL1, "--allow-empty")).toEqual([[`${URL1}/`, {}, "claim"]]);
  });

  it.each<[string, readonly string[], RegExp]>([
    ["without a target", ["A=1"], /^expected a URL, or --targets/],
    ["with an unknown flag", ["--geheim=1"], /^--geheim: no such flag; --help lists all flags$/],
    [
      "with a flag twice",
      ["--deadline=1", "--deadline=2"],
      /^--deadline: expected once, got twice$/,
    ],
    [
      "with a flag without its value",
      [URL1, "--deadline"],
      /^--deadline: expected a value, got none$/,
    ],
    ["with a flag's empty value", ["--env-file="], /^--env-file: expected a value, got none$/],
    ["with a bad number", ["--concurrency", "0"], /^--concurrency: expected a whole number from 1/],
    ["with a bad generation", ["--generation", "x"], /^--generation: expected one of json, query/],
    [
      "with results from standard input",
      ["--resume", "-"],
      /^--resume: expected the path of a file/,
    ],
    ["with something else", [URL1, "geheim"], /^argument 2: expected a URL, NAME=VALUE or -$/],
    ["with a name that is none", ["1geheim=x"], /^argument 1: expected a URL, NAME=VALUE/],
    ["with a URL that holds a secret", ["http://u:geheim@h/", "A=1"], /^URL 1: expected an http/],
    [
      "with a URL twice",
      [URL1, `${URL1}/`, "A=1"],
      /^URL 2: expected each target once, got it twice$/,
    ],
    [
      "with two values of one name",
      [URL1, "A=1", "A=geheim"],
      /^URL 1: A: given twice with different/,
    ],
    [
      "with standard input twice",
      [URL1, "-", "--targets", "-"],
      /^standard input: expected to be read/,
    ],
    ["with two sources", [URL1, "-", "A=geheim"], /^expected variables from one of --env-file/],
    [
      "with a file that is not there",
      [URL1, "--env-file", "/n/o"],
      /^--env-file: .* got ENOENT at/,
    ],
    [
      "with targets that are not there",
      ["--targets", "/n/o"],
      /^--targets: .* got ENOENT at "\/n\/o"$/,
    ],
    ["with results that are not there", [URL1, "A=1", "--resume", "/n/o"], /^--resume: .* ENOENT/],
    ["with a token that is not there", [URL1, "--token-file", "/n/o"], /^--token-file: .* ENOENT/],
  ])("is refused %s", (_sentence, args, sentence) => {
    expect(plan(...args)).toMatch(sentence);
    if (!args.includes("--geheim=1")) expect(plan(...args)).not.toContain("geheim");
  });

  it.each([
    ["--env-file", "A=1\ngeheim\n", /^--env-file: line 2: expected NAME=value$/],
    ["--env-json", '["geheim"]', /^--env-json: expected one JSON object of strings$/],
    ["--env-json", '{"A":"geheim","A":"geheim"}', /^--env-json: expected one JSON object/],
    ["--env-json", '{"PORT":8080}', /^URL 1: PORT: expected a string, got a number/],
    ["--env-file", "A=1\0geheim\n", /^URL 1: A: expected text without NUL characters$/],
    ["--targets", "geheim\n", /^--targets line 1: expected an http or https URL/],
    [
      "--targets",
      '\n{"url":"http://h","variables":{"A":1}}',
      /^--targets line 2: A: expected a string/,
    ],
    [
      "--targets",
      '{"url":"http://h","variables":{"A":"1","A":"geheim"}}',
      /^--targets line 1: expected {/,
    ],
    [
      "--targets",
      '{"url":"http://h","variables":{"A":{"B":"geheim"}}}',
      /^--targets line 1: expected {/,
    ],
    ["--targets", '{"url":"http://h","variable":{"A":"geheim"}}', /^--targets line 1: expected {/],
    ["--targets", '{"variables":{"A":"geheim"}}', /^--targets line 1: expected {/],
    ["--targets", `{"url":"http://h","variables":{"A":"geheim"}`, /^--targets line 1: expected {/],
  ])("refuses %s with %j", (flag, text, sentence) => {
    const args = flag === "--targets" ? ["B=1"] : [URL1];
    const told = plan(...args, flag, write(text));
    expect(told).toMatch(sentence);
    expect(told).not.toContain("geheim");
  });

  it("refuses bytes that are not UTF-8", () => {
    const path = join(makeDirectory(), "file");
    writeFileSync(path, Buffer.from([0x41, 0x3d, 0xff]));
    expect(plan(URL1, "--env-file", path)).toBe("--env-file: expected UTF-8, got other bytes");
  });
});

describe("resuming", () => {
  const URLS = ["http://10.0.0.1:8081", "http://10.0.0.2:8081", "http://10.0.0.21:8081"];

  function steps(lines: string): unknown {
    const planned = planTargets(URLS, "", [{ name: "A", kind: "text", text: "1" }]);
    if (!planned.ok) return planned.problem;
    const made = planSteps(planned.value, lines);
    return made.ok ? made.value : made.problem;
  }

  const CLAIM = { kind: "claim" };

  function line(index: number, fields: object): string {
    return `${JSON.stringify({ url: URLS[index], began_at_ms: 4_000, ...fields })}\n`;
  }

  it.each<[string, string, readonly object[]]>([
    ["begins where nothing is known", "", [CLAIM, CLAIM, CLAIM]],
    [
      "skips what is claimed, taken or mismatched",
      line(0, { outcome: "claimed" }) +
        line(1, { outcome: "taken" }) +
        line(2, { outcome: "mismatched" }),
      [
        { kind: "skip", outcome: "claimed" },
        { kind: "skip", outcome: "taken" },
        { kind: "skip", outcome: "mismatched" },
      ],
    ],
    [
      "claims again what was refused or unreachable",
      line(0, { outcome: "refused" }) + line(1, { outcome: "unreachable" }),
      [CLAIM, CLAIM, CLAIM],
    ],
    [
      "asks what became of the unknown, since when it was sent",
      line(0, { outcome: "unknown", sent_at_ms: 1_000 }) + line(1, { outcome: "claimed" }),
      [{ kind: "ask", sentAtMs: 1_000 }, { kind: "skip", outcome: "claimed" }, CLAIM],
    ],
    [
      "goes by the last line about each",
      line(0, { outcome: "unreachable" }) + line(0, { outcome: "claimed" }),
      [{ kind: "skip", outcome: "claimed" }, CLAIM, CLAIM],
    ],
    [
      "knows a target however it is written",
      '{"url":"http://10.0.0.1:8081/","outcome":"claimed"}',
      [{ kind: "skip", outcome: "claimed" }, CLAIM, CLAIM],
    ],
    [
      "ignores targets that are not asked for",
      '{"url":"http://10.9.9.9/","outcome":"claimed"}\n',
      [CLAIM, CLAIM, CLAIM],
    ],
    [
      "knows a target by whichever of its routes it is named",
      '{"url":"http://10.0.0.1:8081/startup/inject","outcome":"claimed"}',
      [{ kind: "skip", outcome: "claimed" }, CLAIM, CLAIM],
    ],
    [
      "asks what became of a target whose line was cut off, since its run began",
      '{"url":"http://10.0.0.1:8081","began_at_ms":3000,"outcome":"claimed","ver',
      [{ kind: "ask", sentAtMs: 3_000 }, CLAIM, CLAIM],
    ],
    [
      "takes no part of a number for the time",
      '{"url":"http://10.0.0.1:8081","began_at_ms":3000',
      [{ kind: "skip", outcome: "unknown" }, CLAIM, CLAIM],
    ],
    [
      "goes by the lines before it where it tells no time",
      `${line(1, { outcome: "unknown", sent_at_ms: 9_000 })}{"url":"http://10.0.0.1:8081","bega`,
      [{ kind: "ask", sentAtMs: 4_000 }, { kind: "ask", sentAtMs: 9_000 }, CLAIM],
    ],
    [
      "does not send again where no line before it tells one",
      `{"url":"http://10.0.0.1:8081","bega\n${line(1, { outcome: "claimed" })}`,
      [{ kind: "skip", outcome: "unknown" }, { kind: "skip", outcome: "claimed" }, CLAIM],
    ],
    [
      "reads the line of a later run right behind one that was cut off",
      `${line(1, { outcome: "claimed" })}{"url":"http://10.0.0.1:80${line(2, { outcome: "taken" })}`,
      [
        { kind: "ask", sentAtMs: 4_000 },
        { kind: "skip", outcome: "claimed" },
        { kind: "skip", outcome: "taken" },
      ],
    ],
    [
      "asks since the first sending where a later run's line was cut off",
      `${line(0, { outcome: "unknown", sent_at_ms: 5_000 })}{"url":"http://10.0.0.1:8081","began_at_ms":5000,"o`,
      [{ kind: "ask", sentAtMs: 5_000 }, CLAIM, CLAIM],
    ],
    [
      "asks every target that a line cut off within its URL may belong to",
      `${line(0, { outcome: "refused" })}{"url":"http://10.0.0.2`,
      [CLAIM, { kind: "ask", sentAtMs: 4_000 }, { kind: "ask", sentAtMs: 4_000 }],
    ],
    [
      "does not take a settled one for it",
      `${line(1, { outcome: "claimed" })}{"url":"http://10.0.0.2`,
      [CLAIM, { kind: "skip", outcome: "claimed" }, { kind: "ask", sentAtMs: 4_000 }],
    ],
    [
      "takes what it does not know for unknown",
      line(0, { outcome: "brand_new" }) + line(1, { outcome: "claimed" }),
      [{ kind: "ask", sentAtMs: 4_000 }, { kind: "skip", outcome: "claimed" }, CLAIM],
    ],
  ])("%s", (_sentence, lines, expected) => {
    expect(steps(lines)).toEqual(expected);
  });

  it("reads a line that was cut off within a character", () => {
    const text = '{"url":"unix:/run/\\"a\\"","began_at_ms":7,"outcome":"claimed","file":"ü';
    const results = join(makeDirectory(), "results");
    writeFileSync(results, Buffer.from(text).subarray(0, -1));
    const [other, cut] = ["unix:/run/b", 'unix:/run/"a"'];
    const told = plan(other, cut, "A=1", "--resume", results);
    expect(told).toMatchObject([
      [expect.anything(), {}, "claim"],
      [expect.anything(), {}, "ask"],
    ]);
    writeFileSync(results, Buffer.from('{"url":"unix:/run/ü').subarray(0, -1));
    expect(plan("unix:/run/ü", URL1, "A=1", "--resume", results)).toMatchObject([
      [expect.anything(), {}, "skip"],
      [expect.anything(), {}, "claim"],
    ]);
  });

  it.each(["hello\n", '{"level":"info"}\n', "[]\n"])("refuses %j for a result", (text) => {
    expect(steps(text)).toBe("--resume: line 1: expected a result, or the beginning of one");
  });
});
