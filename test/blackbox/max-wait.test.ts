/** A server that nobody claims in time, and the claims that come at the last moment. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect, it, vi } from "vitest";
import { need } from "./needs.ts";
import {
  describeOnEachHost,
  makeDirectory,
  PATIENCE,
  type Program,
  run,
  runToEnd,
  start,
} from "./program.ts";
import { trace } from "./tracing.ts";
import { claim, claimJson, formatRequest, heartBeat, Wire } from "./wire.ts";

const CLAIM = formatRequest({ target: "/?KEY1=value1" });

/** Lets that time pass: here time itself is what happens. */
function pass(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function isStopped(program: Program): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${program.pid}/status`, "utf8"));
}

describeOnEachHost("--max-wait", (host) => {
  it("ends with 75 a server that nobody has claimed, not before its time, and says so", async () => {
    const startMs = performance.now();
    const program = await runToEnd(host, { args: ["--max-wait", "300"] });
    expect(await program.exit).toBe(75);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(300);
    expect(program.events.at(-1)).toMatchObject({
      level: "warn",
      message: "nobody claimed in time",
      max_wait_ms: 300,
    });
    expect(readdirSync(program.directory)).toEqual([]);
  });

  it("is not put off by health checks and refused claims", async () => {
    const program = await start(host, { args: ["--max-wait=700"] });
    const startMs = performance.now();
    while (!program.hasExited && performance.now() - startMs < 20_000) {
      // oxlint-disable-next-line no-await-in-loop -- one check after the other
      await heartBeat(program.port).catch(() => undefined);
      // oxlint-disable-next-line no-await-in-loop -- one claim after the other
      await claim(program.port, "1=not-a-name").catch(() => undefined);
    }
    expect(await program.exit).toBe(75);
  });

  it("does not end a server that has been claimed: its answers are heard to the end", async () => {
    const program = await start(host, { args: ["--max-wait=2000", "--drain=20000"] });
    const wire = await Wire.connect(program.port);
    await wire.send(CLAIM);
    expect((await wire.answer()).status).toBe(200);
    await pass(2_200);
    const replay = await claimJson(program.port, { KEY1: "value1" });
    expect([replay.status, program.hasExited]).toEqual([200, false]);
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.messages).not.toContain("nobody claimed in time");
  });

  it("does not end a commit: the claim that it is for wins", async (context) => {
    need(context, "strace");
    const slow = ["-e", "trace=fsync", "-e", "inject=fsync:delay_enter=3500000:when=1"];
    const wrapper = ["strace", "-f", "-o", "/dev/null", ...slow];
    const program = await start(host, { wrapper, args: ["--max-wait=3000"] });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("lets a claim win that had come whole before the server saw that its time was up", async (context) => {
    need(context, "linux");
    const program = await start(host, { args: ["--max-wait=3000"] });
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: "/heart_beat" }));
    expect((await wire.answer()).status).toBe(200);
    program.kill("SIGSTOP");
    await vi.waitUntil(() => isStopped(program), PATIENCE);
    await wire.send(CLAIM);
    await pass(3_200);
    program.kill("SIGCONT");
    expect((await wire.answer()).status).toBe(200);
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("cuts off a claim of which only a part has come, and applies nothing", async () => {
    const program = await start(host, { args: ["--max-wait=2000"] });
    const wire = await Wire.connect(program.port);
    await wire.send(CLAIM.subarray(0, -2));
    expect(await program.exit).toBe(75);
    await expect(wire.answer()).rejects.toThrow("within 0 bytes");
    expect(existsSync(join(program.directory, ".env"))).toBe(false);
  });

  it("loses to a signal that comes before", async () => {
    const program = await start(host, { args: ["--max-wait=60000"] });
    program.kill("SIGTERM");
    expect(await program.exit).toBe(143);
  });

  if (host.name !== "native") return;

  it("takes no wake-up but the last", async (context) => {
    need(context, "root", "strace");
    const program = await start(host, { args: ["--max-wait=60000"] });
    expect((await heartBeat(program.port)).status).toBe(200);
    const { lines, stop } = await trace(program.pid);
    await pass(1000);
    await stop();
    expect(lines().join("\n")).toContain("<detached ...>");
    expect(lines().filter((line) => / = -?\d/.test(line))).toEqual([]);
  });
});

describeOnEachHost("clones of a snapshot", (host) => {
  it("differ, since nothing random is drawn before a request, and for each request anew", async (context) => {
    need(context, "strace");
    const output = join(makeDirectory(), "trace");
    // What Node draws for itself at its start is not what its requests get.
    const drawing = host.name === "node" ? "openat,read" : "getrandom,open,openat";
    const wrapper = ["strace", "-f", "-y", "-o", output, "-e", `trace=${drawing},accept,accept4`];
    const program = await start(host, { wrapper });
    const source = host.name === "node" ? /read\(\d+<\/dev\/urandom>/ : /getrandom\(/;
    const draws = (): number =>
      readFileSync(output, "utf8")
        .split("\n")
        .filter((line) => source.test(line)).length;
    expect(draws()).toBe(0);
    const ids = new Set<string | undefined>();
    for (const count of [1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      ids.add((await heartBeat(program.port)).headers.get("x-request-id"));
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      await vi.waitUntil(() => draws() >= count, PATIENCE);
      expect(draws()).toBe(count);
    }
    expect(ids.size).toBe(2);
    // Killed, strace would leave behind what it traces.
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
  });

  it("differ, since what several requests draw together does not outlast them", async (context) => {
    need(context, "root", "strace");
    if (host.name !== "native") return context.skip("Node's host draws for each alone");
    const program = await start(host);
    const head = "GET /heart_beat HTTP/1.1\r\nHost: a\r\n";
    const [drawing, other] = [await Wire.connect(program.port), await Wire.connect(program.port)];
    const ask = async (): Promise<void> => {
      await drawing.send(`${head}\r\n`);
      await drawing.answer();
    };
    await ask();
    program.kill("SIGSTOP");
    await vi.waitUntil(() => isStopped(program), PATIENCE);
    const { lines, stop } = await trace(program.pid);
    await other.send(`${head}X-Request-Id: own\r\n\r\n`);
    const held = ask();
    program.kill("SIGCONT");
    await Promise.all([held, other.answer()]);
    await ask();
    await stop();
    const draws = lines()
      .join("\n")
      .match(/(?<=getrandom\(.*, )\d+(?=, 0)/g);
    expect(draws).toEqual(["32", "16"]);
  });

  it("differ where the system has no device to draw from", async (context) => {
    need(context, "root", "unshare");
    const hide = 'mount -t tmpfs none /dev && exec "$@"';
    const program = run(host, { wrapper: ["unshare", "--mount", "sh", "-c", hide, "sh"] });
    await program.ready;
    const answers = await Promise.all([heartBeat(program.port), heartBeat(program.port)]);
    const ids = new Set(answers.map(({ headers }) => headers.get("x-request-id")));
    expect(ids.size).toBe(2);
  });
});
