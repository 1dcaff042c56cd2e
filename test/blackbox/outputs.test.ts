/** Dialects and several outputs as the program writes them: each exact, or refused by name. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type DialectName, DIALECT_NAMES } from "../../src/dialects/dialect-names.ts";
import { DIALECTS, formatEnvironment } from "../../src/dialects/dialects.ts";
import type { Formatted } from "../../src/dialects/dialect.ts";
import { environmentOf } from "../dialects/environments.ts";
import { describeOnEachHost, type Launch, type Program, runToEnd, start } from "./program.ts";
import { type Answer, call, claim, claimJson, heartBeat } from "./wire.ts";
import { makeTree, readTree, type Tree } from "./tree.ts";

/** What stands at `path` when `formatted` does. */
function treeOf(path: string, formatted: Formatted): Tree {
  if (formatted.kind === "file") return { [path]: formatted.text };
  const files = formatted.files.map(({ name, text }) => [`${path}/${name}`, text]);
  return { [`${path}/`]: "", ...Object.fromEntries(files) };
}

function sha256(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

async function expectStillWaiting(program: Program): Promise<void> {
  expect((await heartBeat(program.port)).status).toBe(200);
  expect(program.hasExited).toBe(false);
}

const HOSTILE = " \tit's \"quoted\" \\ # $(id) ${HOME} `id` \u2028 😀\nB='x'\n \t";
const LONG = "0123456789 abcde\n".repeat(6024);
const ALL = `${HOSTILE}${LONG} \t`;

describeOnEachHost("--format", (host) => {
  it.each(DIALECT_NAMES)(
    "%s writes what is hard to write exactly, or refuses it by name and waits",
    async (name) => {
      const old: Tree =
        name === "files" || name === "envdir" ? { "out/OLD": "1" } : { out: "OLD=1\n" };
      const cwd = makeTree(old);
      const before = readTree(cwd);
      const program = await start(host, { cwd, args: ["--format", name, "--file", "out"] });
      for (const value of [ALL, HOSTILE, LONG, "value1"]) {
        const pairs = [
          ["BEFORE", "1"],
          ["VALUE", value],
          ["AFTER", "it is"],
        ] as const;
        // oxlint-disable-next-line no-await-in-loop -- one claim after the other
        const answer = await claimJson(program.port, Object.fromEntries(pairs));
        const formatted = formatEnvironment(DIALECTS[name], environmentOf(pairs));
        if (!formatted.ok) {
          expectRefusedValue(answer, name, value);
          expect(readTree(cwd)).toEqual(before);
          // oxlint-disable-next-line no-await-in-loop -- one claim after the other
          await expectStillWaiting(program);
          continue;
        }
        expect(answer.status).toBe(200);
        // oxlint-disable-next-line no-await-in-loop -- the last round
        expect(await program.exit).toBe(0);
        expect(readTree(cwd)).toEqual(treeOf("out", formatted.value));
        return;
      }
      throw new Error("Expected every dialect to hold AFTER");
    },
  );
});

/** The answer names the variable, the dialect that cannot hold it, and one that can. */
function expectRefusedValue(answer: Answer, name: DialectName, value: string): void {
  expect(answer.status).toBe(422);
  const { code, errors } = JSON.parse(answer.body);
  expect(code).toBe("refused_variables");
  const about = errors.find((error: { readonly name: string }) => error.name === "VALUE");
  expect(about.code).toBe("not_representable");
  expect(about.reason).toContain(`the ${name} dialect cannot hold`);
  expect(answer.body).not.toContain("quoted");
  const [, advised = ""] = /; --format .*?(\w+) can$/.exec(about.reason) ?? [];
  const dialect = DIALECT_NAMES.find((each) => each === advised) ?? name;
  const formatted = formatEnvironment(DIALECTS[dialect], environmentOf([["VALUE", value]]));
  expect([advised, formatted.ok]).toEqual([advised, true]);
}

const THREE = ["--output", "sh:.env", "--output=json:state/b.json", "--output", "files:secrets"];
const THREE_OLD: Tree = {
  ".env": "OLD=1\n",
  "state/b.json": '{"OLD":"1"}\n',
  "secrets/OLD1": "1",
  "secrets/OLD2": "2",
};
const THREE_NEW: Tree = {
  ".env": 'KEY1=value1\nKEY2="two words"\n',
  "secrets/": "",
  "secrets/KEY1": "value1",
  "secrets/KEY2": "two words",
  "state/": "",
  "state/b.json": '{"KEY1":"value1","KEY2":"two words"}\n',
};
const QUERY = "KEY1=value1&KEY2=two+words";

describeOnEachHost("--output", (host) => {
  it.each<[sentence: string, launch: Launch]>([
    ["flags", { args: THREE }],
    [
      "the variable, between commas",
      { env: { STARTUP_SERVER_OUTPUT: "sh:.env,json:state/b.json,files:secrets" } },
    ],
    [
      "flags beside the short form's variables",
      { args: THREE, env: { STARTUP_SERVER_FILE: "unused", STARTUP_SERVER_FORMAT: "raw" } },
    ],
  ])("writes each output that is given by %s", async (_sentence, launch) => {
    const cwd = makeTree({ "state/": "" });
    const program = await start(host, { ...launch, cwd });
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual(THREE_NEW);
    expect(program.events[0]?.["files"]).toEqual([".env", "state/b.json", "secrets"]);
  });

  it.each([
    [["--output", "sh:.env", "--file", ".env"]],
    [["--format=sh", "--output", "sh:.env"]],
    [["--output", "sh:.env", "--output", "raw:.env"]],
    [["--output", ".env"]],
    [["--output", "shell:.env"]],
    [["--output", "files:secrets/"]],
  ])("is refused with 64 as %j", async (args) => {
    const program = await runToEnd(host, { args });
    expect(await program.exit).toBe(64);
    expect(program.stderr).toMatch(/^startup-server: --output: expected [^\n]*\n$/);
    expect(readdirSync(program.directory)).toEqual([]);
  });

  it("tells every output's length and digest in the receipt", async () => {
    const cwd = makeTree({ "state/": "" });
    const program = await start(host, { cwd, args: THREE });
    const headers = { Accept: "application/json" };
    const answer = await call(program.port, { target: `/?${QUERY}`, headers });
    expect(answer.status).toBe(200);
    expect(await program.exit).toBe(0);
    const env = readFileSync(join(cwd, ".env"));
    const json = readFileSync(join(cwd, "state/b.json"));
    const directory = ["KEY1", "6", "value1KEY2", "9", "two words"].join("\0");
    const first = {
      file: ".env",
      dialect: "sh",
      length: env.length,
      sha256: sha256(env),
      uncommon_names: [],
    };
    expect(JSON.parse(answer.body)).toEqual({
      ...first,
      names: ["KEY1", "KEY2"],
      count: 2,
      request_id: answer.headers.get("x-request-id"),
      replayed: false,
      outputs: [
        first,
        {
          file: "state/b.json",
          dialect: "json",
          length: json.length,
          sha256: sha256(json),
          uncommon_names: [],
        },
        {
          file: "secrets",
          dialect: "files",
          length: 15,
          sha256: sha256(directory),
          uncommon_names: [],
        },
      ],
    });
  });

  it("writes none where one of them cannot hold the claim", async () => {
    const cwd = makeTree(THREE_OLD);
    const before = readTree(cwd);
    const args = ["--output=sh:.env", "--output=files:secrets", "--output=docker:state/b.json"];
    const program = await start(host, { cwd, args });
    const answer = await claim(program.port, "KEY1=two%0Alines");
    expect(answer.status).toBe(422);
    const { errors } = JSON.parse(answer.body);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ name: "KEY1", code: "not_representable" });
    expect(errors[0].reason).toContain("the docker dialect cannot hold");
    expect(readTree(cwd)).toEqual(before);
    await expectStillWaiting(program);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual({
      ".env": "KEY1=value1\n",
      "secrets/": "",
      "secrets/KEY1": "value1",
      "state/": "",
      "state/b.json": "KEY1=value1\n",
    });
  });

  it.each([
    ["the first one's", ["--output=sh:gone/a", "--output=sh:b"]],
    ["the last one's", ["--output=sh:a", "--output=files:gone/b"]],
  ])("ends with 73 where %s directory is missing", async (_sentence, args) => {
    const program = await runToEnd(host, { args });
    expect(await program.exit).toBe(73);
    expect(program.events).toHaveLength(1);
    expect(program.events[0]).toMatchObject({ level: "error", directory: "gone", errno: "ENOENT" });
    expect(readdirSync(program.directory)).toEqual([]);
  });
});
