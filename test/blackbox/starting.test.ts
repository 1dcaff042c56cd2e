/** From the command line to the open port: flags, variables, and every way not to begin. */

import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, it, onTestFinished } from "vitest";
import { mount, mountSmallDisk, need } from "./needs.ts";
import { describeOnEachHost, type Launch, makeDirectory, runToEnd, start } from "./program.ts";
import { claim, heartBeat, isReached, Wire } from "./wire.ts";

const USAGE: readonly (readonly [sentence: string, launch: Launch, said: string])[] = [
  [
    "an unknown flag",
    { args: ["--verbose", "1"] },
    "--verbose: no such flag; --help lists all flags",
  ],
  [
    "an unknown flag",
    { args: ["--colour", "1"] },
    "--colour: no such flag; --help lists all flags",
  ],
  ["a misspelt flag", { args: ["--moed", "1"] }, "--moed: no such flag; did you mean --mode?"],
  ["a flag one letter off", { args: ["--mod", "1"] }, "--mod: no such flag; did you mean --mode?"],
  [
    "a word that is no flag",
    { args: ["serve"] },
    'expected a flag, got "serve"; --help lists them',
  ],
  ["a flag without its value", { args: ["--file"] }, "--file: expected a value, got none"],
  ["a flag twice", { args: ["--mode=600", "--mode", "600"] }, "--mode: expected once, got twice"],
  [
    "a port that is none",
    { port: "default", args: ["--port", "65536"] },
    '--port: expected a whole number from 0 to 65535, got "65536"',
  ],
  [
    "a host name",
    { args: ["--host", "localhost"] },
    '--host: expected an IPv4 or IPv6 address, got "localhost"',
  ],
  [
    "a directory as the file",
    { args: ["--file", "etc/"] },
    '--file: expected the path of a file, got "etc/"',
  ],
  [
    "a mode beyond permission bits",
    { args: ["--mode", "4755"] },
    '--mode: expected permission bits in octal from 0 to 0777, got "4755"',
  ],
  [
    "an empty mode",
    { args: ["--mode", ""] },
    '--mode: expected permission bits in octal from 0 to 0777, got ""',
  ],
  [
    "a time that is no number",
    { args: ["--drain", "1s"] },
    '--drain: expected a whole number from 0 to 60000, got "1s"',
  ],
  [
    "a longest wait of no time",
    { args: ["--max-wait", "0"] },
    '--max-wait: expected a whole number from 1 to 2147483647, got "0"',
  ],
  [
    "an unknown format",
    { args: ["--log-format", "xml"] },
    '--log-format: expected one of json, text, got "xml"',
  ],
  [
    "an unknown level",
    { args: ["--log-level", "all"] },
    '--log-level: expected one of debug, info, warn, error, got "all"',
  ],
  [
    "a bad variable, by its name",
    { env: { STARTUP_SERVER_LOG_LEVEL: "all" } },
    'STARTUP_SERVER_LOG_LEVEL: expected one of debug, info, warn, error, got "all"',
  ],
  [
    "the variable that Kubernetes sets",
    { port: "default", env: { STARTUP_SERVER_PORT: "tcp://10.0.0.1:80" } },
    'STARTUP_SERVER_PORT: expected a whole number from 0 to 65535, got "tcp://10.0.0.1:80"; ' +
      "Kubernetes sets this for a Service named startup-server: use enableServiceLinks: false",
  ],
];

const FLAGS =
  `port host listen file format output mode owner if-exists names allow deny require refuse-empty token-file max-target max-header max-body max-variables request-timeout idle-timeout max-connections drain max-wait pristine no-sandbox log-format log-level`.split(
    " ",
  );

describeOnEachHost("starting", (host) => {
  it.each(USAGE)("refuses %s with one sentence and status 64", async (_sentence, launch, said) => {
    const program = await runToEnd(host, launch);
    expect(await program.exit).toBe(64);
    expect(program.stderr).toBe(`startup-server: ${said}\n`);
    expect(program.stdout).toBe("");
  });

  it.each(["--help", "-h"])("prints its usage for %s", async (flag) => {
    const program = await runToEnd(host, { port: "default", args: [flag] });
    expect(await program.exit).toBe(0);
    expect(program.stderr).toBe("");
    for (const name of [...FLAGS, "help", "version"]) {
      expect(program.stdout).toMatch(new RegExp(`^  (?:-\\w, )?--${name}\\b.*\\S$`, "m"));
    }
    expect(program.stdout).toMatch(/^Usage: startup-server /);
  });

  it("ends with 0 where its usage cannot be printed", async () => {
    const wrapper = ["sh", "-c", 'exec "$@" >/dev/full', "sh"];
    const program = await runToEnd(host, { port: "default", wrapper, args: ["--help"] });
    expect([await program.exit, program.stderr]).toEqual([0, ""]);
  });

  it.each(["--version", "-V"])("prints its version, host and engine for %s", async (flag) => {
    const program = await runToEnd(host, { port: "default", args: [flag] });
    expect(await program.exit).toBe(0);
    const engine = host.name === "node" ? "Node\\.js \\S+" : "QuickJS \\S+";
    const name = host.name === "node" ? "node" : "native";
    const line = new RegExp(`^startup-server \\d+\\.\\d+\\.\\d+ \\(${name} host, ${engine}\\)\\n$`);
    expect(program.stdout).toMatch(line);
  });

  it("says once that it waits, where, and for which file, and warns that anybody may claim", async () => {
    const program = await start(host, { address: "default" });
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(program.events).toEqual([
      {
        level: "warn",
        timestamp,
        message: "no token is configured: whoever reaches this address may claim",
        host: "::",
        port: program.port,
      },
      {
        level: "info",
        timestamp,
        message: "waiting for a claim",
        host: "::",
        port: program.port,
        files: [".env"],
      },
    ]);
    expect(program.stdout).toBe("");
  });

  it("listens on IPv4 and IPv6 by default, and on the --host alone", async (context) => {
    need(context, "ipv6");
    const everywhere = await start(host, { address: "default" });
    const flagged = await start(host, { args: ["--host", "127.0.0.1"] });
    const inherited = await start(host, { env: { STARTUP_SERVER_HOST: "::1" } });
    for (const [program, ipv4, ipv6] of [
      [everywhere, true, true],
      [flagged, true, false],
      [inherited, false, true],
    ] as const) {
      const reached = [await isReached(program, "127.0.0.1"), await isReached(program, "::1")];
      expect(reached).toEqual([ipv4, ipv6]);
    }
  });

  it("takes every flag from its variable, and the flag wins", async () => {
    const directory = makeDirectory();
    const env = {
      STARTUP_SERVER_PORT: "0",
      STARTUP_SERVER_FILE: join(directory, "from-variable"),
      STARTUP_SERVER_MODE: "0640",
      STARTUP_SERVER_DRAIN: "20000",
      STARTUP_SERVER_LOG_FORMAT: "text",
      STARTUP_SERVER_LOG_LEVEL: "debug",
    };
    const inherited = await start(host, { port: "default", env });
    expect((await claim(inherited.port, "KEY1=value1")).status).toBe(200);
    expect(await inherited.exit).toBe(0);
    expect(modesIn(directory)).toEqual([["from-variable", 0o640]]);
    expect(inherited.stderr).toMatch(/^\S+Z debug request answered /m);

    const args = ["--file", "from-flag", "--mode=400", "--log-format=json", "--log-level", "info"];
    const flagged = await start(host, { cwd: directory, env, args: [...args, "--drain=0"] });
    await Wire.connect(flagged.port).then((wire) =>
      wire.send("GET /?K=1 HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
    expect(await flagged.exit).toBe(0);
    expect(modesIn(directory)).toEqual([
      ["from-flag", 0o400],
      ["from-variable", 0o640],
    ]);
    expect(flagged.messages).toEqual(["waiting for a claim", "claimed"]);
  });

  it("takes an empty variable for none", async () => {
    const program = await start(host, {
      env: { STARTUP_SERVER_FILE: "", STARTUP_SERVER_MODE: "" },
    });
    await claim(program.port, "KEY1=value1");
    expect(await program.exit).toBe(0);
    expect(modesIn(program.directory)).toEqual([[".env", 0o600]]);
  });

  it("ends with 69 where the port is taken", async () => {
    const first = await start(host);
    const second = await runToEnd(host, { port: first.port });
    expect(await second.exit).toBe(69);
    expect(second.events).toMatchObject([
      { level: "error", message: "the address is not available", errno: "EADDRINUSE" },
    ]);
    expect((await heartBeat(first.port)).status).toBe(200);
  });

  it("ends with 69 where the address is not this machine's", async () => {
    const program = await runToEnd(host, { args: ["--host", "192.0.2.1"] });
    expect(await program.exit).toBe(69);
    expect(program.events).toMatchObject([{ level: "error", errno: "EADDRNOTAVAIL" }]);
  });

  it.each([
    ["is missing", "missing/.env", "ENOENT"],
    ["is a file", "file/.env", "ENOTDIR"],
  ])("ends with 73 where the env file's directory %s", async (_sentence, file, errno) => {
    const cwd = makeDirectory();
    writeFileSync(join(cwd, "file"), "");
    const program = await runToEnd(host, { cwd, args: ["--file", file] });
    expect(await program.exit).toBe(73);
    const message = "the env file's directory cannot be written";
    expect(program.events).toMatchObject([{ level: "error", message, errno }]);
    expect(readdirSync(cwd)).toEqual(["file"]);
  });

  it("ends with 73 where it may not write the env file's directory", async (context) => {
    const isRoot = process.getuid?.() === 0;
    if (isRoot) need(context, "setpriv");
    const cwd = makeDirectory();
    const directory = join(cwd, "closed");
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    onTestFinished(() => chmodSync(directory, 0o700));
    // Root without its capabilities is held to permission bits like anybody else.
    const wrapper = isRoot ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];
    const program = await runToEnd(host, { cwd, wrapper, args: ["--file", "closed/.env"] });
    expect(await program.exit).toBe(73);
    expect(program.events).toMatchObject([{ directory: "closed", errno: "EACCES" }]);
  });

  it("ends with 73 on a disk that cannot be written", async (context) => {
    need(context, "mounts");
    const cwd = mountSmallDisk(64);
    mount("-o", "remount,ro", cwd);
    const program = await runToEnd(host, { cwd });
    expect(await program.exit).toBe(73);
    expect(program.events).toMatchObject([{ directory: ".", errno: "EROFS" }]);
  });

  it("removes what a killed predecessor left behind, and only that", async () => {
    const cwd = makeDirectory();
    const digits = "0123456789abcdef".repeat(2);
    const left = [`..env.startup-server-${digits}`, `..env.startup-server-${digits}.old`];
    const kept = [
      ".env",
      "..env.startup-server-",
      `..env.startup-server-${digits}0`,
      `..env.startup-server-${digits}.bak`,
      `..env.startup-server-${digits.toUpperCase()}`,
      `.other.startup-server-${digits}`,
      `.env.startup-server-${digits}`,
    ].toSorted();
    for (const name of [...left, ...kept]) writeFileSync(join(cwd, name), name);
    const program = await start(host, { cwd });
    expect(readdirSync(cwd).toSorted()).toEqual(kept);
    expect(program.events).toMatchObject([
      { level: "info", message: "leftovers of a killed server removed", count: 2 },
      { message: "waiting for a claim" },
    ]);
  });
});

function modesIn(directory: string): readonly (readonly [name: string, mode: number])[] {
  const names = readdirSync(directory).toSorted();
  return names.map((name) => [name, statSync(join(directory, name)).mode & 0o7777]);
}
