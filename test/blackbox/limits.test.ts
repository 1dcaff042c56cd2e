/** What a caller may cost, and that those who cost more shut nobody out: RELIABILITY P12. */

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { expect, it } from "vitest";
import { attackSlowly } from "./attack.ts";
import { need } from "./needs.ts";
import { describeOnEachHost, type Program, start } from "./program.ts";
import { type Answer, call, claim, formatRequest, heartBeat, Wire } from "./wire.ts";

const BEAT = formatRequest({ target: "/heart_beat" });
const FORM = "application/x-www-form-urlencoded";

function codeOf(answer: Answer): readonly [status: number, code: string] {
  return [answer.status, JSON.parse(answer.body).code];
}

async function expectClaim(program: Program): Promise<void> {
  expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
  expect(await program.exit).toBe(0);
  expect(program.readEnvFile()).toBe("KEY1=value1\n");
}

describeOnEachHost("P12, a limit", (host) => {
  it("of the target is told with its number, to the byte", async () => {
    const program = await start(host, { args: ["--max-target", "40"] });
    const least = await call(program.port, { target: `/heart_beat?${"v".repeat(40 - 12)}` });
    expect(least.status).toBe(200);
    for (const length of [41, 200, 100_000]) {
      const answer = await call(program.port, { target: `/?KEY1=${"v".repeat(length - 7)}` });
      expect(codeOf(answer)).toEqual([414, "target_too_long"]);
      expect(JSON.parse(answer.body).detail).toBe("The limit is 40 bytes");
    }
    await expectClaim(program);
  });

  it("of the header section is told with its number, however the bytes are spread", async () => {
    const program = await start(host, { args: ["--max-header", "200"] });
    const head = "GET /?KEY1=x HTTP/1.1\r\nHost: localhost\r\n";
    for (const fields of ["A: 1\r\n".repeat(40), `A: ${"v".repeat(300)}\r\n`, "A".repeat(300)]) {
      const wire = await Wire.connect(program.port);
      await wire.send(`${head}${fields}\r\n`);
      const answer = await wire.answer();
      expect(codeOf(answer)).toEqual([431, "header_too_large"]);
      expect(JSON.parse(answer.body).detail).toBe("The limit is 200 bytes");
      expect(await wire.end()).toBe("finished");
    }
    await expectClaim(program);
  });

  it("of the body is told with its number, before the body is sent or while it is", async () => {
    const program = await start(host, { args: ["--max-body", "16"] });
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM}\r\n`;
    for (const rest of [
      "Content-Length: 17\r\n\r\n",
      "Content-Length: 17\r\nExpect: 100-continue\r\n\r\n",
      "Content-Length: 999999999999999\r\n\r\n",
      `Transfer-Encoding: chunked\r\n\r\n11\r\n`,
      `Transfer-Encoding: chunked\r\n\r\n10\r\nKEY1=v0123456789\r\n1\r\n`,
    ]) {
      const wire = await Wire.connect(program.port);
      await wire.send(`${head}${rest}`);
      const answer = await wire.answer();
      expect([rest, ...codeOf(answer)]).toEqual([rest, 413, "body_too_large"]);
      expect(JSON.parse(answer.body).detail).toBe("The limit is 16 bytes");
      expect(await wire.end()).toBe("finished");
    }
    await expectClaim(program);
  });

  it.each([
    ["a head", "GET /?KEY1=value1 HTTP/1.1\r\nHost: local", "host"],
    [
      "a body",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{",
      '"KEY1":"value1"',
    ],
    [
      "a chunk",
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM}\r\nTransfer-Encoding: chunked\r\n\r\nFF\r\nK`,
      "EY1=value1",
    ],
  ])(
    "of time is told to %s that trickles, and bytes win no more time",
    async (_part, begun, rest) => {
      const program = await start(host, { args: ["--request-timeout", "600"] });
      const wire = await Wire.connect(program.port);
      const startMs = performance.now();
      await wire.send(begun);
      const trickle = setInterval(() => void wire.send(rest.slice(0, 1)), 100);
      try {
        expect(codeOf(await wire.answer())).toEqual([408, "request_timeout"]);
      } finally {
        clearInterval(trickle);
      }
      expect(performance.now() - startMs).toBeGreaterThan(550);
      expect(await wire.end()).toBe("finished");
      await expectClaim(program);
    },
  );

  it("of time closes a connection that has not said a word", async () => {
    const program = await start(host, { args: ["--request-timeout", "200"] });
    const wire = await Wire.connect(program.port);
    expect(await wire.end()).toBe("finished");
    await expectClaim(program);
  });

  it("of idleness closes a connection between requests, and begins anew behind each", async () => {
    const program = await start(host, { args: ["--idle-timeout", "900"] });
    const wire = await Wire.connect(program.port);
    const startMs = performance.now();
    for (let round = 0; round < 3; round += 1) {
      await wire.send(BEAT);
      expect((await wire.answer()).status).toBe(200);
      await new Promise((resolve) => {
        setTimeout(resolve, 400);
      });
    }
    await wire.send(BEAT);
    expect((await wire.answer()).status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThan(1_100);
    expect(await wire.end()).toBe("finished");
    await expectClaim(program);
  });

  it("of idleness holds behind a connection's first request, though the same was asked before", async () => {
    const program = await start(host, { args: ["--idle-timeout", "300"] });
    const startMs = performance.now();
    for (let connection = 0; connection < 2; connection += 1) {
      const wire = await Wire.connect(program.port);
      await wire.send(BEAT);
      expect((await wire.answer()).status).toBe(200);
      expect(await wire.end()).toBe("finished");
    }
    expect(performance.now() - startMs).toBeLessThan(8_000);
    await expectClaim(program);
  });

  it("of connections makes the oldest without a complete request give way, with 503", async () => {
    const program = await start(host, { args: ["--max-connections", "3"] });
    const oldest = await Wire.connect(program.port);
    await oldest.send("GET /?KEY1=");
    const silent = await Wire.connect(program.port);
    // Once it is answered, those that connected before it have been accepted before it, too.
    const busy = await Wire.connect(program.port);
    await busy.send(BEAT);
    expect((await busy.answer()).status).toBe(200);
    const fourth = await Wire.connect(program.port);
    await fourth.send(BEAT);
    expect((await fourth.answer()).status).toBe(200);
    expect(codeOf(await oldest.answer())).toEqual([503, "too_many_connections"]);
    await oldest.end();
    const fifth = await Wire.connect(program.port);
    await fifth.send(BEAT);
    expect((await fifth.answer()).status).toBe(200);
    await silent.end();
    for (const wire of [busy, fourth, fifth]) {
      await wire.send(BEAT);
      expect((await wire.answer()).status).toBe(200);
    }
    await expectClaim(program);
  });
});

/** What a health check takes, in milliseconds, from the shortest to the longest of forty. */
async function measureHeartBeats(program: Program): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let count = 0; count < 40; count += 1) {
    const startMs = performance.now();
    expect((await heartBeat(program.port)).status).toBe(200);
    tookMs.push(performance.now() - startMs);
  }
  return tookMs.toSorted((left, right) => left - right);
}

/** Kilobytes: how much memory it has now, and how much it has ever had. */
function memoryOf(program: Program): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${program.pid}/status`, "utf8");
  const read = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
  return { now: read("VmRSS"), peak: read("VmHWM") };
}

/** Numbers that are stated on resolution. */
function report(sentence: string): void {
  process.stderr.write(`\nMEASURED ${sentence}\n`);
}

/** What the native host may ever take; the engines of the others take as much at rest. */
const MAX_NATIVE_KILOBYTES = 40 * 1024;

/** How often each of two callers sends what is refused. */
const ROUNDS = 2;

describeOnEachHost("P12, an attacker", (host) => {
  it.each([
    ["holds five hundred slow or silent connections open", ["--max-connections", "512"], 10_000],
    ["comes back with five hundred slow or silent connections", [], 300],
  ])("who %s shuts out neither the health check nor the claim", async (sentence, args, pauseMs) => {
    const timeouts = ["--request-timeout", "60000"];
    const program = await start(host, { args: [...args, ...timeouts] });
    await attackSlowly(program.port, 500, pauseMs);
    const tookMs = await measureHeartBeats(program);
    const [median = Infinity, longest = Infinity] = [tookMs[20], tookMs.at(-1)];
    const { now, peak } = memoryOf(program);
    report(
      `${host.name}: ${sentence}: health check ${median.toFixed(1)} ms (median), ` +
        `${longest.toFixed(1)} ms (longest); ${now} kB, at most ${peak} kB`,
    );
    expect(median).toBeLessThan(100);
    if (host.name === "native") expect(peak).toBeLessThan(MAX_NATIVE_KILOBYTES);
    await expectClaim(program);
  });

  it.each([
    ["a mebibyte with a NUL at its end", `KEY1=${"v".repeat(1_048_568)}%00`],
    ["eight long variables without the one that is required", longVariables()],
    ["nothing but ampersands", "&".repeat(1_048_576)],
  ])("who sends %s over and over costs bounded memory", async (sentence, body) => {
    const program = await start(host, { args: ["--require", "NEVER"] });
    const request = formatRequest({ method: "POST", headers: { "Content-Type": FORM }, body });
    const startMs = performance.now();
    const attack = async (): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const wire = await Wire.connect(program.port);
        await wire.send(request);
        expect((await wire.answer()).status).toBe(422);
        wire.close();
      }
    };
    await Promise.all([attack(), attack()]);
    const eachMs = (performance.now() - startMs) / (2 * ROUNDS);
    expect((await heartBeat(program.port)).status).toBe(200);
    const { now, peak } = memoryOf(program);
    report(
      `${host.name}: ${sentence}: ${eachMs.toFixed(0)} ms each, ${now} kB, at most ${peak} kB`,
    );
    if (host.name === "native") expect(peak).toBeLessThan(MAX_NATIVE_KILOBYTES);
  });

  it("who never ends its bodies costs bounded memory, and the claim gets through", async () => {
    const program = await start(host);
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM}\r\nContent-Length: 1048576\r\n\r\n`;
    const crowd = await Promise.all(Array.from({ length: 100 }, () => Wire.connect(program.port)));
    const most = Buffer.from(`${head}${"v".repeat(1_048_575)}`);
    for (const wire of crowd) {
      void wire.send(most);
      wire.stopReading();
    }
    const tookMs = await measureHeartBeats(program);
    const { now, peak } = memoryOf(program);
    report(
      `${host.name}: a hundred bodies without an end: health check ${tookMs[20]?.toFixed(1)} ms ` +
        `(median), ${now} kB, at most ${peak} kB`,
    );
    if (host.name === "native") expect(peak).toBeLessThan(MAX_NATIVE_KILOBYTES);
    await expectClaim(program);
  });

  it("who takes every descriptor keeps nobody out once it lets go", async (context) => {
    need(context, "prlimit");
    // Node needs some of its own, and tells nobody how many it may have.
    const limit = host.name === "node" ? 256 : 24;
    const program = await start(host, { wrapper: ["prlimit", `--nofile=${limit}`] });
    const crowd = await Promise.all(Array.from({ length: 300 }, () => Wire.connect(program.port)));
    for (const wire of crowd) void wire.send("GET /?KEY1=");
    expect((await heartBeat(program.port)).status).toBe(200);
    for (const wire of crowd) wire.vanish();
    expect((await heartBeat(program.port)).status).toBe(200);
    await expectClaim(program);
  });
});

function longVariables(): string {
  return Array.from({ length: 8 }, (_, index) => `KEY${index}=${"v".repeat(131_000)}`).join("&");
}
