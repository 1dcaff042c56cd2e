/** The completion scripts, asked as each shell asks them. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DIALECT_NAMES } from "../../src/dialects/dialect-names.ts";
import { LOG_LEVELS } from "../../src/log.ts";
import { choicesOf, listCompletedFlags } from "../../src/pages/completed-flags.ts";
import { WORDS } from "../../src/pages/program.ts";
import { SETTING_NAMES } from "../../src/settings.ts";
import { InstalledPages, needProgram } from "./installed.ts";

let pages: InstalledPages;
let place: string;
beforeAll(async () => {
  pages = await InstalledPages.write();
  place = join(pages.folder, "work");
  mkdirSync(join(place, "secrets"), { recursive: true });
  for (const name of ["app.env", "apple", "token file"]) writeFileSync(join(place, name), "");
});
afterAll(() => pages.remove());

const FLAGS = listCompletedFlags();
const DIALECTS = DIALECT_NAMES.map((name) => `${name}:`);

/** What a line is completed with, but for how each shell shows it. */
const CASES: readonly (readonly [sentence: string, line: string, expected: readonly string[]])[] = [
  ["a flag by its beginning", "--log-f", ["--log-format"]],
  ["flags that begin alike", "--log-", ["--log-format", "--log-level"]],
  ["a word in place of flags", "heal", ["health"]],
  ["a switch", "--refuse-e", ["--refuse-empty"]],
  ["a flag behind a value", "--port 8081 --drai", ["--drain"]],
  ["the format's values", "--format ", DIALECT_NAMES],
  ["a value by its beginning", "--log-level d", ["debug"]],
  ["the log's levels", "--log-level ", LOG_LEVELS],
  ["nothing for a number", "--port ", []],
  ["files", "--file ap", ["app.env", "apple"]],
  ["a file for the token", "--token-file tok", ["token file"]],
  ["an output's dialects", "--output ", DIALECTS],
  ["an output's dialect by its beginning", "--output po", ["portable:"]],
  ["a command behind --", "--file none -- startup-server-tes", ["startup-server-test-command"]],
];

/** The same behind `=`; what is offered is the value. */
const EQUALS: typeof CASES = [
  ["a value behind =", "--log-format=j", ["json"]],
  ["a file behind =", "--file=app.", ["app.env"]],
  ["an output's dialect behind =", "--output=files", ["files:"]],
];

describe("the choices that are completed", () => {
  it("are those that the settings take, and no others", () => {
    expect(choicesOf("format")).toEqual(DIALECT_NAMES);
    expect(choicesOf("log-level")).toEqual(LOG_LEVELS);
    for (const name of ["port", "file", "refuse-empty", "output"] as const) {
      expect(choicesOf(name)).toEqual([]);
    }
  });

  it("are behind every flag, as its placeholder says", () => {
    const kinds = Object.fromEntries(FLAGS.map(({ flag, value }) => [flag, value?.kind]));
    expect(kinds).toMatchObject({
      "--file": "file",
      "--token-file": "file",
      "--format": "choice",
      "--output": "choice:file",
      "--port": "any",
      "--refuse-empty": undefined,
      "--help": undefined,
    });
    expect(FLAGS.map(({ flag }) => flag)).toEqual(
      [...SETTING_NAMES, "help", "version"].map((name) => `--${name}`),
    );
  });
});

describe("bash", () => {
  it("can read the script, and what it is told by older versions", (context) => {
    needProgram(context, "bash");
    const { status, stderr } = spawnSync("bash", ["-n", pages.path("bash")]);
    expect([String(stderr), status]).toEqual(["", 0]);
  });

  it.each([...CASES, ...EQUALS])("completes %s", async (_sentence, line, expected) => {
    expect(completeByBash(line)).toEqual(sorted(expected));
  });

  it("completes every flag, and every word in place of one", () => {
    const flags = FLAGS.map(({ flag }) => flag);
    const words = WORDS.map(({ word }) => word);
    expect(completeByBash("")).toEqual(sorted([...flags, ...words, "--"]));
    expect(completeByBash("--")).toEqual(sorted([...flags, "--"]));
    expect(completeByBash("--port 1 ")).toEqual(sorted([...flags, "--"]));
  });

  it("completes an output's file, behind its dialect", () => {
    expect(completeByBash("--output sh:ap")).toEqual(["app.env", "apple"]);
    expect(completeByBash("--output=sh:app.")).toEqual(["app.env"]);
    expect(completeByBash("--output sh:ap", "")).toEqual(["sh:app.env", "sh:apple"]);
  });

  it("completes files for a command's arguments", () => {
    expect(completeByBash("-- cat --file=x appl")).toEqual(["apple"]);
  });

  it("is asked by the name of the program", () => {
    const script = `source ${pages.path("bash")}; complete -p startup-server`;
    const shown = execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
    expect(shown).toBe("complete -F _startup_server startup-server\n");
  });
});

describe("fish", () => {
  it.for([...CASES, ...EQUALS])("completes %s", ([, line, expected], context) => {
    needProgram(context, "fish");
    expect(completeByFish(line)).toEqual(sorted(expected));
  });

  it("completes every flag, and every word in place of one", (context) => {
    needProgram(context, "fish");
    const offered = completeByFish("--");
    for (const { flag } of FLAGS) expect(offered).toContain(flag);
    const words = completeByFish("");
    for (const { word } of WORDS) expect(words).toContain(word);
  });

  it("completes an output's file, behind its dialect", (context) => {
    needProgram(context, "fish");
    expect(completeByFish("--output sh:ap")).toEqual(["sh:app.env", "sh:apple"]);
  });

  it("completes no flag of ours behind --", (context) => {
    needProgram(context, "fish");
    expect(completeByFish("-- startup-server-test-command --log-f")).toEqual([]);
  });
});

describe("zsh", () => {
  const file = ["", "--output sh:ap", ["app.env", "apple"]] as const;
  const all = ["", "--", FLAGS.map(({ flag }) => flag)] as const;

  it("completes every flag, and all that the others do", (context) => {
    needProgram(context, "zsh");
    const cases = [...CASES, ...EQUALS, file, all];
    const offered = completeByZsh(cases.map(([, line]) => line));
    for (const [index, [, line, expected]] of cases.entries()) {
      // What zsh puts behind a match is no part of it.
      const matches = expected.map((text) => (text.endsWith(":") ? text.slice(0, -1) : text));
      expect([line, offered[index]]).toEqual([line, sorted(matches)]);
    }
  });
});

function sorted(texts: readonly string[]): string[] {
  return [...texts].toSorted();
}

/** A PATH with one more command. */
function commandPath(): string {
  const folder = join(place, "bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "startup-server-test-command"), "#!/bin/sh\n", { mode: 0o755 });
  return `${folder}:${process.env["PATH"]}`;
}

/** As readline asks: the function finds the line, and leaves what is to stand for its last word. */
function completeByBash(line: string, wordBreaks = "default"): string[] {
  const whole = `startup-server ${line}`;
  const script = [
    `source ${pages.path("bash")}`,
    ...(wordBreaks === "default" ? [] : [`COMP_WORDBREAKS='${wordBreaks} '`]),
    'COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=1 COMP_WORDS=("$1")',
    "_startup_server",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const shown = execFileSync("bash", ["--norc", "-c", script, "bash", whole], {
    cwd: place,
    encoding: "utf8",
    env: { PATH: commandPath() },
  });
  return sorted(
    shown
      .split("\n")
      .filter((text) => text !== "")
      .map(withoutEquals),
  );
}

/** A flag that takes a value is offered with the sign that goes in front of it. */
function withoutEquals(text: string): string {
  return text.startsWith("--") && text.endsWith("=") ? text.slice(0, -1) : text;
}

function completeByFish(line: string): string[] {
  const script = `source ${pages.path("fish")}; complete -C 'startup-server ${line}'`;
  const shown = execFileSync("fish", ["--no-config", "-c", script], {
    cwd: place,
    encoding: "utf8",
    env: { PATH: commandPath(), HOME: place },
  });
  const offered = shown.split("\n").map((text) => text.split("\t")[0] ?? "");
  const word = line.split(" ").at(-1) ?? "";
  const prefix = word.startsWith("--") && word.includes("=") ? `${word.split("=")[0]}=` : "";
  return sorted(
    offered
      .filter((text) => text !== "")
      .map((text) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  );
}

const ZSH_DRIVER = join(import.meta.dirname, "complete.zsh");

/** Starting zsh's completion takes a second: all lines are asked in one terminal. */
function completeByZsh(lines: readonly string[]): readonly (readonly string[])[] {
  const found = join(place, "found");
  const asked = lines.map((line) => `startup-server ${line}`);
  execFileSync("zsh", ["-f", ZSH_DRIVER, ...asked], {
    cwd: place,
    env: {
      PATH: commandPath(),
      HOME: place,
      TERM: "dumb",
      FOUND: found,
      FUNCTIONS: join(pages.path("zsh"), ".."),
    },
    stdio: "pipe",
    timeout: 25_000,
  });
  const answers = readFileSync(found, "utf8").split("END\n").slice(0, lines.length);
  return answers.map((text) => {
    const matches = text.split("\n").filter((match) => match !== "");
    // zsh adds files as they have to be typed.
    const typed = matches.map((match) => withoutEquals(match).replaceAll("\\ ", " "));
    return sorted([...new Set(typed)]);
  });
}
