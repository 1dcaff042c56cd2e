/** One connection: however the bytes come and whatever comes behind them, the answers are the same. */

import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { describeOnEachHost, type Program, start } from "./program.ts";
import { claim, formatRequest, heartBeat, Wire } from "./wire.ts";

const BEAT = formatRequest({ target: "/heart_beat" });
const BEAT_OF_SUCCESSOR = formatRequest({ target: "/startup/heart_beat" });
const BODY = '{"KEY1":"value1","KEY2":"two words"}';
const CLAIM = formatRequest({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: BODY,
});
const FILE = "KEY1=value1\nKEY2='two words'\n";

/** It waits to the last moment, and nothing was claimed. */
async function expectToHaveWaited(program: Program): Promise<void> {
  expect((await heartBeat(program.port)).status).toBe(200);
  program.kill("SIGTERM");
  expect(await program.exit).toBe(143);
  expect(readdirSync(program.directory)).toEqual([]);
  expect(program.messages).not.toContain("claimed");
}

describeOnEachHost("a connection", (host) => {
  it("takes a claim one byte at a time", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.sendByteByByte(CLAIM);
    expect((await wire.answer()).status).toBe(200);
    expect(await wire.end()).toBe("finished");
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(FILE);
  });

  it("answers pipelined requests in order, and runs none behind the claim", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(Buffer.concat([BEAT, BEAT_OF_SUCCESSOR, BEAT, CLAIM, BEAT, CLAIM]));
    const bodies: string[] = [];
    // oxlint-disable-next-line no-await-in-loop -- the order is the point
    for (let count = 0; count < 4; count += 1) bodies.push((await wire.answer()).body);
    expect(bodies).toEqual(['"success"', "success", '"success"', "OK"]);
    expect(await wire.end()).toBe("finished");
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(FILE);
  });

  it("answers a caller who has said that nothing more comes", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(CLAIM);
    wire.halfClose();
    expect((await wire.answer()).status).toBe(200);
    expect(await wire.end()).toBe("finished");
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(FILE);
  });

  it("runs nothing behind a refused request", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(Buffer.concat([formatRequest({ target: "/nowhere" }), CLAIM]));
    const answer = await wire.answer();
    expect([answer.status, answer.headers.get("connection")]).toEqual([404, "close"]);
    expect(await wire.end()).toBe("finished");
    await expectToHaveWaited(program);
  });

  it("runs nothing behind Connection: close", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    const last = formatRequest({ target: "/heart_beat", headers: { Connection: "close" } });
    await wire.send(Buffer.concat([last, CLAIM]));
    const answer = await wire.answer();
    expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
    expect(await wire.end()).toBe("finished");
    await expectToHaveWaited(program);
  });

  it("never applies a body that was cut off", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(CLAIM.subarray(0, CLAIM.length - 1));
    wire.halfClose();
    await wire.end();
    expect((await heartBeat(program.port)).status).toBe(200);
    expect((await claim(program.port, "KEY3=value3")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY3=value3\n");
  });

  it("invites the body that a caller waits to send", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    const head = formatRequest({
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Content-Length": String(BODY.length),
        Expect: "100-continue",
      },
    });
    await wire.send(head);
    expect((await wire.answer()).status).toBe(100);
    await wire.send(BODY);
    expect((await wire.answer()).status).toBe(200);
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(FILE);
  });

  it("invites no body that it would refuse", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    const headers = {
      "Content-Type": "text/plain",
      "Content-Length": "9",
      Expect: "100-continue",
    };
    await wire.send(formatRequest({ method: "POST", headers }));
    expect((await wire.answer()).status).toBe(415);
    expect(await wire.end()).toBe("finished");
  });

  it("closes behind an HTTP/1.0 answer, with or without Host", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send("GET /heart_beat HTTP/1.0\r\n\r\n");
    const answer = await wire.answer();
    expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
    expect(await wire.end()).toBe("finished");
  });

  it.each([
    ["an HTTP/0.9 request", "GET /\r\n", 400],
    ["an HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 501, 505]],
    ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["noise", "\x00\xff\x00\xff", 400],
    ["a bare line feed", "GET /?KEY1=value1 HTTP/1.1\nHost: localhost\n\n", 400],
    ["no Host", "GET /?KEY1=value1 HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", "GET /?KEY1=value1 HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
    ["a folded line", "GET /?KEY1=value1 HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400],
    ["a blank before a colon", "GET /?KEY1=value1 HTTP/1.1\r\nHost : a\r\n\r\n", 400],
    [
      "both ways to frame a body",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
      400,
    ],
    ["an unknown method", "CLAIM /?KEY1=value1 HTTP/1.1\r\nHost: a\r\n\r\n", 501],
    ["an unknown version", "GET /?KEY1=value1 HTTP/3.0\r\nHost: a\r\n\r\n", 505],
    ["another authority", "GET http://b/?KEY1=value1 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ])("refuses %s, closes, and goes on waiting", async (_sentence, bytes, status) => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(Buffer.from(bytes, "latin1"));
    const answer = await wire.answer();
    expect([status].flat()).toContain(answer.status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await wire.end()).toBe("finished");
    await expectToHaveWaited(program);
  });

  it("serves health checks and the claim through a crowd of silent callers", async () => {
    const program = await start(host);
    const crowd = await Promise.all(Array.from({ length: 200 }, () => Wire.connect(program.port)));
    for (const wire of crowd.slice(0, 100)) void wire.send("GET /?KEY");
    expect((await heartBeat(program.port)).status).toBe(200);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });
});
