/** `startup-server health`: what images without a shell ask a running server with. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect, it, onTestFinished } from "vitest";
import { need } from "./needs.ts";
import { describeOnEachHost, type Launch, makeDirectory, runToEnd, start } from "./program.ts";
import { socketsProgram } from "./sockets.ts";
import { claim, heartBeat } from "./wire.ts";

function asking(url: string | undefined, launch: Launch = {}): Launch {
  return { ...launch, port: "default", args: url === undefined ? ["health"] : ["health", url] };
}

/** A server of another kind that answers every caller with those bytes; its port. */
async function serve(bytes: string | undefined, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (bytes !== undefined) socket.end(bytes);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

describeOnEachHost("health", (host) => {
  it("ends with 0, in silence, where the server answers, and changes nothing", async () => {
    const server = await start(host);
    const origin = `http://127.0.0.1:${server.port}`;
    for (const path of ["", "/", "/heart_beat", "/startup/heart_beat", "/status"]) {
      const asked = await runToEnd(host, asking(`${origin}${path}`));
      expect([path, await asked.exit, asked.stdout, asked.stderr]).toEqual([path, 0, "", ""]);
      expect(readdirSync(asked.directory)).toEqual([]);
    }
    expect(server.messages).toEqual(["waiting for a claim"]);
  });

  it.each([
    ["/nothing", "404"],
    // The path of claims: GET would be one, with no variables.
    ["/startup/inject", "403"],
  ])("ends with 1 and one sentence where %s is answered %s", async (path, status) => {
    const server = await start(host);
    const url = `http://127.0.0.1:${server.port}${path}`;
    const asked = await runToEnd(host, asking(url));
    expect(await asked.exit).toBe(1);
    expect(asked.stderr).toBe(`startup-server: health: expected 200 from ${url}, got ${status}\n`);
    expect((await claim(server.port, "KEY1=value1")).status).toBe(200);
  });

  it("finds the server by the variables that the server has", async () => {
    const cwd = makeDirectory();
    const first = await start(host, { address: "default" });
    const port = { STARTUP_SERVER_PORT: String(first.port) };
    expect(await (await runToEnd(host, asking(undefined, { env: port }))).exit).toBe(0);
    const env = { STARTUP_SERVER_LISTEN: "unix:startup.sock" };
    const second = await start(host, { cwd, env, port: "default" });
    expect(await (await runToEnd(host, asking(undefined, { cwd, env }))).exit).toBe(0);
    second.kill("SIGTERM");
    await second.exit;
    const asked = await runToEnd(host, asking(undefined, { cwd, env }));
    expect(await asked.exit).toBe(1);
    expect(asked.stderr).toMatch(/expected 200 from unix:startup\.sock, got ENOENT\n$/);
  });

  it("asks on a socket file", async () => {
    const path = join(makeDirectory(), "startup.sock");
    const server = await start(host, { port: "default", args: ["--listen", `unix:${path}`] });
    expect(await (await runToEnd(host, asking(`unix:${path}`))).exit).toBe(0);
    server.kill("SIGKILL");
    await server.exit;
    expect(existsSync(path)).toBe(true);
    const asked = await runToEnd(host, asking(`unix:${path}`));
    expect(await asked.exit).toBe(1);
    expect(asked.stderr).toMatch(/got ECONNREFUSED\n$/);
  });

  it("takes localhost for either loopback", async (context) => {
    need(context, "ipv6");
    const port = await serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "::1");
    expect(await (await runToEnd(host, asking(`http://localhost:${port}`))).exit).toBe(0);
    expect(await (await runToEnd(host, asking(`http://[::1]:${port}`))).exit).toBe(0);
    expect(await (await runToEnd(host, asking(`http://127.0.0.1:${port}`))).exit).toBe(1);
  });

  it.each([
    ["says nothing and goes", "", "the end of the connection"],
    ["is unwell", "HTTP/1.1 503 Service Unavailable\r\n\r\n", "503"],
    ["speaks no HTTP", "220 ready\r\n", "no HTTP answer"],
    ["never ends its line", "HTTP/1.1 200 ".padEnd(100_000, "x"), "no HTTP answer"],
  ])("ends with 1 where a server %s", async (_sentence, bytes, got) => {
    const url = `http://127.0.0.1:${await serve(bytes)}/healthz`;
    const asked = await runToEnd(host, asking(url));
    expect(await asked.exit).toBe(1);
    expect(asked.stderr).toBe(`startup-server: health: expected 200 from ${url}, got ${got}\n`);
  });

  it("ends with 1 after three seconds where a server says nothing", async () => {
    const url = `http://127.0.0.1:${await serve(undefined)}`;
    const startMs = performance.now();
    const asked = await runToEnd(host, asking(url));
    expect(await asked.exit).toBe(1);
    expect(asked.stderr).toContain("got nothing within 3000 ms\n");
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(2_990);
    expect(tookMs).toBeLessThan(6_000);
  });

  it("ends with 1 after three seconds where nobody takes or refuses the connection", async (context) => {
    need(context, "linux", "cc");
    const crowd = spawn(socketsProgram(), ["crowd"], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void crowd.kill());
    const [port] = await once(crowd.stdout.setEncoding("utf8"), "data");
    const asked = await runToEnd(host, asking(`http://127.0.0.1:${String(port).trim()}`));
    expect(await asked.exit).toBe(1);
    expect(asked.stderr).toContain("got nothing within 3000 ms\n");
  });

  it.each([
    ["a name", ["http://example.com"], 'got "http://example.com"'],
    ["another scheme", ["https://127.0.0.1"], 'got "https://127.0.0.1"'],
    ["a query", ["http://127.0.0.1/?A=1"], 'got "http://127.0.0.1/?A=1"'],
    ["a second url", ["unix:a", "unix:b"], 'expected one url, got "unix:b" too'],
  ])("refuses %s with 64", async (_sentence, args, said) => {
    const asked = await runToEnd(host, { port: "default", args: ["health", ...args] });
    expect(await asked.exit).toBe(64);
    expect(asked.stderr).toMatch(/^startup-server: health: expected .+\n$/);
    expect(asked.stderr).toContain(said);
  });

  it("refuses variables that the server would refuse, with 64", async () => {
    const env = { STARTUP_SERVER_PORT: "http" };
    const asked = await runToEnd(host, asking(undefined, { env }));
    expect(await asked.exit).toBe(64);
    expect(asked.stderr).toContain("STARTUP_SERVER_PORT: expected a whole number");
  });

  it.each(["--help", "-h"])("prints how it is used for %s", async (flag) => {
    const asked = await runToEnd(host, { port: "default", args: ["health", flag] });
    expect(await asked.exit).toBe(0);
    expect(asked.stdout).toMatch(/^Usage: startup-server health \[URL\]\n/);
    expect(asked.stderr).toBe("");
  });

  it("is a word of its own: one that is near it is refused with a hint", async () => {
    const asked = await runToEnd(host, { port: "default", args: ["healt"] });
    expect(await asked.exit).toBe(64);
    expect(asked.stderr).toBe(
      'startup-server: expected a flag, got "healt"; did you mean startup-server health?\n',
    );
  });

  it("leaves the server its answer to others, as often as it is asked", async () => {
    const server = await start(host, { args: ["--max-connections", "2"] });
    const url = `http://127.0.0.1:${server.port}`;
    for (let round = 0; round < 5; round += 1) {
      expect(await (await runToEnd(host, asking(url))).exit).toBe(0);
    }
    expect((await heartBeat(server.port)).status).toBe(200);
    expect(server.messages).toEqual(["waiting for a claim"]);
  });
});
