/** A claim that is only tried: answered as it would be, and nothing is spent, written or changed. */

import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { expect, it } from "vitest";
import { describeOnEachHost, type Program, start } from "./program.ts";
import {
  type Answer,
  call,
  claim,
  claimForm,
  claimJson,
  heartBeat,
  type Sent,
  Wire,
} from "./wire.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };
const RECEIPT = { Accept: "application/json" };

function validate(program: Program, environment: unknown, headers = {}): Promise<Answer> {
  return call(program.port, {
    method: "POST",
    target: "/validate",
    headers: { ...JSON_TYPE, ...headers },
    body: typeof environment === "string" ? environment : JSON.stringify(environment),
  });
}

function expectUnspent(program: Program): void {
  expect(readdirSync(program.directory)).toEqual([]);
  expect(program.messages).not.toContain("claimed");
}

describeOnEachHost("/validate", (host) => {
  it("says OK to what a claim would be accepted with, as often as asked, and spends nothing", async () => {
    const program = await start(host);
    for (const environment of [{ KEY1: "value1" }, { KEY2: "two words" }, {}, { KEY1: "value1" }]) {
      const answer = await validate(program, environment);
      expect([answer.status, answer.body]).toEqual([200, "OK"]);
      expect(answer.headers.get("content-type")).toBe("text/plain");
      expect(answer.headers.has("connection")).toBe(false);
    }
    expectUnspent(program);
    expect((await claim(program.port, "KEY3=value3")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY3=value3\n");
  });

  it("says in a receipt what the claim's would say", async () => {
    const program = await start(host, {
      args: ["--output=portable:.env", "--output=json:env.json"],
    });
    const headers = { ...RECEIPT, "X-Request-ID": "same" };
    const environment = { KEY1: "value1", KEY2: "$HOME" };
    const foreseen = await validate(program, environment, headers);
    expect(JSON.parse(foreseen.body)).toMatchObject({
      names: ["KEY1", "KEY2"],
      count: 2,
      file: ".env",
      replayed: false,
      uncommon_names: ["KEY2"],
    });
    expectUnspent(program);
    const claimed = await call(program.port, {
      method: "POST",
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify(environment),
    });
    expect([foreseen.status, foreseen.body]).toEqual([claimed.status, claimed.body]);
    expect(await program.exit).toBe(0);
    const digest = createHash("sha256").update(program.readEnvFile()).digest("hex");
    expect(JSON.parse(foreseen.body).sha256).toBe(digest);
  });

  const refusals: readonly (readonly [sentence: string, sent: Sent, args: string[]])[] = [
    ["a wrong name", { headers: JSON_TYPE, body: '{"1A":"x"}' }, []],
    ["a dangerous name", { headers: JSON_TYPE, body: '{"LD_PRELOAD":"x"}' }, []],
    ["a number", { headers: JSON_TYPE, body: '{"A":1}' }, []],
    ["broken JSON", { headers: JSON_TYPE, body: '{"A":' }, []],
    ["a name twice", { headers: FORM_TYPE, body: "A=1&A=2" }, []],
    ["a broken escape", { headers: FORM_TYPE, body: "A=%2" }, []],
    ["what the dialect cannot hold", { headers: FORM_TYPE, body: "A=%0A" }, ["--format", "raw"]],
    ["what is missing", { headers: JSON_TYPE, body: "{}" }, ["--require", "A"]],
    ["nothing", { headers: JSON_TYPE, body: "{}" }, ["--refuse-empty"]],
    ["too much", { headers: FORM_TYPE, body: "A=1&B=2" }, ["--max-variables", "1"]],
    ["too long a body", { headers: FORM_TYPE, body: "A=1&B=2" }, ["--max-body", "6"]],
    ["another media type", { headers: { "Content-Type": "text/plain" }, body: "A=1" }, []],
    ["no media type", { body: "A=1" }, []],
    ["an encoded body", { headers: { ...FORM_TYPE, "Content-Encoding": "gzip" }, body: "A" }, []],
    ["a page's question", { headers: { ...FORM_TYPE, Origin: "http://evil" }, body: "A=1" }, []],
  ];

  it.each(refusals)("refuses %s as the claim does, and waits on", async (_sentence, sent, args) => {
    const program = await start(host, { args });
    const [foreseen, refused] = [
      await call(program.port, { ...sent, method: "POST", target: "/validate" }),
      await call(program.port, { ...sent, method: "POST", target: "/" }),
    ];
    expect(foreseen.status).toBeGreaterThanOrEqual(400);
    const told = { ...JSON.parse(refused.body), request_id: expect.any(String) };
    expect(JSON.parse(foreseen.body)).toEqual(told);
    expect((await heartBeat(program.port)).status).toBe(200);
    expectUnspent(program);
  });

  it("takes no query, and no method but POST", async () => {
    const program = await start(host);
    const beside = await call(program.port, {
      method: "POST",
      target: "/validate?A=1",
      headers: JSON_TYPE,
      body: "{}",
    });
    expect(JSON.parse(beside.body).code).toBe("query_beside_body");
    for (const method of ["GET", "HEAD", "PUT"]) {
      const answer = await call(program.port, { method, target: "/validate?A=1" });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    }
    expectUnspent(program);
  });

  it("asks for the token, and answers wrong ones no sooner than the claim does", async () => {
    const program = await start(host, { env: { STARTUP_SERVER_TOKEN: "c4n4ry" } });
    const startMs = performance.now();
    for (const token of ["wrong", "c4n4r"]) {
      const answer = await validate(program, {}, { Authorization: `Bearer ${token}` });
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([401, "unauthorized"]);
    }
    expect(performance.now() - startMs).toBeGreaterThan(350);
    const holder = await validate(program, {}, { Authorization: "Bearer c4n4ry" });
    expect(holder.status).toBe(200);
    expectUnspent(program);
  });

  it("foresees behind a claim the replay of the same environment, and 409 for another", async () => {
    const program = await start(host, { args: ["--drain", "20000"] });
    const winner = await Wire.connect(program.port);
    await winner.send("GET /?KEY1=value1 HTTP/1.1\r\nHost: a\r\nX-Request-ID: winner\r\n\r\n");
    expect((await winner.answer()).status).toBe(200);
    const same = await validate(program, { KEY1: "value1" }, RECEIPT);
    expect(same.status).toBe(200);
    expect(JSON.parse(same.body)).toMatchObject({ replayed: true, request_id: "winner" });
    const other = await validate(program, { KEY1: "value2" });
    expect([other.status, JSON.parse(other.body).code]).toEqual([409, "already_claimed"]);
    expect(program.messages.filter((message) => message === "claim replayed")).toEqual([]);
    winner.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("tells no value, to nobody", async () => {
    const program = await start(host, { args: ["--log-level", "debug"] });
    const answers = [
      await validate(program, { KEY1: "c4n4ry" }, RECEIPT),
      await validate(program, { KEY1: "c4n4ry\0" }),
      await claimForm(program.port, "1=c4n4ry"),
      await claimJson(program.port, { KEY1: "c4n4ry", "c 4": "c4n4ry" }, "/validate"),
    ];
    expect(JSON.stringify(answers.map(({ body }) => body)) + program.stderr).not.toContain(
      "c4n4ry",
    );
    expect(program.messages).toContain("claim would be refused");
    expectUnspent(program);
  });
});
