/** The conformance suite: our servers keep every rule, and every rule finds a server that is wrong. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "esbuild";
import { beforeAll, describe, expect, inject, it, vi } from "vitest";
import { examineCommand } from "../../../client/conformance/examine.ts";
import type { Verdict } from "../../../client/conformance/report.ts";
import { RULES } from "../../../client/conformance/rules.ts";
import { need } from "../../blackbox/needs.ts";
import { describeOnEachHost, makeDirectory, start } from "../../blackbox/program.ts";
import { answer, ScriptedServer } from "../scripted-server.ts";
import { Command, runCommand } from "../commands/command.ts";

const ROOT = join(import.meta.dirname, "../../..");
const WRONG = join(ROOT, "dist/test/wrong-server.mjs");

describe("the conformance command", () => {
  it.each<[string, readonly string[], RegExp]>([
    ["without a server", [], /: expected one URL, or -- and a command/],
    ["with a URL and a command", ["http://h", "--", "true"], /: expected one URL, or -- and/],
    ["with two URLs", ["http://h", "http://i"], /: expected one URL, or -- and a command/],
    ["with a URL that is none", ["geheim"], /: URL: expected an http or https URL/],
    ["with a path", ["http://h/startup/inject"], /: URL: expected no path; --routes says which/],
    ["with https", ["https://h"], /: URL: expected http, since bytes are sent as they are/],
    ["with a rule that is none", ["--only", "x", "http://h"], /: --only: expected names of rules/],
    ["with a flag that is none", ["--x", "http://h"], /: --x: no such flag; --help lists all/],
  ])("is refused %s", async (_sentence, args, sentence) => {
    const command = await runCommand({ args: ["conformance", ...args] });
    expect(command.status).toBe(64);
    expect(command.stderr).toMatch(sentence);
    expect(command.stdout).toBe("");
  });

  it.each<[string, readonly string[], RegExp]>([
    ["nobody answers at the URL", ["http://127.0.0.1:1"], /^Bail out! nothing answers there/m],
    ["the command ends", ["--", "false"], /^Bail out! it ended with status 1 instead of waiting$/m],
    ["there is no command", ["--", "/no/such"], /^Bail out! it ended with status 127 instead/m],
  ])("bails out with 69 where %s", async (_sentence, args, line) => {
    const command = await runCommand({ args: ["conformance", ...args] });
    expect(command.status).toBe(69);
    expect(command.stdout).toMatch(line);
  });

  it("ends with 74, and its server with it, where nobody reads what it finds", async () => {
    const pids = join(makeDirectory(), "pids");
    const node = inject("hosts").find(({ name }) => name === "node")?.command ?? [];
    const server = ["sh", "-c", `echo $$ >> ${pids}; exec "$@"`, "sh", ...node];
    const command = new Command({ args: ["conformance", "--", ...server] });
    while (!command.stdout.includes("ok 1")) await delay(5);
    command.closeOutput();
    expect(await command.exit).toBe(74);
    expect(command.stderr).toBe("");
    const pid = Number(readFileSync(pids, "utf8").trim().split("\n").at(-1));
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"));
  });

  it("stops asking a server that a rule has spent, and ends with 1", async () => {
    const older = await ScriptedServer.start({
      health: [answer(200, '"success"', "application/json"), answer(503, "gone")],
      claim: [answer(200, "OK")],
    });
    const only = ["--only", "problem,names,nul"];
    const command = await runCommand({ args: ["conformance", "--spend", ...only, older.url] });
    expect(command.status).toBe(1);
    expect(command.stdout.split("\n").slice(1, 5)).toEqual([
      "1..3",
      expect.stringMatching(
        /^not ok 1 - problem: .*: attempt 1 of 1: status: expected 404, got 200$/,
      ),
      expect.stringMatching(/^ok 2 - names: .* # SKIP the server has not answered since problem$/),
      expect.stringMatching(/^ok 3 - nul: .* # SKIP the server has not answered since problem$/),
    ]);
  });

  it("prints its usage", async () => {
    const command = await runCommand({ args: ["conformance", "--help"] });
    expect(command.status).toBe(0);
    expect(command.stdout).toMatch(/^Usage: startup-server conformance \[flags\] URL/);
  });
});

describeOnEachHost("startup-server conformance", (host) => {
  it("finds that a command keeps every rule", async () => {
    const settings = Object.entries(host.env ?? {}).map(([name, value]) => `${name}=${value}`);
    const args = ["conformance", "--", "env", ...settings, ...host.command];
    const command = await runCommand({ args });
    const lines = command.stdout.trimEnd().split("\n");
    expect(lines.slice(0, 2)).toEqual(["TAP version 14", `1..${RULES.length}`]);
    expect(lines.filter((line) => !line.startsWith("ok "))).toEqual(lines.slice(0, 2));
    expect(lines).toHaveLength(RULES.length + 2);
    expect(command.status).toBe(0);
  }, 60_000);

  it("asks a server at a URL what spends none", async () => {
    const program = await start(host);
    const url = `http://127.0.0.1:${program.port}`;
    const command = await runCommand({ args: ["conformance", url] });
    expect(command.status).toBe(0);
    const told = verdicts(command.stdout);
    for (const { id, kind, needs } of RULES) {
      const reason =
        needs === "process" ? "needs a command that starts the server" : "needs --spend";
      expect(told.get(id)).toBe(kind === "asks" ? "ok" : `SKIP ${reason}`);
    }
    expect(program.messages.filter((message) => message.startsWith("claim"))).toEqual([]);
    expect(program.hasExited).toBe(false);
  });

  it("spends a server at a URL when told to", async () => {
    const program = await start(host);
    const url = `http://127.0.0.1:${program.port}`;
    const command = await runCommand({ args: ["conformance", "--spend", url] });
    expect(command.status).toBe(0);
    const told = verdicts(command.stdout);
    for (const { id, needs } of RULES) {
      const isAsked = needs === "address";
      expect(told.get(id)).toBe(isAsked ? "ok" : "SKIP needs a command that starts the server");
    }
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\nKEY2=value2\n");
  });
});

/** What a server in the older generation's shape keeps and breaks; of the rest, Go's version decides. */
const KEPT_BY_OLDER =
  "health-successor keep-alive pipelining byte-by-byte http-1.0 claim-successor claim-empty ends-by-sigterm held-up-by-nobody frees-the-port replaces no-litter vanished-caller".split(
    " ",
  );
const BROKEN_BY_OLDER =
  "status request-id problem head-claims-nothing options-claims-nothing methods web-pages names dangerous-names all-or-nothing two-values escapes nul too-long not-strings query-beside-body media-types behind-a-refusal cut-off-body claim-json receipt exactly-one replay token private keeps symlinks claimed-is-0 prints-no-value no-directory bad-setting final-claim".split(
    " ",
  );

describe("an older generation's server, in Go", () => {
  it("keeps some rules and breaks the others", async (context) => {
    need(context, "go");
    const directory = makeDirectory();
    const program = join(directory, "older");
    const source = join(import.meta.dirname, "older-generation/main.go");
    const env = { ...process.env, GOCACHE: join(directory, "cache") };
    execFileSync("go", ["build", "-o", program, source], { cwd: directory, env });
    const server = [program, "{port}", "{file}"];
    const args = ["conformance", "--routes", "successor", "--timeout", "1000", "--", ...server];
    const command = await runCommand({ args });
    expect(command.status).toBe(1);
    const told = verdicts(command.stdout);
    expect(KEPT_BY_OLDER.filter((id) => told.get(id) !== "ok")).toEqual([]);
    expect(BROKEN_BY_OLDER.filter((id) => told.get(id) === "ok" || !told.has(id))).toEqual([]);
  }, 60_000);
});

/** `ok`, `not ok` with what was found, or `SKIP` with the reason, by the rule's name. */
function verdicts(tap: string): ReadonlyMap<string, string> {
  const told = new Map<string, string>();
  for (const line of tap.split("\n")) {
    const [, verdict = "", id = "", rest = ""] =
      /^(ok|not ok) \d+ - ([a-z0-9.-]+): (.*)$/.exec(line) ?? [];
    const skipped = rest.split(" # ")[1];
    if (id !== "") told.set(id, skipped ?? (verdict === "ok" ? "ok" : rest));
  }
  return told;
}

/** What is found of the server with the defect that breaks the rule: a part of the sentence. */
const FINDINGS: Readonly<Record<string, string>> = {
  "health-original": "body: expected",
  "health-successor": "Content-Type: expected",
  "health-head": "the request behind it: status: expected 200",
  status: 'state: expected "waiting", got "WAITING"',
  "request-id": "X-Request-ID: expected",
  "no-cors": 'got "access-control-allow-origin"',
  "keep-alive": "status: expected 200, got no answer (closed)",
  "connection-close": "connection ended: expected true, got false",
  pipelining: "statuses: expected [200,404], got [200,0]",
  "byte-by-byte": "status: expected 200, got no answer (nothing)",
  "half-close": "status: expected 200, got no answer (closed)",
  "absolute-form": "status: expected 200, got 404",
  "http-1.0": "status: expected 200, got 505",
  "silent-callers": "status: expected 200, got no answer (nothing)",
  problem: "Content-Type: expected",
  "head-claims-nothing": "attempt 1 of 2: status: expected 405, got 200",
  "options-claims-nothing": "attempt 1 of 2: status: expected 405, got 200",
  methods: "attempt 1 of 3: Allow: expected",
  "unknown-methods": "attempt 2 of 2: status: expected 501, got 200",
  paths: "attempt 5 of 6: status: expected 404, got 200",
  "web-pages": "attempt 3 of 6: status: expected 403, got 200",
  names: "attempt 2 of 4: status: expected 422, got 200",
  "dangerous-names": "attempt 2 of 5: status: expected 422, got 200",
  "all-or-nothing": "the answer: expected the name PATH, got none",
  "two-values": "attempt 1 of 3: status: expected 422, got 200",
  escapes: "attempt 3 of 4: status: expected 400, got 200",
  nul: "attempt 2 of 2: status: expected 422, got 200",
  "lone-surrogates": "attempt 1 of 1: status: expected 422, got 200",
  "too-long": "attempt 1 of 1: status: expected 422, got 200",
  "not-strings": "attempt 1 of 5: status: expected 422, got 200",
  "malformed-json": "attempt 1 of 7: status: expected 400, got 500",
  "query-beside-body": "attempt 1 of 1: status: expected 400, got 200",
  "media-types": "attempt 3 of 4: status: expected 415, got 200",
  limits: "attempt 2 of 3: status: expected 431, got 200",
  host: "attempt 2 of 4: status: expected 400, got 200",
  "field-lines": "attempt 1 of 5: status: expected 400, got 200",
  "line-ends": "attempt 4 of 4: status: expected 400, got 200",
  "request-line": "attempt 5 of 6: status: expected 400, got 200",
  "content-length": "attempt 3 of 5: status: expected 400, got 200",
  "two-framings": "attempt 1 of 2: status: expected 400, got 200",
  "transfer-codings": "attempt 4 of 4: status: expected 400 or 501, got 200",
  chunks: "attempt 1 of 4: status: expected 400, got 200",
  "behind-a-refusal": "expected",
  "cut-off-body": "expected",
  "claim-query": 'body: expected "OK", got "ok"',
  "claim-successor": "status: expected 200, got 404",
  "claim-json": "status: expected 200, got 415",
  "claim-form": "status: expected 200, got 415",
  "claim-empty": "status: expected 200, got 422",
  "claim-decoded": 'got "KEY1=%2Fa/b+c',
  "claim-chunked": "status: expected 200, got 400",
  "expect-continue": "status: expected 100, got no answer (nothing)",
  receipt: "receipt: expected",
  "exactly-one": "claims that were accepted: expected 1, got 40",
  replay: "replayed: expected [false,true], got [false,null]",
  "vanished-caller": "exit status: expected 0, got none",
  token: "status: expected 401, got 200",
  private: 'mode: expected "600", got "644"',
  "no-litter": 'got [".env",".env.bak"]',
  replaces: "the env file: expected",
  keeps: 'the env file: expected "OLD=1\\n", got ""',
  symlinks: "the symlink's target: expected \"UNTOUCHED=1",
  "ends-by-sigterm": "exit status: expected 143, got 0",
  "ends-by-sigint": "exit status: expected 130, got 1",
  "ends-by-sighup": "exit status: expected 129, got 0",
  "claimed-is-0": "exit status: expected 0, got 143",
  "held-up-by-nobody": "exit status: expected 0, got none",
  "frees-the-port": 'a call afterwards: expected "refused"',
  "prints-no-value": "what it printed: expected no value and no token, got one",
  "no-directory": "exit status: expected 73, got 1",
  "bad-setting": "exit status: expected 64, got 2",
  "final-claim": "names: expected",
};

describe("a rule's clause", () => {
  const README = readFileSync(join(ROOT, "README.md"), "utf8");

  it.each([...new Set(RULES.map(({ clause }) => clause))])("%s can be looked up", (clause) => {
    const [, heading] = /^README, (.*)$/.exec(clause) ?? [];
    if (heading === undefined) expect(clause).toMatch(/^RFC 9\d{3} section \d+(\.\d+)*$/);
    else expect(README).toMatch(new RegExp(`^(## |### |- \\*\\*)${heading}\\b`, "m"));
  });

  it("goes with a name of its own", () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  });
});

describe("each rule", () => {
  beforeAll(async () => {
    await build({
      entryPoints: [join(import.meta.dirname, "wrong-server.ts")],
      outfile: WRONG,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "warning",
    });
  });

  it.concurrent.each(RULES.map(({ id }) => id))("%s finds a server that breaks it", async (id) => {
    const rules = RULES.filter((rule) => rule.id === id);
    const told: Verdict[] = [];
    const command = ["env", `DEFECT=${id}`, process.execPath, WRONG];
    const manner = { routes: { claim: "/", health: "/heart_beat" }, timeoutMs: 1_000 };
    const problem = await examineCommand(rules, { command, manner }, (_, verdict) =>
      told.push(verdict),
    );
    expect(problem).toBeUndefined();
    const finding: unknown = expect.stringContaining(FINDINGS[id] ?? "a sentence of the table");
    expect(told).toEqual([{ kind: "not_ok", finding }]);
  });
});
