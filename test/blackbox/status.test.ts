/** Callers who wait for the state to change: told in time, in order, and in nobody's way. */

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect, it, vi } from "vitest";
import { need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, PATIENCE, type Program, start } from "./program.ts";
import { trace } from "./tracing.ts";
import { type Answer, call, claim, formatRequest, heartBeat, Wire } from "./wire.ts";

const BEAT = formatRequest({ target: "/heart_beat" });
const CLAIM = formatRequest({ target: "/?KEY1=value1" });

/** What a loaded machine may take on top of a bound; where it takes more than that, it tries again. */
const MARGIN_MS = 1_500;
const RETRIED = { retry: 2 };

function waiting(seconds: number | string): Buffer {
  return formatRequest({ target: `/status?wait=${seconds}` });
}

/** A caller who waits: its answer to what it asked before shows that the server has taken it in. */
async function wait(program: Program, seconds: number): Promise<Wire> {
  const wire = await Wire.connect(program.port);
  await wire.send(Buffer.concat([BEAT, waiting(seconds)]));
  expect((await wire.answer()).body).toBe('"success"');
  return wire;
}

function stateOf(answer: Answer): readonly [status: number, state: string] {
  return [answer.status, JSON.parse(answer.body).state];
}

function countAnswered(program: Program): number {
  return program.events.filter((event) => event["path"] === "/status").length;
}

describeOnEachHost("who waits for the state", (host) => {
  it("hears of the claim at once, every one of many, and the server leaves", RETRIED, async () => {
    const program = await start(host);
    const wires = await Promise.all(Array.from({ length: 20 }, () => wait(program, 60)));
    const startMs = performance.now();
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    for (const wire of wires) {
      const answer = await wire.answer();
      expect(stateOf(answer)).toEqual([200, "claimed"]);
      expect(answer.headers.get("connection")).toBe("close");
      expect(await wire.end()).toBe("finished");
      wire.close();
    }
    expect(await program.exit).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(MARGIN_MS);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("hears the state as it is when the time is up, and may ask again", RETRIED, async () => {
    const program = await start(host, { args: ["--request-timeout", "300"] });
    const wire = await Wire.connect(program.port);
    for (let round = 0; round < 2; round += 1) {
      const startMs = performance.now();
      await wire.send(waiting(1));
      const answer = await wire.answer();
      expect(stateOf(answer)).toEqual([200, "waiting"]);
      expect(answer.headers.has("connection")).toBe(false);
      const tookMs = performance.now() - startMs;
      expect(tookMs).toBeGreaterThanOrEqual(995);
      expect(tookMs).toBeLessThan(1_000 + MARGIN_MS);
      expect(JSON.parse(answer.body).uptime_seconds).toBeGreaterThanOrEqual(round + 0.99);
    }
    await wire.send(CLAIM);
    expect((await wire.answer()).status).toBe(200);
    wire.close();
    expect(await program.exit).toBe(0);
  });

  it("by HEAD is told by the head alone, by then", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    const startMs = performance.now();
    await wire.send(formatRequest({ method: "HEAD", target: "/status?wait=1" }));
    expect((await wire.answer("HEAD")).status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(995);
    await wire.send(BEAT);
    expect((await wire.answer()).body).toBe('"success"');
  });

  it("for no time at all is answered at once", async () => {
    const { port } = await start(host);
    for (const target of ["/status", "/status?", "/status?wait=0"]) {
      expect(stateOf(await call(port, { target }))).toEqual([200, "waiting"]);
    }
  });

  it.each([
    "wait",
    "wait=",
    "wait=61",
    "wait=-1",
    "wait=1.5",
    "wait=1e1",
    "wait=+1",
    "wait=%31",
    "wait=99999999999999999999",
    "Wait=1",
    "wait=1&wait=2",
    "wait=1&x=2",
    "x=1",
    "&",
  ])("with the query %s is refused, and waits for nothing", async (query) => {
    const { port } = await start(host);
    const answer = await call(port, { target: `/status?${query}` });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: "malformed_query",
      detail: "The query is not wait=SECONDS, a whole number from 0 to 60",
    });
  });

  it("is answered before what came behind, however it came", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    const startMs = performance.now();
    await wire.send(Buffer.concat([BEAT, waiting(1), BEAT, waiting(1), BEAT.subarray(0, 9)]));
    expect((await wire.answer()).body).toBe('"success"');
    await wire.send(BEAT.subarray(9));
    await wire.send(BEAT);
    expect(stateOf(await wire.answer())).toEqual([200, "waiting"]);
    expect((await wire.answer()).body).toBe('"success"');
    expect(stateOf(await wire.answer())).toEqual([200, "waiting"]);
    expect((await wire.answer()).body).toBe('"success"');
    expect((await wire.answer()).body).toBe('"success"');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(1_995);
  });

  it("claims behind its own wait when that is over, not before", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(Buffer.concat([waiting(3), CLAIM]));
    expect((await heartBeat(program.port)).status).toBe(200);
    expect(readdirSync(program.directory)).toEqual([]);
    expect(stateOf(await wire.answer())).toEqual([200, "waiting"]);
    expect((await wire.answer()).body).toBe("OK");
    wire.close();
    expect(await program.exit).toBe(0);
  });

  it.each(["close", "vanish", "halfClose"] as const)(
    "and is gone (%s) is waited for no longer",
    async (way) => {
      const program = await start(host, { args: ["--log-level", "debug"] });
      const wire = await wait(program, 60);
      expect(countAnswered(program)).toBe(0);
      wire[way]();
      if (way === "halfClose") {
        const answer = await wire.answer();
        expect(stateOf(answer)).toEqual([200, "waiting"]);
        expect(await wire.end()).toBe("finished");
      } else if (way === "close") {
        await vi.waitFor(() => expect(countAnswered(program)).toBe(1), PATIENCE);
      }
      expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
      expect(await program.exit).toBe(0);
    },
  );

  it("and has sent all hears every answer to it", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(Buffer.concat([waiting(60), BEAT, waiting(60)]));
    wire.halfClose();
    expect(stateOf(await wire.answer())).toEqual([200, "waiting"]);
    expect((await wire.answer()).body).toBe('"success"');
    expect(stateOf(await wire.answer())).toEqual([200, "waiting"]);
    expect(await wire.end()).toBe("finished");
  });

  it.each([
    ["says nothing more", (wire: Wire) => void wire],
    ["does not read", (wire: Wire) => wire.stopReading()],
    ["has sent requests behind", (wire: Wire) => void wire.send(Buffer.concat([BEAT, BEAT]))],
  ])("and %s does not hold up the exit", RETRIED, async (_sentence, misbehave) => {
    const program = await start(host);
    const wires = await Promise.all(Array.from({ length: 5 }, () => wait(program, 60)));
    for (const wire of wires) misbehave(wire);
    expect((await heartBeat(program.port)).status).toBe(200);
    const startMs = performance.now();
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(250 + MARGIN_MS);
  });

  it("gives way first where connections run out, and shuts out nobody", async () => {
    const program = await start(host, { args: ["--max-connections", "4"] });
    const idle = await Wire.connect(program.port);
    await idle.send(BEAT);
    expect((await idle.answer()).body).toBe('"success"');
    const wires: Wire[] = [];
    for (let count = 0; count < 12; count += 1) wires.push(await wait(program, 60));
    for (let count = 0; count < 5; count += 1) {
      expect((await heartBeat(program.port)).status).toBe(200);
    }
    // Of the first nine each made room for a later one; the idle connection was older than all of them.
    for (const wire of wires.slice(0, 9)) {
      const answer = await wire.answer();
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, "too_many_connections"]);
    }
    await idle.send(BEAT);
    expect((await idle.answer()).body).toBe('"success"');
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
  });

  it("is told of nothing by a claim that is refused, nor by one that fails", async () => {
    const cwd = makeDirectory();
    const program = await start(host, { cwd, args: ["--log-level", "debug"] });
    const wire = await wait(program, 1);
    expect((await claim(program.port, "1=x")).status).toBe(422);
    mkdirSync(join(cwd, ".env"));
    expect((await claim(program.port, "KEY1=value1")).status).toBe(500);
    expect((await heartBeat(program.port)).status).toBe(200);
    expect(countAnswered(program)).toBe(0);
    expect(stateOf(await wire.answer())).toEqual([200, "waiting"]);
  });

  it("wakes nobody until its time is up", async (context) => {
    need(context, "strace");
    if (host.name === "node") return;
    const program = await start(host);
    const wire = await wait(program, 2);
    const watched = await trace(program.pid, "-e", "trace=poll,ppoll");
    expect(stateOf(await wire.answer())).toEqual([200, "waiting"]);
    const polls = watched.lines().filter((line) => / resumed|poll\(/.test(line));
    await watched.stop();
    expect(polls.length).toBeLessThanOrEqual(4);
  });
});
