/** The command behind `--`: what it begins with, and that it begins only behind a claim. */

import { execFileSync } from "node:child_process";
import { constants as fileConstants, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { need } from "./needs.ts";
import { statusField } from "./processes.ts";
import {
  describeOnEachHost,
  type Launch,
  makeDirectory,
  PATIENCE,
  run,
  runToEnd,
  start,
} from "./program.ts";
import { claim, claimJson, formatRequest, heartBeat, Wire } from "./wire.ts";
import { inheritedEnv, isReplacing, shown, workload } from "./workload.ts";

const NONE = "--file=none";
const BECOMING = ["waiting for a claim", "claimed", "becoming the command"];

describeOnEachHost("a command", (host) => {
  it("begins with its arguments, the merged environment and the standard streams alone", async (context) => {
    need(context, "linux", "musl-gcc");
    const env = { OLD: "1", KEPT: "\u00fc = x" };
    const own = {
      STARTUP_SERVER_TOKEN: "secret-token",
      LISTEN_FDS: "1",
      LISTEN_PID: "1",
      NOTIFY_SOCKET: "/run/notify",
    };
    const headers = { Authorization: "Bearer secret-token" };
    const args = ["--", workload(), "show", "--file", "", "\u00fc"];
    const program = await start(host, { args, env: { ...env, ...own } });
    expect(statusField(program.pid, "Seccomp")).toBe("0");
    const target = "/?OLD=2&NEW=%C3%BC%0Ay&EMPTY=";
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target, headers }));
    expect((await wire.answer()).status).toBe(200);
    wire.close();
    const told = await shown(program);
    expect(told.args.slice(1)).toEqual(["show", "--file", "", latin1("\u00fc")]);
    expect(told.env).toEqual(
      [
        ...inheritedEnv(host, env).filter((entry) => entry !== "OLD=1"),
        "OLD=2",
        "NEW=\u00fc\ny",
        "EMPTY=",
      ].map(latin1),
    );
    expect(told.descriptors).toEqual([0, 1, 2]);
    if (isReplacing(host)) expect(told.pid).toBe(program.pid);
    expect(await program.exit).toBe(0);
    expect(program.messages).toEqual(BECOMING);
    expect(program.events[0]).toMatchObject({ files: [".env"], command: workload() });
    expect(program.stderr).not.toContain("show");
    expect(readdirSync(program.directory)).toEqual([".env"]);
  });

  it("begins with no signal blocked, ignored or caught, all privileges, and nothing open that was left open", async (context) => {
    need(context, "linux", "musl-gcc");
    const wrapper = ["sh", "-c", 'exec "$@" 7</dev/null', "sh"];
    const program = await start(host, { wrapper, args: [NONE, "--", workload()] });
    await claim(program.port, "A=1");
    const { status, descriptors } = await shown(program);
    expect(descriptors).toEqual([0, 1, 2]);
    const none = { SigBlk: "0", SigIgn: "0", SigCgt: "0", SigPnd: "0", ShdPnd: "0" };
    expect(status).toEqual({ ...none, NoNewPrivs: "0", Seccomp: "0" });
  });

  it("begins with nothing open that was left open, on a kernel from before Linux 5.11, too", async (context) => {
    need(context, "strace", "musl-gcc");
    const fault = ["-e", "trace=close_range", "-e", "inject=close_range:error=EINVAL"];
    const inherit = ["sh", "-c", 'exec "$@" 7</dev/null', "sh"];
    const wrapper = [...inherit, "strace", "-f", "-o", "/dev/null", ...fault];
    const program = await start(host, { wrapper, args: [NONE, "--", workload()] });
    await claim(program.port, "A=1");
    expect((await shown(program)).descriptors).toEqual([0, 1, 2]);
  });

  it("may wait at its standard streams, which are as they were", async (context) => {
    need(context, "linux");
    const tell = "sed -n 's/^flags://p' /proc/$$/fdinfo/0 /proc/$$/fdinfo/1 /proc/$$/fdinfo/2";
    // A pipe, as a container's engine gives one: what is set on this end is set for all who share it.
    const wrapper = ["sh", "-c", 'exec "$@" | cat', "sh"];
    const program = await start(host, { wrapper, args: [NONE, "--", "sh", "-c", tell] });
    await claim(program.port, "A=1");
    expect(await program.exit).toBe(0);
    const flags = program.stdout
      .trim()
      .split(/\s+/)
      .map((octal) => Number.parseInt(octal, 8));
    expect(flags.map((each) => each & fileConstants.O_NONBLOCK)).toEqual([0, 0, 0]);
  });

  it("gets only what was claimed, and PATH, where it is --pristine", async (context) => {
    need(context, "musl-gcc");
    const args = [NONE, "--pristine", "--", workload()];
    const program = await start(host, { args, env: { OLD: "1", PATH: "/a:/b" } });
    await claim(program.port, "A=1");
    expect((await shown(program)).env).toEqual(["PATH=/a:/b", "A=1"]);
  });

  it("finds the env file written, whose bytes are as ever", async () => {
    const program = await start(host, { args: ["--", "cat", ".env"] });
    expect((await claim(program.port, "KEY1=value1&KEY2=value2")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("KEY1=value1\nKEY2=value2\n");
  });

  it("may listen on the port at once", async (context) => {
    need(context, "musl-gcc");
    const port = await freePort(host);
    const args = [NONE, "--", workload(), "listen", String(port)];
    const program = await start(host, { port, args });
    const idle = await Wire.connect(port);
    await idle.send("GET /");
    await claim(port, "A=1");
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("listening\n");
  });

  it("begins when every connection is closed", async (context) => {
    need(context, "musl-gcc");
    const program = await start(host, { args: [NONE, "--", workload(), "await"] });
    const idle = await Wire.connect(program.port);
    await idle.send(formatRequest({ target: "/heart_beat" }));
    expect((await idle.answer()).status).toBe(200);
    await claim(program.port, "A=1");
    await vi.waitUntil(() => program.stdout.includes("ready\n"), PATIENCE);
    expect(await idle.end()).toBe("finished");
    await expect(Wire.connect(program.port)).rejects.toThrow("ECONNREFUSED");
    program.kill("SIGTERM");
    expect(await program.exit).toBe(42);
  });

  it.each([
    ["exit", 0, 0],
    ["exit", 1, 1],
    ["exit", 42, 42],
    ["exit", 255, 255],
    ["die", constants.signals.SIGKILL, 137],
    ["die", constants.signals.SIGTERM, 143],
    ["die", constants.signals.SIGSEGV, 139],
  ])("decides the status: %s %i is %i", async (what, number, status) => {
    const args = [NONE, "--", ...endingBy(what, number)];
    const program = await start(host, { args });
    await claim(program.port, "A=1");
    expect(await program.exit).toBe(status);
    expect(program.messages).toEqual(BECOMING);
  });

  it("gets every signal, each once, and at once", async (context) => {
    need(context, "musl-gcc");
    const program = await start(host, { args: [NONE, "--", workload(), "await"] });
    await claim(program.port, "A=1");
    await vi.waitUntil(() => program.stdout.includes("ready\n"), PATIENCE);
    const names = [
      ...(["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCONT"] as const),
      ...(["SIGWINCH", "SIGTSTP", "SIGHUP", "SIGTERM"] as const),
    ];
    let heard = "ready\n";
    for (const name of names) {
      program.kill(name);
      heard += `signal ${constants.signals[name]}\n`;
      const expected = heard;
      await vi.waitUntil(() => program.stdout === expected, PATIENCE);
    }
    expect(await program.exit).toBe(42);
  });
});

describeOnEachHost("without a file", (host) => {
  it("a claim writes nothing, says so, and wins alone", async () => {
    const args = [NONE, "--drain", "20000", "--", "sh", "-c", 'echo "$A"'];
    const program = await start(host, { args });
    const before = readdirSync(program.directory);
    const winner = await Wire.connect(program.port);
    const asJson = { Accept: "application/json" };
    await winner.send(formatRequest({ target: "/?A=1", headers: asJson }));
    const receipt = JSON.parse((await winner.answer()).body);
    expect(receipt).toMatchObject({
      names: ["A"],
      count: 1,
      file: null,
      dialect: null,
      length: 0,
      sha256: null,
      outputs: [],
      replayed: false,
    });
    const replay = await Wire.connect(program.port);
    await replay.send(formatRequest({ target: "/?A=1", headers: asJson }));
    expect(JSON.parse((await replay.answer()).body)).toEqual({ ...receipt, replayed: true });
    expect((await claim(program.port, "A=2")).status).toBe(409);
    replay.close();
    winner.close();
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("1\n");
    expect(readdirSync(program.directory)).toEqual(before);
  });

  it("one of many simultaneous claims wins", async () => {
    const program = await start(host, { args: [NONE, "--", "sh", "-c", 'echo "$A"'] });
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const statuses = await Promise.all(
      numbers.map(async (number) => (await claim(program.port, `A=${number}`)).status).map(settle),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe(`${statuses.indexOf(200)}\n`);
  });

  it("a value that no dialect can hold is no hindrance", async () => {
    const program = await start(host, { args: [NONE, "--", "printenv", "A"] });
    expect((await claim(program.port, "A=1%0D%0A%27%22%5C%24%60")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("1\r\n'\"\\$`\n");
  });

  it("there has to be a command", async () => {
    const program = await runToEnd(host, { args: [NONE] });
    expect(await program.exit).toBe(64);
    expect(program.stderr).toBe(
      "startup-server: --file: expected the path of a file where no command follows --, got none\n",
    );
  });
});

describeOnEachHost("a search for the command", (host) => {
  it("passes over what is not there or may not be executed, and takes a script for the shell's", async () => {
    const cwd = makeDirectory();
    for (const name of ["a", "b", "c"]) mkdirSync(join(cwd, name));
    writeFileSync(join(cwd, "file"), "");
    writeFileSync(join(cwd, "a/app"), "echo a", { mode: 0o644 });
    mkdirSync(join(cwd, "b/app"));
    writeFileSync(join(cwd, "c/app"), 'echo "$0 $1"', { mode: 0o755 });
    const { PATH = "" } = process.env;
    const env = { PATH: `file:missing:a:b:c:${PATH}` };
    const program = await start(host, { cwd, env, args: [NONE, "--", "app", "x"] });
    await claim(program.port, "A=1");
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("c/app x\n");
  });

  it.each([
    ["an empty part of PATH", "/none::/none2", "app"],
    ["a name with a slash", "/none", "./app"],
  ])("looks in the working directory for %s", async (_sentence, path, name) => {
    const cwd = makeDirectory();
    writeFileSync(join(cwd, "app"), "#!/bin/sh\necho here", { mode: 0o755 });
    const program = await start(host, { cwd, env: { PATH: path }, args: [NONE, "--", name] });
    await claim(program.port, "A=1");
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("here\n");
  });

  it.each<[string, string, Launch["env"], number, string]>([
    ["is nowhere on PATH", "missing-command", {}, 127, "ENOENT"],
    ["is not at its path", "./missing", {}, 127, "ENOENT"],
    ["has an empty name", "", {}, 127, "ENOENT"],
    ["is a directory", "./directory", {}, 126, "EACCES"],
    ["may not be executed", "./plain", {}, 126, "EACCES"],
    ["may not be executed, on PATH", "plain", { PATH: "." }, 126, "EACCES"],
  ])("refuses to begin where the command %s", async (_sentence, name, env, status, errno) => {
    const cwd = makeDirectory();
    mkdirSync(join(cwd, "directory"));
    writeFileSync(join(cwd, "plain"), "", { mode: 0o644 });
    const program = await runToEnd(host, { cwd, env: env ?? {}, args: ["--", name, "secret"] });
    expect(await program.exit).toBe(status);
    expect(program.events).toMatchObject([
      { level: "error", message: "the command cannot be started", command: name, errno },
    ]);
    expect(program.stderr).not.toContain("secret");
    expect(readdirSync(cwd).toSorted()).toEqual(["directory", "plain"]);
  });

  it("waits for the claim where that may bring its own PATH", async () => {
    const cwd = makeDirectory();
    writeFileSync(join(cwd, "app"), "#!/bin/sh\necho here", { mode: 0o755 });
    const args = [NONE, "--allow", "PATH", "--", "app"];
    const program = await start(host, { cwd, args, env: { PATH: "/none" } });
    await claim(program.port, "PATH=/none:.");
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("here\n");
  });

  it("behind a claim says that the command has no loader, as on another C library", async (context) => {
    need(context, "linux", "cc");
    const cwd = makeDirectory();
    writeFileSync(join(cwd, "app.c"), "int main(void) { return 0; }\n");
    execFileSync("cc", ["-Wl,--dynamic-linker=/missing/ld.so", "-o", "app", "app.c"], { cwd });
    const program = await start(host, { cwd, args: ["--", "./app"] });
    expect((await claim(program.port, "A=1")).status).toBe(200);
    expect(await program.exit).toBe(127);
    expect(program.events.at(-1)).toMatchObject({ level: "error", errno: "ENOENT" });
  });

  it.each([
    ["is gone", "", 127, "ENOENT"],
    ["names an interpreter that is not there", "#!/missing/sh\n", 127, "ENOENT"],
    ["may not be executed any more", "plain", 126, "EACCES"],
  ])("behind a claim says that the command %s", async (_sentence, content, status, errno) => {
    const cwd = makeDirectory();
    const app = join(cwd, "app");
    writeFileSync(app, "#!/bin/sh\n", { mode: 0o755 });
    const program = await start(host, { cwd, args: ["--", "./app"] });
    rmSync(app);
    const mode = content === "plain" ? 0o644 : 0o755;
    if (content !== "") writeFileSync(app, content, { mode });
    expect((await claim(program.port, "A=1")).status).toBe(200);
    expect(await program.exit).toBe(status);
    expect(program.messages).toEqual([...BECOMING, "the command cannot be started"]);
    expect(program.events.at(-1)).toMatchObject({ level: "error", command: "./app", errno });
    expect(program.readEnvFile()).toBe("A=1\n");
  });
});

describeOnEachHost("an environment that the system would not start a program with", (host) => {
  it("is refused, what is just not refused does begin, and nothing is spent before", async (context) => {
    need(context, "prlimit", "musl-gcc");
    const wrapper = ["prlimit", "--stack=1048576"];
    const args = [NONE, "--", workload(), "exit", "7"];
    const program = await start(host, { wrapper, args });
    const environment = (length: number): Record<string, string> => ({
      A: "x".repeat(131_069),
      B: "x".repeat(length),
    });
    let length = 131_069;
    let answer = await claimJson(program.port, environment(length));
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "environment_too_large" });
    while (answer.status === 422) {
      length -= 1024;
      // oxlint-disable-next-line no-await-in-loop -- each takes a little less
      answer = await claimJson(program.port, environment(length));
    }
    expect(answer.status).toBe(200);
    expect(await program.exit).toBe(7);
  });

  it("is no matter without a command", async (context) => {
    need(context, "prlimit");
    const program = await start(host, { wrapper: ["prlimit", "--stack=1048576"] });
    const value = "x".repeat(131_069);
    expect((await claimJson(program.port, { A: value, B: value })).status).toBe(200);
    expect(await program.exit).toBe(0);
  });
});

describeOnEachHost("a signal between the claim and the command", (host) => {
  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("%s: the answer is heard, and the command never begins", async (signal, status) => {
    const args = ["--drain", "20000", "--", "echo", "begun"];
    const program = await start(host, { args });
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: "/?A=1" }));
    expect((await wire.answer()).status).toBe(200);
    program.kill(signal);
    // Whoever answers the second call has heard the signal before.
    expect((await heartBeat(program.port)).status).toBe(200);
    expect((await heartBeat(program.port)).status).toBe(200);
    expect(await wire.end()).toBe("finished");
    wire.close();
    expect(await program.exit).toBe(status);
    expect(program.stdout).toBe("");
    expect(program.readEnvFile()).toBe("A=1\n");
    expect(program.events.at(-1)).toMatchObject({
      message: "ended by a signal before the command",
      signal,
    });
  });

  it("a second one ends the wait for the caller", async () => {
    const program = await start(host, { args: ["--drain", "20000", "--", "echo", "begun"] });
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: "/?A=1" }));
    expect((await wire.answer()).status).toBe(200);
    program.kill("SIGTERM");
    program.kill("SIGINT");
    expect([130, 143]).toContain(await program.exit);
    expect(program.stdout).toBe("");
  });
});

describeOnEachHost("what the server was started with", (host) => {
  const isNative = host.name !== "node";

  it("passes through with bytes that are no text, or on Node not at all", async (context) => {
    need(context, "linux", "musl-gcc");
    const script = String.raw`BYTES=$(printf '\377\376'); export BYTES; exec "$@" "$(printf '\377')"`;
    const wrapper = ["sh", "-c", script, "sh"];
    const program = await start(host, { wrapper, args: [NONE, "--", workload(), "show"] });
    await claim(program.port, "A=1");
    const { args, env } = await shown(program);
    expect(env.filter((entry) => entry.startsWith("BYTES="))).toEqual(
      isNative ? ["BYTES=\xff\xfe"] : [],
    );
    if (isNative) expect(args.at(-1)).toBe("\xff");
  });

  it.runIf(isNative)("comes back as it was: ignored and blocked signals", async (context) => {
    need(context, "linux", "musl-gcc");
    const script = `trap '' HUP PIPE XFSZ; exec ${workload()} block "$@"`;
    const wrapper = ["sh", "-c", script, "sh"];
    const program = run(host, { wrapper, args: [NONE, "--", workload()] });
    await program.ready;
    await claim(program.port, "A=1");
    const { status } = await shown(program);
    const mask = (...signals: readonly number[]): string =>
      signals.reduce((bits, signal) => bits | (1 << (signal - 1)), 0).toString(16);
    const { SIGHUP, SIGPIPE, SIGXFSZ, SIGUSR1, SIGTERM } = constants.signals;
    expect(status["SigIgn"]).toBe(mask(SIGHUP, SIGPIPE, SIGXFSZ));
    expect(status["SigBlk"]).toBe(mask(SIGUSR1, SIGTERM));
  });

  it.runIf(isNative)("comes back as it was: closed standard streams", async (context) => {
    need(context, "linux", "musl-gcc");
    const wrapper = ["sh", "-c", 'exec "$@" <&-', "sh"];
    const program = await start(host, { wrapper, args: [NONE, "--", workload()] });
    await claim(program.port, "A=1");
    expect((await shown(program)).descriptors).toEqual([1, 2]);
  });
});

/** UTF-8, each byte as a character. */
function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** Somebody whom the server has left without an answer, since another has won, has not won. */
function settle(status: Promise<number>): Promise<number> {
  return status.catch(() => 0);
}

/** By the shell, so that it needs no compiler. */
function endingBy(what: string, number: number): readonly string[] {
  return ["sh", "-c", what === "exit" ? `exit ${number}` : `kill -${number} $$`];
}

/** One that was free a moment ago. */
async function freePort(host: Parameters<typeof start>[0]): Promise<number> {
  const program = await start(host);
  program.kill("SIGTERM");
  await program.exit;
  return program.port;
}
