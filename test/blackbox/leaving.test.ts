/** How and when the program ends: by a signal, or behind a claim, held up by nobody. */

import { existsSync } from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect, it } from "vitest";
import { describeOnEachHost, start } from "./program.ts";
import { formatRequest, heartBeat, Wire } from "./wire.ts";

/** What a loaded machine may take on top of a bound; where it takes more than that, it tries again. */
const MARGIN_MS = 1_500;
const RETRIED = { retry: 2 };

const CLAIM = formatRequest({ target: "/?KEY1=value1" });

async function claimAndStay(port: number): Promise<Wire> {
  const wire = await Wire.connect(port);
  await wire.send(CLAIM);
  expect((await wire.answer()).status).toBe(200);
  return wire;
}

describeOnEachHost("leaving", (host) => {
  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)(
    "a waiting server ends at once on %s, with status %i",
    RETRIED,
    async (signal, status) => {
      const program = await start(host);
      const idle = await Wire.connect(program.port);
      await idle.send("GET /?KEY");
      const startMs = performance.now();
      program.kill(signal);
      expect(await program.exit).toBe(status);
      expect(performance.now() - startMs).toBeLessThan(MARGIN_MS);
      expect(existsSync(join(program.directory, ".env"))).toBe(false);
      expect(program.messages).toEqual(["waiting for a claim", "ended by a signal before a claim"]);
    },
  );

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "the status is 0 where %s comes behind the commit",
    async (signal) => {
      const program = await start(host, { args: ["--drain", "20000"] });
      const wire = await claimAndStay(program.port);
      program.kill(signal);
      // Whoever answers the second call has heard the signal before.
      expect((await heartBeat(program.port)).status).toBe(200);
      expect((await heartBeat(program.port)).status).toBe(200);
      expect(await wire.end()).toBe("finished");
      wire.close();
      expect(await program.exit).toBe(0);
      expect(program.readEnvFile()).toBe("KEY1=value1\n");
    },
  );

  it("a second signal behind the commit ends the wait for the caller, with status 0", async () => {
    const program = await start(host, { args: ["--drain", "20000"] });
    await claimAndStay(program.port);
    program.kill("SIGTERM");
    // Two signals of one kind that wait together are one (signal(7)); another kind is another signal.
    program.kill("SIGINT");
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it.each([
    ["the default of 250 ms", [], 250],
    ["--drain 0", ["--drain", "0"], 0],
    ["--drain 700", ["--drain=700"], 700],
    ["--drain 3000", ["--drain=3000"], 3_000],
  ])(
    "a caller that never closes is waited for no longer than %s",
    RETRIED,
    async (_sentence, args, ms) => {
      const program = await start(host, { args });
      const startMs = performance.now();
      const wire = await claimAndStay(program.port);
      expect(await program.exit).toBe(0);
      const tookMs = performance.now() - startMs;
      expect(tookMs).toBeGreaterThanOrEqual(ms - 5);
      expect(tookMs).toBeLessThan(ms + MARGIN_MS);
      expect(await wire.end()).toBe("finished");
    },
  );

  it("callers that trickle, say nothing or do not read hold nobody up", RETRIED, async () => {
    const program = await start(host);
    const silent = await Wire.connect(program.port);
    const trickling = await Wire.connect(program.port);
    await trickling.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Le");
    const deaf = await Wire.connect(program.port);
    deaf.stopReading();
    await deaf.send(Buffer.concat(Array.from({ length: 1_000 }, () => BEAT)));
    const startMs = performance.now();
    const winner = await claimAndStay(program.port);
    winner.close();
    expect(await program.exit).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(250 + MARGIN_MS);
    for (const wire of [silent, trickling]) wire.vanish();
  });

  it.each(["close", "vanish"] as const)(
    "a caller that sends its claim and is gone (%s) has claimed",
    async (way) => {
      const program = await start(host);
      const wire = await Wire.connect(program.port);
      await wire.send(CLAIM);
      wire[way]();
      expect(await program.exit).toBe(0);
      expect(program.readEnvFile()).toBe("KEY1=value1\n");
      expect(program.messages).toEqual(["waiting for a claim", "claimed"]);
    },
  );

  it("garbage behind the claim costs nobody the answer", async () => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(Buffer.concat([CLAIM, Buffer.alloc(100_000, 0xff)]));
    expect((await wire.answer()).status).toBe(200);
    expect(await wire.end()).toBe("finished");
    wire.close();
    expect(await program.exit).toBe(0);
  });

  it("the port is free as soon as the program has ended", async () => {
    const program = await start(host);
    const wire = await claimAndStay(program.port);
    wire.close();
    expect(await program.exit).toBe(0);
    const successor = await start(host, { port: program.port });
    expect(successor.port).toBe(program.port);
    successor.kill("SIGTERM");
    expect(await successor.exit).toBe(143);
    await expect(connectOnce(program.port)).rejects.toThrow("ECONNREFUSED");
  });
});

const BEAT = formatRequest({ target: "/heart_beat" });

function connectOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => resolve());
    socket.on("error", reject);
  });
}
