/** The log: what it says, what it never says, and that nobody waits for whoever reads it. */

import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect, it, onTestFinished } from "vitest";
import { describeOnEachHost, makeDirectory, run, start } from "./program.ts";
import { call, claim, claimForm, claimJson, formatRequest, heartBeat, Wire } from "./wire.ts";

/** Values that stand for secrets; each is looked for in every form that might give it away. */
const SECRETS = ["s3cr3t-Marker", "an0ther marker/with=signs", "dr1tte-märke"];

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // In base64 a text looks different at each of three offsets; its ends depend on what is around it.
  const base64 = [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    return shifted.slice(4, shifted.length - 4);
  });
  const hex = bytes.toString("hex");
  const percent = encodeURIComponent(secret);
  return [secret, ...base64, hex, hex.toUpperCase(), percent, percent.replaceAll("%20", "+")];
}

const ESCAPED = SECRETS.map((secret) => encodeURIComponent(secret));
const [SECRET = "", SPACED = "", UMLAUT = ""] = SECRETS;
const [E1 = "", E2 = "", E3 = ""] = ESCAPED;

function post(contentType: string, body: string): Parameters<typeof call>[1] {
  return { method: "POST", headers: { "Content-Type": contentType }, body };
}

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

/** Every way to send a secret and be refused, beside mistakes in the bytes themselves. */
const REFUSED = [
  { target: `/nowhere?KEY1=${E1}&KEY2=${E2}&KEY3=${E3}` },
  { target: `/heart_beat?KEY1=${E1}` },
  { target: `/status?KEY1=${E2}` },
  { method: "PUT", target: `/?KEY1=${E1}` },
  { method: "HEAD", target: `/?KEY1=${E1}` },
  { method: "BREW", target: `/?KEY1=${E1}` },
  { target: `/?KEY1=${E1}%` },
  { target: `/?KEY1=${E1}&KEY1=${E2}` },
  { target: `/?PATH=${E1}&1KEY=${E2}` },
  { target: `/?KEY1=${E1}%00` },
  { target: `/?KEY1=${E1}%0D` },
  { target: `/?KEY1=${E1}`, headers: { Expect: SECRET } },
  { target: `/?KEY1=${E1}`, headers: { Host: "a b" } },
  { target: `http://elsewhere/?KEY1=${E1}` },
  post(JSON_TYPE, `{"KEY1":"${SECRET}","KEY1":"${SPACED}"}`),
  post(JSON_TYPE, `{"KEY1":"${SECRET}`),
  post(JSON_TYPE, `{"KEY1":["${SECRET}"],"KEY2":{"a":"${UMLAUT}"}}`),
  post(JSON_TYPE, `{"LD_PRELOAD":"${SECRET}","KEY2":"\\ud800${SPACED}"}`),
  post(JSON_TYPE, `{"1KEY":"${SECRET}"}`),
  post("text/plain", `KEY1=${SECRET}`),
  { ...post(JSON_TYPE, `{"KEY1":"${SECRET}"}`), target: `/?KEY2=${E2}` },
  post(FORM_TYPE, `KEY1=${E1}&KEY2=${E2}%zz`),
  post(FORM_TYPE, `KEY1=${E1}&KEY1=${E3}`),
  post(FORM_TYPE, `KEY1=${"x".repeat(131_071)}${E1}`),
] as const satisfies readonly Parameters<typeof call>[1][];

/** Secrets in the wrong place, as callers put them by mistake. */
const MISPLACED = [
  ["JSON that is called a form", post(FORM_TYPE, `{"KEY1":"${SECRET}"}`)],
  ["a query of which a value's & is not escaped", { target: `/?KEY1=a&${E2}` }],
  ["JSON in the query", { target: `/?${encodeURIComponent(`{"KEY1":"${SECRET}"}`)}` }],
  ["a colon in place of the equals sign", post(FORM_TYPE, `KEY1:${SECRET}`)],
] as const;

function expectNoSecret(text: string): void {
  for (const form of SECRETS.flatMap(formsOf)) expect(text).not.toContain(form);
}

describeOnEachHost("the log", (host) => {
  it("and the answers give away no value, whatever is refused, at the level of debug", async () => {
    const program = await start(host, { args: ["--log-level", "debug"] });
    for (const sent of REFUSED) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const answer = await call(program.port, sent);
      expectNoSecret(JSON.stringify([...answer.headers, answer.body]));
    }
    for (const bytes of [
      `GET /?KEY1=${SECRET} HTTP/1.1\r\nHost: a\r\n${SECRET} : 1\r\n\r\n`,
      `GET /?KEY1=${SPACED} HTTP/1.1\r\nHost: a\r\n\r\n`,
      `${SECRET} ${SECRET} ${SECRET}\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SECRET}\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: a\r\nX-Request-ID: "${SECRET}"\r\nAuthorization: ${SECRET}\r\n\u0001`,
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const wire = await Wire.connect(program.port);
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      await wire.send(bytes);
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const answer = await wire.answer();
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expectNoSecret(JSON.stringify([...answer.headers, answer.body]));
    }
    expect((await heartBeat(program.port)).status).toBe(200);
    program.kill("SIGTERM");
    expect(await program.exit).toBe(143);
    expect(program.events.length).toBeGreaterThan(REFUSED.length);
    expectNoSecret(program.stderr + program.stdout);
  });

  it.each(MISPLACED)("and the answer give away no value of %s", async (_sentence, sent) => {
    const program = await start(host, { args: ["--log-level", "debug"] });
    const answer = await call(program.port, sent);
    expect(answer.status).toBe(422);
    expectNoSecret(answer.body);
    program.kill("SIGTERM");
    expect(await program.exit).toBe(143);
    expectNoSecret(program.stderr);
  });

  it.each(["json", "text"])(
    "and the receipt give away no value of a claim, in %s",
    async (format) => {
      const args = ["--log-level", "debug", "--log-format", format, "--drain", "20000"];
      const program = await start(host, { args });
      const wire = await Wire.connect(program.port);
      const headers = { Accept: "application/json" };
      const target = `/?KEY1=${E1}&KEY2=${E2}&KEY3=${E3}`;
      await wire.send(formatRequest({ target, headers }));
      const won = await wire.answer();
      const replayed = await call(program.port, { target, headers });
      const other = await claimJson(program.port, { KEY1: SPACED, KEY2: SECRET });
      expect([won.status, replayed.status, other.status]).toEqual([200, 200, 409]);
      for (const answer of [won, replayed, other]) {
        expectNoSecret(JSON.stringify([...answer.headers, answer.body]));
      }
      wire.close();
      expect(await program.exit).toBe(0);
      expect(program.readEnvFile()).toContain(SECRET);
      expect(program.stderr).toContain("KEY1");
      expectNoSecret(program.stderr + program.stdout);
    },
  );

  it("says in JSON, a line an event, when, how grave and what", async () => {
    const program = await start(host);
    const refused = await call(program.port, {
      target: "/?KEY1=1&KEY1=2&LD_PRELOAD=x",
      headers: { "X-Request-ID": "first" },
    });
    expect(refused.status).toBe(422);
    const headers = { "X-Request-ID": "second" };
    await call(program.port, { target: "/?KEY1=value1&KEY2=a%20$b", headers });
    expect(await program.exit).toBe(0);
    expect(program.stderr.endsWith("\n")).toBe(true);
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(program.events.slice(1)).toEqual([
      {
        level: "warn",
        timestamp,
        request_id: "first",
        message: "claim refused",
        code: "refused_variables",
        names: ["KEY1", "LD_PRELOAD"],
      },
      {
        level: "info",
        timestamp,
        request_id: "second",
        message: "claimed",
        count: 2,
        names: ["KEY1", "KEY2"],
        files: [".env"],
        length: 24,
        uncommon_names: ["KEY2"],
      },
    ]);
    const [first = "", last = ""] = [program.events[0], program.events.at(-1)].map(
      (event) => event?.timestamp,
    );
    expect(Date.parse(first)).toBeLessThanOrEqual(Date.parse(last));
    expect(Math.abs(Date.parse(last) - Date.now())).toBeLessThan(10_000);
  });

  it("says in text, for people, the same", async () => {
    const program = await start(host, { args: ["--log-format", "text"] });
    await claim(program.port, "KEY1=value1");
    expect(await program.exit).toBe(0);
    const [waiting = "", claimed = "", ...rest] = program.stderr.split("\n");
    expect(waiting).toMatch(/^\S+Z info {2}waiting for a claim .*port=\d+/);
    expect(claimed).toMatch(
      /^\S+Z info {2}claimed count=1 names=KEY1 files=\.env .*request_id=\S+$/,
    );
    expect(rest).toEqual([""]);
  });

  it("keeps a line of ten thousand names short enough to be written whole", async () => {
    const program = await start(host);
    const names = Array.from({ length: 10_000 }, (_, index) => `KEY${index}`);
    await claimForm(program.port, names.map((name) => `${name}=1`).join("&"));
    expect(await program.exit).toBe(0);
    expect(program.events.at(-1)).toMatchObject({ message: "claimed", count: 10_000 });
    for (const line of program.stderr.split("\n")) expect(line.length).toBeLessThan(4096);
  });

  it("says at the level of error nothing but failures", async () => {
    const port = await findFreePort();
    const program = run(host, { port, args: ["--log-level", "error"] });
    await answering(port);
    await claim(port, "KEY1=1&KEY1=2");
    await claim(port, "KEY1=value1");
    expect(await program.exit).toBe(0);
    expect(program.stderr).toBe("");
  });
});

describeOnEachHost("a reader of the log", (host) => {
  it("that has stopped neither loses nor delays a claim", async () => {
    const pipe = join(makeDirectory(), "log");
    execFileSync("mkfifo", [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    onTestFinished(() => [reader, writer].forEach((end) => closeSync(end)));
    fillPipe(writer);
    // What the program inherits blocks, as a shell's pipe does.
    const inherited = openSync(pipe, constants.O_WRONLY);
    const port = await findFreePort();
    const program = run(host, { port, stderr: inherited, args: ["--log-level", "debug"] });
    closeSync(inherited);
    await answering(port);
    const startMs = performance.now();
    expect((await claim(port, "KEY1=1&KEY1=2")).status).toBe(422);
    expect((await claim(port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("that has gone neither loses nor delays a claim, nor changes the status", async () => {
    const pipe = join(makeDirectory(), "log");
    execFileSync("mkfifo", [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const inherited = openSync(pipe, constants.O_WRONLY);
    const port = await findFreePort();
    const program = run(host, { port, stderr: inherited, args: ["--log-level", "debug"] });
    closeSync(inherited);
    await answering(port);
    closeSync(reader);
    expect((await claim(port, "KEY1=1&KEY1=2")).status).toBe(422);
    expect((await claim(port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("behind a socket, as systemd's journal is, may stop", async () => {
    const program = await start(host, { args: ["--log-level", "debug"] });
    program.stopLogReader();
    // More than the socket's buffers hold, on this side and on the other.
    const lines = Array.from({ length: 4_000 }, () => formatRequest({ target: "/heart_beat" }));
    const wire = await Wire.connect(program.port);
    await wire.send(Buffer.concat(lines));
    // oxlint-disable-next-line no-await-in-loop -- one answer after the other
    for (const line of lines) expect([line.length, (await wire.answer()).status]).toContain(200);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    program.resumeLogReader();
    expect(await program.exit).toBe(0);
    expect(program.messages.length).toBeLessThan(lines.length);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("behind a socket may be gone", async () => {
    const program = await start(host, { args: ["--log-level", "debug"] });
    program.closeLogReader();
    expect((await claim(program.port, "KEY1=1&KEY1=2")).status).toBe(422);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
  });

  it("may never have been there", async () => {
    const port = await findFreePort();
    const program = run(host, { port, wrapper: ["sh", "-c", 'exec "$@" 2>&-', "sh"] });
    await answering(port);
    expect((await claim(port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });
});

function fillPipe(writer: number): void {
  try {
    for (;;) writeSync(writer, Buffer.alloc(512));
  } catch {
    // EAGAIN: it is full.
  }
}

/** For a program whose log cannot tell its port. */
function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

/** Until the port answers, for a program whose log cannot tell that it is ready. */
async function answering(port: number): Promise<void> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      await heartBeat(port);
      return;
    } catch {
      // Not yet; the test's own time limit ends this.
    }
  }
}
