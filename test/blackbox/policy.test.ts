/** Who may claim and with what: tokens, web pages, names, limits; whoever is refused spends nothing. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeOnEachHost, makeDirectory, type Program, runToEnd, start } from "./program.ts";
import { call, claim, claimJson, heartBeat, type Sent, Wire } from "./wire.ts";

const TOKEN = "t0ken-Of+the/Orchestrator==";

/** Looks for the token in every form that might give it away. */
function expectNoToken(text: string): void {
  const bytes = Buffer.from(TOKEN);
  for (const form of [TOKEN, bytes.toString("base64"), bytes.toString("hex")]) {
    expect(text).not.toContain(form.slice(0, 20));
  }
}

async function expectRefusal(program: Program, sent: Sent, status: number, code: string) {
  const answer = await call(program.port, sent);
  expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
  return answer;
}

async function expectClaim(program: Program, sent: Sent): Promise<void> {
  expect((await call(program.port, sent)).status).toBe(200);
  expect(await program.exit).toBe(0);
  expect(program.readEnvFile()).toBe("KEY1=value1\n");
}

describeOnEachHost("a token", (host) => {
  it.each([
    ["the file", (path: string) => ({ args: ["--token-file", path] })],
    [
      "the file that a variable names",
      (path: string) => ({ env: { STARTUP_SERVER_TOKEN_FILE: path } }),
    ],
    ["the variable", () => ({ env: { STARTUP_SERVER_TOKEN: TOKEN } })],
  ])("from %s is asked of every claim and of no health check", async (_sentence, launchWith) => {
    const path = join(makeDirectory(), "token");
    writeFileSync(path, `${TOKEN}\n`);
    const launch = launchWith(path);
    const args = [...("args" in launch ? launch.args : []), "--log-level", "debug"];
    const program = await start(host, { ...launch, args });
    const target = "/?KEY1=value1";
    for (const authorization of [
      undefined,
      "Bearer wrong",
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      `Basic ${TOKEN}`,
      TOKEN,
    ]) {
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const answer = await expectRefusal(program, { target, headers }, 401, "unauthorized");
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expectNoToken(JSON.stringify([...answer.headers, answer.body]));
    }
    await expectRefusal(
      program,
      { method: "POST", target: "/startup/inject" },
      401,
      "unauthorized",
    );
    expect((await heartBeat(program.port)).status).toBe(200);
    await expectClaim(program, { target, headers: { Authorization: `Bearer ${TOKEN}` } });
    expectNoToken(program.stderr + program.stdout + program.readEnvFile());
  });

  it.each([
    ["that cannot be read", { args: ["--token-file", "missing"] }],
    ["given twice", { args: ["--token-file", "/dev/null"], env: { STARTUP_SERVER_TOKEN: TOKEN } }],
    ["that is empty", { args: ["--token-file", "/dev/null"] }],
    ["that no header can carry", { env: { STARTUP_SERVER_TOKEN: `two ${TOKEN}` } }],
  ])("%s ends the start with 64 and is not shown", async (_sentence, launch) => {
    const program = await runToEnd(host, launch);
    expect(await program.exit).toBe(64);
    expect(program.stderr).toMatch(/^startup-server: .*\n$/);
    expectNoToken(program.stderr);
  });
});

describeOnEachHost("a web page", (host) => {
  it("of another site or a prefetch claims nothing", async () => {
    const program = await start(host);
    const target = "/?KEY1=value1";
    for (const headers of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "http://elsewhere.example" },
      { Origin: "null" },
      { "Sec-Purpose": "prefetch" },
      { Purpose: "prefetch" },
    ] satisfies Record<string, string>[]) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      await expectRefusal(program, { target, headers }, 403, "foreign_origin");
    }
    await expectClaim(program, { target, headers: { "Sec-Fetch-Site": "none" } });
  });
});

describeOnEachHost("a policy", (host) => {
  it("refuses what is denied, empty or incomplete, and takes what is allowed", async () => {
    const args = ["--allow", "PATH,LD_*", "--deny", "DENIED_*", "--require", "KEY1,PATH"];
    const program = await start(host, { args: [...args, "--names=dotenv"] });
    const answer = await claimJson(program.port, { DENIED_1: "1", "a.b-c": "2", IFS: "3" });
    expect(answer.status).toBe(422);
    const told = JSON.parse(answer.body).errors.map((error: Record<string, string>) => [
      error["name"],
      error["code"],
    ]);
    expect(told).toEqual([
      ["DENIED_1", "denied_name"],
      ["IFS", "dangerous_name"],
      ["KEY1", "missing"],
      ["PATH", "missing"],
    ]);
    const environment = { KEY1: "1", PATH: "/bin", LD_X: "2", "a.b-c": "3" };
    expect((await claimJson(program.port, environment)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=1\nPATH=/bin\nLD_X=2\na.b-c=3\n");
  });

  it("may refuse a claim without variables", async () => {
    const program = await start(host, { args: ["--refuse-empty"] });
    expect((await claim(program.port, "")).status).toBe(422);
    await expectClaim(program, { target: "/?KEY1=value1" });
  });
});

describeOnEachHost("a limit", (host) => {
  it.each([
    ["--max-target", { target: `/?KEY1=${"v".repeat(100)}` }, 414, "target_too_long"],
    ["--max-header", { headers: { "X-Long": "v".repeat(200) } }, 431, "header_too_large"],
    [
      "--max-body",
      { method: "POST", headers: { "Content-Type": "application/json" }, body: " ".repeat(65) },
      413,
      "body_too_large",
    ],
  ])("of %s refuses what is over it", async (flag, sent, status, code) => {
    const limit = flag === "--max-header" ? "150" : "64";
    const program = await start(host, { args: [flag, limit] });
    const answer = await expectRefusal(program, sent, status, code);
    expect(JSON.parse(answer.body).detail).toContain(limit);
    await expectClaim(program, { target: "/?KEY1=value1" });
  });

  it("of --request-timeout answers 408 to a request that does not end", async () => {
    const program = await start(host, { args: ["--request-timeout", "100"] });
    const wire = await Wire.connect(program.port);
    await wire.send("GET /?KEY1");
    expect((await wire.answer()).status).toBe(408);
    expect(await wire.end()).toBe("finished");
    await expectClaim(program, { target: "/?KEY1=value1" });
  });

  it("of --idle-timeout closes a connection that says nothing more", async () => {
    const program = await start(host, { args: ["--idle-timeout", "100"] });
    const wire = await Wire.connect(program.port);
    await wire.send("GET /heart_beat HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await wire.answer()).status).toBe(200);
    await wire.end();
    await expectClaim(program, { target: "/?KEY1=value1" });
  });

  it("of --max-connections makes who waited longest give way", async () => {
    const program = await start(host, { args: ["--max-connections", "2"] });
    const first = await Wire.connect(program.port);
    const second = await Wire.connect(program.port);
    await second.send("GET /?KEY1");
    expect((await heartBeat(program.port)).status).toBe(200);
    await first.end();
    await expectClaim(program, { target: "/?KEY1=value1" });
  });
});
