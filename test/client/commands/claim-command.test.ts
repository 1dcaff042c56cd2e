/** `startup-server claim` as a process, against real servers and scripted ones. */

import { execFile, spawn } from "node:child_process";
import { appendFileSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { need } from "../../blackbox/needs.ts";
import { describeOnEachHost, makeDirectory, start } from "../../blackbox/program.ts";
import {
  giveReceipt,
  lastly,
  problem,
  type Reply,
  reset,
  ScriptedServer,
  stayAway,
  tellStatus,
} from "../scripted-server.ts";
import { Command, runCommand } from "./command.ts";

const SECRET = "tr0ub4dor and 3";
const NOBODY = "http://127.0.0.1:1";
const ADDRESS = ["--host", "127.0.0.1"];

function urlOf({ port }: { readonly port: number }): string {
  return `http://127.0.0.1:${port}`;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5);
}

describeOnEachHost("startup-server claim", (host) => {
  it("claims one target with what comes from standard input", async () => {
    const program = await start(host, { args: ADDRESS });
    const args = ["claim", urlOf(program), "-"];
    const command = await runCommand({ args, input: `KEY1='${SECRET}'\n` });
    expect(command.status).toBe(0);
    expect(command.stderr).toBe("");
    expect(command.results).toMatchObject([
      {
        url: urlOf(program),
        outcome: "claimed",
        verified: true,
        receipt: { names: ["KEY1"], replayed: false, outputs: [{ file: ".env" }] },
        attempts: 1,
      },
    ]);
    expect(command.stdout).not.toContain(SECRET);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(`KEY1='${SECRET}'\n`);
  });

  it("claims many, each with its own variables, and bears the token", async () => {
    const directory = makeDirectory();
    writeFileSync(join(directory, "token"), "sesame\n");
    const env = { STARTUP_SERVER_TOKEN: "sesame" };
    const programs = await Promise.all(
      Array.from({ length: 5 }, () => start(host, { args: ADDRESS, env })),
    );
    const lines = programs.map((program, index) =>
      JSON.stringify({ url: urlOf(program), variables: { OWN: `own ${index}` } }),
    );
    writeFileSync(join(directory, "targets"), lines.join("\n"));
    const args = ["claim", "--targets", "targets", "--token-file", "token", "ALL=all"];
    const command = await runCommand({ args, cwd: directory });
    expect(command.status).toBe(0);
    expect(command.results).toHaveLength(5);
    for (const [index, program] of programs.entries()) {
      expect(await program.exit).toBe(0);
      expect(program.readEnvFile()).toBe(`ALL=all\nOWN='own ${index}'\n`);
    }
  });

  it("resumes where it stopped, and claims nothing twice", async () => {
    const results = join(makeDirectory(), "results.jsonl");
    const [first, second] = [
      await start(host, { args: ADDRESS }),
      await start(host, { args: ADDRESS }),
    ];
    const resume = async (...urls: readonly string[]): Promise<number> => {
      const args = ["claim", ...urls, "A=1", "--resume", results, "--deadline", "500"];
      const out = openSync(results, "a");
      return (await runCommand({ args, stdout: out })).status;
    };
    writeFileSync(results, "");
    expect(await resume(urlOf(first), NOBODY)).toBe(1);
    expect(await first.exit).toBe(0);
    // What a full disk left of a line.
    appendFileSync(results, `{"url":"${urlOf(second)}","began_at_ms":${Date.now()},"outcome":"cla`);
    expect(await resume(urlOf(first), urlOf(second), NOBODY)).toBe(1);
    const lines = readFileSync(results, "utf8").trimEnd().split("\n");
    const told = lines.map((line) =>
      /^\{"url":"([^"]*)","began_at_ms":\d+,"outcome":"(\w*)/.exec(line)?.slice(1),
    );
    expect(told).toEqual([
      [urlOf(first), "claimed"],
      [NOBODY, "unreachable"],
      [urlOf(second), "cla"],
      [urlOf(second), "claimed"],
      [NOBODY, "unreachable"],
    ]);
    expect(await resume(urlOf(first), urlOf(second))).toBe(0);
    expect(readFileSync(results, "utf8").trimEnd().split("\n")).toHaveLength(5);
  });
});

describe("the claim command's exit status", () => {
  const CLAIMED = { claim: [giveReceipt] };
  it.each<
    [string, readonly Parameters<typeof ScriptedServer.start>[0][], number, readonly string[]]
  >([
    ["0 where all are claimed", [CLAIMED, CLAIMED], 0, ["claimed", "claimed"]],
    [
      "1 where one is taken",
      [CLAIMED, { claim: [problem(409, "already_claimed")] }],
      1,
      ["claimed", "taken"],
    ],
    [
      "1 where one is refused",
      [{ claim: [problem(422, "empty_claim")] }, CLAIMED],
      1,
      ["refused", "claimed"],
    ],
    ["1 where one is unreachable", [{ health: [reset] }], 1, ["unreachable"]],
    [
      "2 where one is unknown",
      [CLAIMED, { claim: [lastly(reset)] }, { health: [reset] }],
      2,
      ["claimed", "unknown", "unreachable"],
    ],
  ])("is %s", async (_sentence, scripts, status, outcomes) => {
    const servers = await Promise.all(scripts.map((script) => ScriptedServer.start(script)));
    const args = ["claim", ...servers.map(({ url }) => url), `A=${SECRET}`, "--deadline", "1000"];
    const command = await runCommand({ args });
    expect(command.status).toBe(status);
    const byUrl = new Map(command.results.map((result) => [result["url"], result["outcome"]]));
    expect(servers.map(({ url }) => byUrl.get(url))).toEqual(outcomes);
    expect(command.stdout + command.stderr).not.toContain(SECRET);
  });

  it.each([
    ["no target", ["claim"]],
    ["an unknown flag", ["claim", "--frobnicate"]],
  ])("is 64 for %s, with one sentence and nothing sent", async (_sentence, args) => {
    const command = await runCommand({ args });
    expect(command.status).toBe(64);
    expect(command.stdout).toBe("");
    expect(command.stderr).toMatch(/^startup-server claim: [^\n]+\n$/);
  });

  it("is 0 for --help, on standard output", async () => {
    const command = await runCommand({ args: ["claim", "--help"] });
    expect(command.status).toBe(0);
    expect(command.stdout).toMatch(/^Usage: startup-server claim \[flags\] URL/);
  });

  it("is 64 where the results to go on with were emptied by the shell, with nothing sent", async () => {
    const server = await ScriptedServer.start({ claim: [giveReceipt] });
    const results = join(makeDirectory(), "results.jsonl");
    writeFileSync(results, `${JSON.stringify({ url: server.url, outcome: "claimed" })}\n`);
    const args = ["claim", server.url, "A=1", "--resume", results];
    const command = await runCommand({ args, stdout: openSync(results, "w") });
    expect(command.status).toBe(64);
    expect(command.stderr).toMatch(/: --resume: expected results to be appended [^\n]*\n$/);
    expect(server.heard).toEqual({ health: [], claim: [], status: [] });
  });

  it("is 2 where an unknown one of an earlier run stays so", async () => {
    const results = join(makeDirectory(), "results.jsonl");
    writeFileSync(
      results,
      `${JSON.stringify({ url: NOBODY, outcome: "unknown", sent_at_ms: 1 })}\n`,
    );
    const command = await runCommand({ args: ["claim", NOBODY, "A=1", "--resume", results] });
    expect(command.status).toBe(2);
    const expected = { outcome: "unknown", reason: "server_gone", sent_at_ms: 1, attempts: 0 };
    expect(command.results).toMatchObject([expected]);
  });
});

describe("a claim command that asks what became of an earlier claim", () => {
  it("claims the same server, and no younger one", async () => {
    const results = join(makeDirectory(), "results.jsonl");
    const [old, young] = await Promise.all(
      [120_000, 30_000].map((uptimeMs) =>
        ScriptedServer.start({
          claim: [giveReceipt],
          status: [tellStatus({ state: "waiting", uptimeMs })],
        }),
      ),
    );
    const urls = [old?.url ?? "", young?.url ?? ""];
    const sentAtMs = Date.now() - 60_000;
    const lines = urls.map((url) =>
      JSON.stringify({ url, outcome: "unknown", sent_at_ms: sentAtMs }),
    );
    writeFileSync(results, lines.join("\n"));
    const command = await runCommand({ args: ["claim", ...urls, "A=1", "--resume", results] });
    expect(command.status).toBe(2);
    const outcomes = new Map(command.results.map((result) => [result["url"], result["outcome"]]));
    expect(urls.map((url) => outcomes.get(url))).toEqual(["claimed", "unknown"]);
    expect(young?.heard.claim).toEqual([]);
  });
});

describe("a claim command that is interrupted", () => {
  it("waits for answers to what was sent, and begins nothing more", async () => {
    let finish = (): void => undefined;
    const slow = await ScriptedServer.start({
      claim: [(connection, server) => (finish = () => giveReceipt(connection, server))],
    });
    const waiting = await ScriptedServer.start({ health: [stayAway] });
    const untouched = await ScriptedServer.start({});
    const urls = [slow.url, waiting.url, untouched.url];
    const command = new Command({ args: ["claim", ...urls, "A=1", "--concurrency", "2"] });
    await until(() => slow.heard.claim.length + waiting.heard.health.length === 2);
    command.kill("SIGTERM");
    await until(() => command.stdout.includes("\n"));
    expect(command.results).toMatchObject([
      { url: waiting.url, outcome: "unreachable", reason: "aborted", attempts: 0 },
    ]);
    finish();
    expect(await command.exit).toBe(143);
    expect(command.results).toMatchObject([{}, { url: slow.url, outcome: "claimed" }]);
    expect(untouched.heard).toEqual({ health: [], claim: [], status: [] });
  });

  it("twice waits for nothing, and says that it does not know", async () => {
    const slow = await ScriptedServer.start({ claim: [stayAway] });
    const waiting = await ScriptedServer.start({ health: [stayAway] });
    const command = new Command({ args: ["claim", slow.url, waiting.url, "A=1"] });
    await until(() => slow.heard.claim.length + waiting.heard.health.length === 2);
    command.kill("SIGINT");
    await until(() => command.stdout.includes("\n"));
    command.kill("SIGINT");
    expect(await command.exit).toBe(130);
    expect(command.results).toMatchObject([
      { url: waiting.url, outcome: "unreachable" },
      { url: slow.url, outcome: "unknown", reason: "aborted", evidence: "none" },
    ]);
  });
});

describe("a claim command whose results nobody reads", () => {
  it("tells them on standard error, and ends with 74", async () => {
    let finish = (): void => undefined;
    const slow = await ScriptedServer.start({
      claim: [(connection, server) => (finish = () => giveReceipt(connection, server))],
    });
    const command = new Command({ args: ["claim", slow.url, "A=1"] });
    await until(() => slow.heard.claim.length > 0);
    command.closeOutput();
    finish();
    expect(await command.exit).toBe(74);
    expect(command.stderr).toMatch(
      /^\{"url":"[^"]*","began_at_ms":\d+,"outcome":"claimed"[^\n]*\n$/,
    );
  });
});

/** The cursor at the beginning of a line that is empty (ECMA-48). */
const CLEARED = "\r\u001b[K";

describe("a claim command at a terminal", () => {
  it("shows how far it is, and prints nothing else beside the results", async (context) => {
    need(context, "script");
    const server = await ScriptedServer.start({ claim: [giveReceipt] });
    const results = join(makeDirectory(), "results.jsonl");
    const node = inject("hosts").find(({ name }) => name === "node")?.command ?? [];
    const command = [...node, "claim", server.url, "A=1", ">", results].join(" ");
    // script(1) gives the command a terminal, and prints what is shown there.
    const { stdout } = await promisify(execFile)("script", ["-qec", command, "/dev/null"]);
    expect(stdout).toContain("] 0 of 1\u001b[K");
    expect(stdout).toContain("] 1 of 1, 1 claimed\u001b[K");
    expect(stdout).not.toContain("{");
    expect(JSON.parse(readFileSync(results, "utf8"))).toMatchObject({ outcome: "claimed" });
  });

  it("goes on when the terminal is closed, until all that was sent is answered", async (context) => {
    need(context, "script");
    const finish: (() => void)[] = [];
    const reply: Reply = (connection, server) => finish.push(() => giveReceipt(connection, server));
    const servers = [
      await ScriptedServer.start({ claim: [reply] }),
      await ScriptedServer.start({ claim: [reply] }),
    ];
    const results = join(makeDirectory(), "results.jsonl");
    const node = inject("hosts").find(({ name }) => name === "node")?.command ?? [];
    const urls = servers.map(({ url }) => url);
    const command = [...node, "claim", ...urls, "A=1", ">", results].join(" ");
    const terminal = spawn("script", ["-qec", command, "/dev/null"], { stdio: "ignore" });
    const isClosed = new Promise((resolve) => terminal.on("close", resolve));
    await until(() => finish.length === 2);
    terminal.kill("SIGKILL");
    await isClosed;
    // By then the first answer has the bar drawn anew, on a terminal that is none any more.
    await delay(150);
    for (const [index, answerNow] of finish.entries()) {
      answerNow();
      await until(() => readFileSync(results, "utf8").split("\n").length === index + 2);
    }
    const outcomes = readFileSync(results, "utf8").match(/"outcome":"\w+"/g);
    expect(outcomes).toEqual(['"outcome":"claimed"', '"outcome":"claimed"']);
  });

  it("makes way for results that are shown there too", async (context) => {
    need(context, "script");
    const servers = await Promise.all(
      Array.from({ length: 3 }, () => ScriptedServer.start({ claim: [giveReceipt] })),
    );
    const node = inject("hosts").find(({ name }) => name === "node")?.command ?? [];
    const command = [...node, "claim", ...servers.map(({ url }) => url), "A=1"].join(" ");
    const { stdout } = await promisify(execFile)("script", ["-qec", command, "/dev/null"]);
    const results = stdout.split("\n").filter((line) => line.includes("{"));
    expect(results).toHaveLength(3);
    // What stands on the line before it has been cleared.
    for (const line of results) {
      const shown = line.slice(line.lastIndexOf(CLEARED) + CLEARED.length);
      expect(JSON.parse(shown)).toMatchObject({ outcome: "claimed" });
    }
    expect(stdout.endsWith(`\r[${"#".repeat(24)}] 3 of 3, 3 claimed\u001b[K\r\n`)).toBe(true);
  });
});
