/** The port is the workload's right behind the server, even for one that knows nothing of SO_REUSEADDR. */

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { performance } from "node:perf_hooks";
import { expect, it, onTestFinished } from "vitest";
import { need } from "./needs.ts";
import { describeOnEachHost, start } from "./program.ts";
import { socketsProgram } from "./sockets.ts";
import { formatRequest, Wire } from "./wire.ts";

/** Binds the port of every IPv4 address without SO_REUSEADDR. */
function listenPlainly(port: number): string {
  const { status, stderr } = spawnSync(socketsProgram(), ["listen", String(port)]);
  return status === 0 ? "listens" : String(stderr);
}

function get(port: number, path: string, agent: http.Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve(body));
    });
    request.on("error", reject);
  });
}

describeOnEachHost("the port behind the server", (host) => {
  // A caller that this machine keeps from closing in time is one that does not close.
  it.for([
    ["callers say that they close", false],
    ["callers keep the connection for what comes", new http.Agent({ keepAlive: true })],
  ] as const)("is free for a plain bind where %s", { retry: 3 }, async ([, agent], context) => {
    need(context, "linux", "cc");
    const program = await start(host);
    expect(await get(program.port, "/heart_beat", agent)).toBe('"success"');
    expect(await get(program.port, "/startup/heart_beat", agent)).toBe("success");
    expect(await get(program.port, "/?KEY1=value1", agent)).toBe("OK");
    expect(await program.exit).toBe(0);
    expect(listenPlainly(program.port)).toBe("listens");
  });

  it(
    "is free for the command that the server becomes, and binds plainly",
    { retry: 3 },
    async (context) => {
      need(context, "linux", "cc");
      const first = await start(host);
      first.kill("SIGTERM");
      await first.exit;
      const { port } = first;
      const args = ["--", socketsProgram(), "listen", String(port)];
      const program = await start(host, { port, args });
      expect(await get(port, "/heart_beat", false)).toBe('"success"');
      expect(await get(port, "/?KEY1=value1", false)).toBe("OK");
      expect([await program.exit, program.stderr]).toEqual([0, expect.stringMatching(/}\n$/)]);
    },
  );

  it("is kept from a plain bind by a caller that leaves the closing to the server", async (context) => {
    need(context, "linux", "cc");
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: "/?KEY1=value1" }));
    expect((await wire.answer()).status).toBe(200);
    expect(await wire.end()).toBe("finished");
    wire.close();
    expect(await program.exit).toBe(0);
    expect(listenPlainly(program.port)).toContain("Address already in use");
  });

  it("is free for whoever says SO_REUSEADDR, whatever callers do", async () => {
    const program = await start(host);
    const idle = await Wire.connect(program.port);
    await idle.send(formatRequest({ target: "/heart_beat" }));
    expect((await idle.answer()).status).toBe(200);
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: "/?KEY1=value1" }));
    expect((await wire.answer()).status).toBe(200);
    expect(await wire.end()).toBe("finished");
    expect(await program.exit).toBe(0);
    // Node says it, as do Go, Python's and Java's servers.
    const workload = net.createServer().listen(program.port, "0.0.0.0");
    onTestFinished(() => void workload.close());
    await once(workload, "listening");
  });
});

/** What the server waits for a caller to close first, less what clocks may differ by. */
const YIELD_MS = 45;

/** How long after the request the server half-closes, at best: a loaded machine makes it longer. */
async function measureEnd(port: number, bytes: string | Uint8Array): Promise<number> {
  let leastMs = Infinity;
  for (let round = 0; round < 5; round += 1) {
    const wire = await Wire.connect(port);
    // Before the server can have begun to wait: what this machine takes must not shorten the time.
    const startMs = performance.now();
    await wire.send(bytes);
    await wire.answer();
    expect(await wire.end()).toBe("finished");
    leastMs = Math.min(leastMs, performance.now() - startMs);
  }
  return leastMs;
}

describeOnEachHost("the end of a connection", (host) => {
  it.each([
    ["HTTP/1.0, whose callers may wait for it", "GET /heart_beat HTTP/1.0\r\n\r\n"],
    ["what is no HTTP", "noise\r\n\r\n"],
  ])("is told at once to %s", async (_sentence, bytes) => {
    const program = await start(host);
    expect(await measureEnd(program.port, bytes)).toBeLessThan(YIELD_MS);
  });

  it("is told after a while to callers of HTTP/1.1, who have to close first", async () => {
    const program = await start(host);
    const request = formatRequest({ target: "/heart_beat", headers: { Connection: "close" } });
    expect(await measureEnd(program.port, request)).toBeGreaterThanOrEqual(YIELD_MS);
  });
});
