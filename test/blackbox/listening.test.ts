/** Where the server listens: addresses of both families, socket files, sockets that are handed over. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished, vi } from "vitest";
import { need } from "./needs.ts";
import {
  describeOnEachHost,
  type Launch,
  makeDirectory,
  PATIENCE,
  type Program,
  runToEnd,
  start,
} from "./program.ts";
import { handOver, socketsProgram } from "./sockets.ts";
import { shown, workload } from "./workload.ts";
import {
  type Answer,
  claim,
  formatRequest,
  heartBeat,
  isReached,
  type Sent,
  Wire,
} from "./wire.ts";

const NO_TOKEN = "no token is configured: whoever reaches this address may claim";

async function callSocket(path: string, sent: Sent): Promise<Answer> {
  const wire = await Wire.connectTo(path);
  await wire.send(formatRequest(sent));
  const answer = await wire.answer(sent.method);
  wire.close();
  return answer;
}

/** Puts a symlink there to a socket file that nobody listens on any more. */
function symlinkToDeadSocket(path: string): void {
  const server = net.createServer().listen(`${path}.made`);
  linkSync(`${path}.made`, `${path}.dead`);
  server.close();
  symlinkSync(`${path}.dead`, path);
}

function listenAt(address: string, launch: Launch = {}): Launch {
  return { ...launch, port: "default", args: ["--listen", address, ...(launch.args ?? [])] };
}

describeOnEachHost("a socket file", (host) => {
  it("takes the health check and the claim, and is gone with the server", async () => {
    const path = join(makeDirectory(), "startup.sock");
    const program = await start(host, listenAt(`unix:${path}`));
    expect(await callSocket(path, { target: "/heart_beat" })).toMatchObject({ status: 200 });
    expect(await callSocket(path, { target: "/?KEY1=value1" })).toMatchObject({ body: "OK" });
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
    expect(existsSync(path)).toBe(false);
  });

  it("is told in the log, and that no token guards it needs no warning", async () => {
    const path = join(makeDirectory(), "startup.sock");
    const program = await start(host, listenAt(`unix:${path}`));
    expect(program.events).toMatchObject([
      { level: "info", message: "waiting for a claim", socket: path, files: [".env"] },
    ]);
    expect(program.events[0]).not.toHaveProperty("port");
  });

  it("is gone where a signal ends the server", async () => {
    const path = join(makeDirectory(), "startup.sock");
    const program = await start(host, listenAt(`unix:${path}`));
    program.kill("SIGTERM");
    expect(await program.exit).toBe(143);
    expect(existsSync(path)).toBe(false);
  });

  it("is gone before a command begins, whose umask is as it was", async () => {
    const cwd = makeDirectory();
    const wrapper = ["sh", "-c", 'umask 027 && exec "$@"', "sh"];
    const command = ["--", "sh", "-c", "umask; ls"];
    const program = await start(
      host,
      listenAt("unix:startup.sock", { cwd, wrapper, args: command }),
    );
    const path = join(cwd, "startup.sock");
    expect((await callSocket(path, { target: "/?KEY1=value1" })).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("0027\n");
  });

  it("is found by its variable, relative to the working directory", async () => {
    const env = { STARTUP_SERVER_LISTEN: "unix:startup.sock", STARTUP_SERVER_PORT: "1" };
    const program = await start(host, { port: "default", env });
    const path = join(program.directory, "startup.sock");
    expect((await callSocket(path, { target: "/heart_beat" })).status).toBe(200);
  });

  it.each(["000", "022", "077", "777"])("has mode 0600 under umask %s", async (umask) => {
    const cwd = makeDirectory();
    const wrapper = ["sh", "-c", `umask ${umask} && exec "$@"`, "sh"];
    const program = await start(host, listenAt("unix:startup.sock", { cwd, wrapper }));
    const path = join(cwd, "startup.sock");
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    if (process.platform === "linux") {
      const status = readFileSync(`/proc/${program.pid}/status`, "utf8");
      expect(status).toMatch(new RegExp(`^Umask:\\s+0${umask}$`, "m"));
    }
  });

  it("of a killed predecessor is replaced", async () => {
    const cwd = makeDirectory();
    const killed = await start(host, listenAt("unix:startup.sock", { cwd }));
    killed.kill("SIGKILL");
    await killed.exit;
    const path = join(cwd, "startup.sock");
    expect(lstatSync(path).isSocket()).toBe(true);
    const successor = await start(host, listenAt("unix:startup.sock", { cwd }));
    expect((await callSocket(path, { target: "/?KEY1=value1" })).status).toBe(200);
    expect(await successor.exit).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it("of a server that is alive stays its own: 69", async () => {
    const cwd = makeDirectory();
    const first = await start(host, listenAt("unix:startup.sock", { cwd }));
    const second = await runToEnd(host, listenAt("unix:startup.sock", { cwd }));
    expect(await second.exit).toBe(69);
    expect(second.events).toMatchObject([
      {
        level: "error",
        message: "the address is not available",
        socket: "startup.sock",
        errno: "EADDRINUSE",
      },
    ]);
    const path = join(cwd, "startup.sock");
    expect((await callSocket(path, { target: "/heart_beat" })).status).toBe(200);
    first.kill("SIGTERM");
    await first.exit;
    expect(existsSync(path)).toBe(false);
  });

  it.each<[string, (path: string) => void]>([
    ["a file", (path) => writeFileSync(path, "precious")],
    ["a directory", (path) => mkdirSync(path)],
    ["a symlink to nothing", (path) => symlinkSync("nothing", path)],
    ["a symlink to a dead socket", symlinkToDeadSocket],
  ])("is not made where %s stands, which stays: 69", async (_sentence, put) => {
    const cwd = makeDirectory();
    const path = join(cwd, "startup.sock");
    put(path);
    const before = lstatSync(path, { bigint: true });
    const program = await runToEnd(host, listenAt("unix:startup.sock", { cwd }));
    expect(await program.exit).toBe(69);
    expect(program.events).toMatchObject([{ level: "error", errno: "EADDRINUSE" }]);
    const after = lstatSync(path, { bigint: true });
    expect([after.ino, after.mode, after.mtimeNs]).toEqual([
      before.ino,
      before.mode,
      before.mtimeNs,
    ]);
  });

  it("cannot be made in a directory that is missing: 69", async () => {
    const missing = await runToEnd(host, listenAt("unix:missing/startup.sock"));
    expect(await missing.exit).toBe(69);
    // Node tells of a missing directory in bind(2) as of a forbidden one.
    expect(missing.events).toMatchObject([{ errno: expect.stringMatching(/^E(NOENT|ACCES)$/) }]);
  });

  it("of another server that has taken the place meanwhile stays", async () => {
    const cwd = makeDirectory();
    const path = join(cwd, "startup.sock");
    const program = await start(host, listenAt("unix:startup.sock", { cwd }));
    rmSync(path);
    const other = net.createServer().listen(path);
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const made = lstatSync(path, { bigint: true }).ino;
    program.kill("SIGTERM");
    expect(await program.exit).toBe(143);
    expect(lstatSync(path, { bigint: true }).ino).toBe(made);
  });

  it("may have a path of 107 bytes, and none of more: 64", async () => {
    const cwd = makeDirectory();
    const longest = `${"\u00e9".repeat(50)}1234567`;
    await start(host, listenAt(`unix:${longest}`, { cwd }));
    const asked = { cwd, port: "default", args: ["health", `unix:${longest}`] } as const;
    expect(await (await runToEnd(host, asked)).exit).toBe(0);
    const program = await runToEnd(host, listenAt(`unix:${longest}8`, { cwd }));
    expect(await program.exit).toBe(64);
    expect(program.stderr).toBe(
      "startup-server: --listen: expected IPV4:PORT, [IPV6]:PORT, or unix:PATH of at most 107 bytes, " +
        `got "unix:${longest}8"\n`,
    );
  });

  it("holds its callers to the same rules of HTTP", async () => {
    const path = join(makeDirectory(), "startup.sock");
    await start(host, listenAt(`unix:${path}`));
    const rows: readonly (readonly [request: string, status: number])[] = [
      ["GET /heart_beat HTTP/1.1\r\nHost: localhost\r\n\r\n", 200],
      ["GET /heart_beat HTTP/1.1\r\nHost:\r\n\r\n", 200],
      ["GET /heart_beat HTTP/1.1\r\n\r\n", 400],
      ["GET http://other/heart_beat HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
      ["GET /?A=1 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n", 403],
    ];
    for (const [request, status] of rows) {
      const wire = await Wire.connectTo(path);
      await wire.send(request);
      expect([request, (await wire.answer()).status]).toEqual([request, status]);
      wire.close();
    }
  });
});

describeOnEachHost("an address", (host) => {
  it.for([
    ["IPv4", "127.0.0.1", "127.0.0.1:0"],
    ["IPv6", "::1", "[::1]:0"],
  ] as const)("of %s is listened at alone", async ([, ip, address], context) => {
    need(context, "ipv6");
    const program = await start(host, listenAt(address));
    expect(program.events).toMatchObject([{ host: ip, port: program.port }]);
    expect(await isReached(program, ip)).toBe(true);
    const other = ip === "::1" ? "127.0.0.1" : "::1";
    expect(await isReached(program, other)).toBe(false);
  });

  it.each([
    "127.0.0.1",
    ":8081",
    "localhost:8081",
    "127.0.0.1:65536",
    "::1:8081",
    "[127.0.0.1]:8081",
    "[::1]",
    "unix:",
    "unix:dir/",
    "tcp://127.0.0.1:80",
  ])("is not %s: 64", async (address) => {
    const program = await runToEnd(host, listenAt(address));
    expect(await program.exit).toBe(64);
    expect(program.stderr).toContain("--listen: expected IPV4:PORT, [IPV6]:PORT, or unix:PATH");
  });

  it("is said by --listen or by --host and --port, its short form, not by both", async () => {
    const both = await runToEnd(host, listenAt("127.0.0.1:0", { args: ["--port", "0"] }));
    expect(await both.exit).toBe(64);
    expect(both.stderr).toBe(
      "startup-server: --listen: expected without --host and --port, its short form, got both\n",
    );
    const empty = await runToEnd(host, listenAt(""));
    expect(await empty.exit).toBe(64);
    expect(empty.stderr).toBe("startup-server: --listen: expected a value, got none\n");
    const env = { STARTUP_SERVER_LISTEN: "unix:startup.sock" };
    const short = await start(host, { env });
    expect((await heartBeat(short.port)).status).toBe(200);
  });
});

/** In a network of its own, whose commands are run first. */
function inNetwork(...commands: readonly string[]): readonly string[] {
  const script = ["ip link set lo up", ...commands, 'exec "$@"'].join(" && ");
  return ["unshare", "--net", "sh", "-c", script, "sh"];
}

/** What `health` says from within that network. */
function askWithin(program: Program, command: readonly string[], url: string): number | null {
  const within = ["--net", "--target", String(program.pid), ...command, "health", url];
  return spawnSync("nsenter", within, { stdio: "ignore" }).status;
}

describeOnEachHost("without --host the server listens", (host) => {
  it.for([
    ["on both families", [], 0, 0],
    ["on both where sockets of IPv6 are for it alone", [sysctl("bindv6only")], 0, 0],
    ["on IPv4 where IPv6 is disabled", [sysctl("conf.all.disable_ipv6")], 0, 1],
  ] as const)("%s", async ([, commands, ipv4, ipv6], context) => {
    need(context, "root", "netns", "ipv6");
    const wrapper = inNetwork(...commands);
    const program = await start(host, { address: "default", wrapper });
    const ask = (url: string): number | null => askWithin(program, host.command, url);
    expect(ask(`http://127.0.0.1:${program.port}`)).toBe(ipv4);
    expect(ask(`http://[::1]:${program.port}`)).toBe(ipv6);
    expect(ask(`http://localhost:${program.port}`)).toBe(0);
    expect(program.messages).toEqual([NO_TOKEN, "waiting for a claim"]);
  });

  it("on 0.0.0.0, and says so, where the kernel has no IPv6", async (context) => {
    need(context, "strace");
    const family = "inject=socket:error=EAFNOSUPPORT:when=1";
    const wrapper = ["strace", "-f", "-o", "/dev/null", "-e", "trace=socket", "-e", family];
    const program = await start(host, { address: "default", wrapper });
    expect(program.events).toMatchObject([
      { level: "warn", message: NO_TOKEN, host: "0.0.0.0", port: program.port },
      { message: "waiting for a claim", host: "0.0.0.0", port: program.port },
    ]);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
  });
});

function sysctl(name: string): string {
  return `echo 1 >/proc/sys/net/ipv6/${name.split(".").join("/")}`;
}

describeOnEachHost("a socket that is handed over", (host) => {
  it("over TCP is listened on, whatever --host and --port say", async (context) => {
    need(context, "linux", "cc");
    const program = await start(host, { wrapper: handOver("tcp"), args: ["--host", "192.0.2.1"] });
    expect(program.events).toMatchObject([{ descriptor: 3, host: "127.0.0.1" }]);
    expect((await heartBeat(program.port)).status).toBe(200);
    // It came without O_NONBLOCK: nothing waits for a caller who is not there.
    expect((await claim(program.port, "KEY1=value1")).body).toBe("OK");
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("is open to no command that the server becomes", async (context) => {
    need(context, "linux", "cc", "musl-gcc");
    const args = ["--", workload(), "show"];
    const program = await start(host, { wrapper: handOver("tcp"), args });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    const { descriptors, env } = await shown(program);
    expect(descriptors).toEqual([0, 1, 2]);
    expect(env.filter((entry) => entry.startsWith("LISTEN_"))).toEqual([]);
  });

  it("lets a signal end the server between two callers", async (context) => {
    need(context, "linux", "cc");
    const program = await start(host, { wrapper: handOver("tcp") });
    expect((await heartBeat(program.port)).status).toBe(200);
    program.kill("SIGTERM");
    expect(await program.exit).toBe(143);
  });

  it("leaves its file to whoever made it", async (context) => {
    need(context, "linux", "cc");
    const path = join(makeDirectory(), "handed.sock");
    const program = await start(host, { wrapper: handOver(path) });
    // Node does not tell where a unix socket listens that it has not made.
    const socket = host.name === "node" ? {} : { socket: path };
    expect(program.events).toMatchObject([{ ...socket, level: "info", descriptor: 3 }]);
    expect((await callSocket(path, { target: "/?KEY1=value1" })).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  it.for([
    ["takes datagrams", "datagrams"],
    ["is a file", "file"],
  ] as const)("is refused where it %s: 69", async ([, kind], context) => {
    need(context, "linux", "cc");
    const program = await runToEnd(host, { wrapper: handOver(kind) });
    expect(await program.exit).toBe(69);
    const message = "the address is not available";
    expect(program.events).toMatchObject([{ level: "error", message, descriptor: 3 }]);
  });

  it.for(["2", "-1", "many"])("comes alone, not as %s: 64", async (count, context) => {
    need(context, "linux", "cc");
    const program = await runToEnd(host, { wrapper: handOver("tcp", count) });
    expect(await program.exit).toBe(64);
    expect(program.stderr).toBe(
      `startup-server: LISTEN_FDS: expected one socket, got "${count}"\n`,
    );
  });

  it("is left alone where it is another process's, or none", async (context) => {
    need(context, "linux", "cc");
    const wrapper = handOver("tcp");
    const foreign = await start(host, { wrapper, env: { LISTEN_PID: "1" } });
    const none = await start(host, { wrapper: handOver("tcp", "0") });
    for (const program of [foreign, none]) {
      expect(program.events).toMatchObject([{ host: "127.0.0.1", port: program.port }]);
      expect(program.events[0]).not.toHaveProperty("descriptor");
    }
  });
});

describeOnEachHost("a service manager", (host) => {
  it("hears of a server that is ready", async (context) => {
    need(context, "linux", "cc");
    const path = join(makeDirectory(), "notify.sock");
    await expectReady(host.name === "node", path, (env) => start(host, { env }));
  });

  it("hears so on an abstract socket, too", async (context) => {
    need(context, "linux", "cc");
    const path = `@startup-server-${process.pid}`;
    await expectReady(host.name === "node", path, (env) => start(host, { env }));
  });

  it.each(["/nobody/listens.sock", "nonsense", "@", "vsock:2:1"])(
    "that cannot be told, at %s, changes nothing",
    async (path) => {
      const program = await start(host, { env: { NOTIFY_SOCKET: path } });
      expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
      expect(await program.exit).toBe(0);
      expect(program.messages).toEqual(["waiting for a claim", "claimed"]);
    },
  );

  it("hears nothing of a server that could not listen", async () => {
    const directory = makeDirectory();
    const told = join(directory, "told");
    const env = { NOTIFY_SOCKET: told, PATH: fakeNotifier(directory, told) };
    const program = await runToEnd(host, { env, args: ["--host", "192.0.2.1"] });
    expect(await program.exit).toBe(69);
    expect(existsSync(told)).toBe(false);
  });
});

/** The native host sends the datagram itself; the Node host lets systemd-notify do it, if it is there. */
async function expectReady(
  isNode: boolean,
  path: string,
  begin: (env: Record<string, string>) => Promise<Program>,
): Promise<void> {
  if (isNode) {
    const directory = makeDirectory();
    const told = join(directory, "told");
    const PATH = `${fakeNotifier(directory, told)}:${process.env["PATH"]}`;
    const program = await begin({ NOTIFY_SOCKET: path, PATH });
    await vi.waitUntil(() => existsSync(told), PATIENCE);
    expect(readFileSync(told, "utf8")).toBe(`${path} --pid=${program.pid} READY=1\n`);
    return;
  }
  const receiver = spawn(socketsProgram(), ["receive", path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void receiver.kill());
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe("ready");
  const program = await begin({ NOTIFY_SOCKET: path });
  expect((await lines.next()).value).toBe(`${program.pid} READY=1`);
}

/** A directory for PATH with a systemd-notify that writes what it is told to a file. */
function fakeNotifier(directory: string, told: string): string {
  const script = join(directory, "systemd-notify");
  writeFileSync(
    script,
    `#!/bin/sh\necho "$NOTIFY_SOCKET" "$@" >${told}.part; mv ${told}.part ${told}\n`,
  );
  chmodSync(script, 0o755);
  return directory;
}
