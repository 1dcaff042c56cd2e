/** What the system sees: the order of a commit's calls, their failures, and silence while idle. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { need } from "./needs.ts";
import { childOf } from "./processes.ts";
import { describeOnEachHost, makeDirectory, PATIENCE, type Program, start } from "./program.ts";
import { claim, heartBeat, Wire } from "./wire.ts";

function readTrace(path: string): readonly string[] {
  return readFileSync(path, "utf8").split("\n");
}

/** The first line behind `from` that matches. */
function findLine(lines: readonly string[], from: number, pattern: RegExp): number {
  const at = lines.findIndex((line, index) => index > from && pattern.test(line));
  if (at === -1) throw new Error(`Nothing matches ${pattern} in\n${lines.slice(from).join("\n")}`);
  return at;
}

const TEMPORARY = String.raw`\.\.env\.startup-server-[0-9a-f]{32}`;

describeOnEachHost("the system", (host) => {
  it("sees write, fsync, rename and fsync of the directory, and only then the 200", async (context) => {
    need(context, "strace");
    const trace = join(makeDirectory(), "trace");
    const wrapper = ["strace", "-f", "-y", "-s", "64", "-o", trace];
    const program = await start(host, { wrapper });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    const lines = readTrace(trace);
    const steps = [
      new RegExp(
        String.raw`open(at)?\(.*${TEMPORARY}", O_WRONLY\|O_CREAT\|O_EXCL\|.*O_NOFOLLOW.*, 0600\) = \d`,
      ),
      new RegExp(String.raw`write(64)?\(\d+<.*${TEMPORARY}>, "KEY1=value1\\n", 12.*\) = 12$`),
      new RegExp(String.raw`fsync\(\d+<.*${TEMPORARY}>\) += 0$`),
      new RegExp(String.raw`rename(at2?)?\(.*${TEMPORARY}", .*"[^"]*\.env".*\) = 0$`),
      new RegExp(String.raw`fsync\(\d+<${program.directory}>\) += 0$`),
      /(sendto|write|writev|sendmsg)\(\d+<.*HTTP\/1\.1 200 OK/,
    ];
    let at = -1;
    for (const step of steps) at = findLine(lines, at, step);
    const answers = lines.filter((line) => line.includes("HTTP/1.1 200 OK"));
    expect(answers).toHaveLength(1);
    const fileSyncs = lines.filter((line) => /\bf(data)?sync\(/.test(line) && line.includes("= 0"));
    expect(fileSyncs).toHaveLength(2);
  });

  it.for([
    ["fsync of the file", "fsync", 1, "EIO", "EIO at sync"],
    ["the rename", "rename,renameat,renameat2", 1, "EIO", "EIO at rename"],
    ["fsync of the directory", "fsync", 2, "EIO", "EIO at syncDirectory"],
    ["the change of mode", "fchmod", 1, "EPERM", "EPERM at setMode"],
  ] as const)(
    "may fail %s: refused, the old file stands, the next claim wins",
    async (row, context) => {
      need(context, "strace");
      const [, calls, when, errno, told] = row;
      const wrapper = ["strace", "-f", "-o", "/dev/null", "-e", `trace=${calls}`];
      const inject = ["-e", `inject=${calls}:error=${errno}:when=${when}`];
      const cwd = makeDirectory();
      writeFileSync(join(cwd, ".env"), "OLD=1\n");
      const program = await start(host, { cwd, wrapper: [...wrapper, ...inject] });
      const answer = await claim(program.port, "KEY1=value1");
      expect(answer.status).toBe(500);
      expect(JSON.parse(answer.body).detail).toBe(`${told}; nothing was applied`);
      expect(program.readEnvFile()).toBe("OLD=1\n");
      expect(readdirSync(cwd)).toEqual([".env"]);
      expect((await claim(program.port, "KEY2=value2")).status).toBe(200);
      expect(await program.exit).toBe(0);
      expect(program.readEnvFile()).toBe("KEY2=value2\n");
      expect(readdirSync(cwd)).toEqual([".env"]);
    },
  );

  it.for([
    ["before the file is synced", "fsync", 1, "OLD=1\n"],
    ["before the rename", "rename,renameat,renameat2", 1, "OLD=1\n"],
    ["before the directory is synced", "fsync", 2, "KEY1=value1\n"],
  ] as const)(
    "may kill it %s: a whole file, and no litter after the next start",
    async (row, context) => {
      need(context, "strace");
      const [, calls, when, file] = row;
      const cwd = makeDirectory();
      writeFileSync(join(cwd, ".env"), "OLD=1\n");
      const wrapper = ["strace", "-f", "-o", "/dev/null", "-e", `trace=${calls}`];
      const inject = ["-e", `inject=${calls}:signal=KILL:when=${when}`];
      const program = await start(host, { cwd, wrapper: [...wrapper, ...inject] });
      const wire = await Wire.connect(program.port);
      await wire.send("GET /?KEY1=value1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await wire.end();
      expect(await program.exit).toBe(137);
      expect(["OLD=1\n", file]).toContain(program.readEnvFile());
      const successor = await start(host, { cwd });
      expect(readdirSync(cwd)).toEqual([".env"]);
      expect((await claim(successor.port, "KEY2=value2")).status).toBe(200);
      expect(await successor.exit).toBe(0);
      expect(successor.readEnvFile()).toBe("KEY2=value2\n");
    },
  );

  it("may interrupt, abort and starve its calls", async (context) => {
    need(context, "strace");
    const faults = ["accept,accept4:error=ECONNABORTED:when=1", "fsync:error=EINTR:when=1"];
    const wrapper = ["strace", "-f", "-o", "/dev/null", "-e", "trace=accept,accept4,fsync"];
    const program = await start(host, {
      wrapper: [...wrapper, ...faults.flatMap((fault) => ["-e", `inject=${fault}`])],
    });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3 && !statuses.includes(200); attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      statuses.push((await claim(program.port, "KEY1=value1")).status);
    }
    // Node gives up at EINTR, and says so; the native host repeats the call.
    expect(statuses).toEqual(host.name === "native" ? [200] : expect.arrayContaining([200]));
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("may stop it for a while, as a container is paused", async (context) => {
    need(context, "linux");
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    for (let round = 0; round < 5; round += 1) {
      program.kill("SIGSTOP");
      // oxlint-disable-next-line no-await-in-loop -- one pause after the other
      await vi.waitUntil(() => /^State:\s+T/m.test(readStatus(program)), PATIENCE);
      program.kill("SIGCONT");
      // oxlint-disable-next-line no-await-in-loop -- one pause after the other
      await vi.waitUntil(() => !/^State:\s+T/m.test(readStatus(program)), PATIENCE);
    }
    await wire.send("GET /?KEY1=value1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await wire.answer()).status).toBe(200);
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.messages).toEqual(["waiting for a claim", "claimed"]);
  });

  it("ends it as process 1 of its namespace like any other process", async (context) => {
    need(context, "root", "unshare");
    for (const [signal, status] of [
      ["SIGTERM", 143],
      ["SIGINT", 130],
      ["SIGHUP", 129],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      const program = await start(host, {
        wrapper: ["unshare", "--pid", "--fork", "--kill-child"],
      });
      process.kill(childOf(program), signal);
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      expect(await program.exit).toBe(status);
    }
  });
});

function readStatus(program: Program): string {
  return readFileSync(`/proc/${program.pid}/status`, "utf8");
}

describeOnEachHost("resources", (host) => {
  it("are not used up by callers who leave without a word", async (context) => {
    need(context, "linux");
    const program = await start(host);
    const count = (): number => readdirSync(`/proc/${program.pid}/fd`).length;
    expect((await heartBeat(program.port)).status).toBe(200);
    const before = count();
    for (let round = 0; round < 20; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one crowd after the other
      const crowd = await Promise.all(Array.from({ length: 25 }, () => Wire.connect(program.port)));
      for (const wire of crowd) wire.vanish();
    }
    expect((await heartBeat(program.port)).status).toBe(200);
    expect(count()).toBeLessThanOrEqual(before + 2);
  });

  it("that run out cost neither the health check nor the claim", async (context) => {
    need(context, "prlimit");
    // Node needs some of its own, and tells nobody how many it may have.
    const limit = host.name === "native" ? 64 : 256;
    const program = await start(host, { wrapper: ["prlimit", `--nofile=${limit}`] });
    const crowd = await Promise.all(Array.from({ length: 300 }, () => Wire.connect(program.port)));
    for (const wire of crowd) void wire.send("GET /");
    expect((await heartBeat(program.port)).status).toBe(200);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  if (host.name !== "native") return;

  it("see no system call return while it idles", async (context) => {
    need(context, "strace");
    const program = await start(host);
    expect((await heartBeat(program.port)).status).toBe(200);
    const silent = await Wire.connect(program.port);
    const { trace, stop } = await attach(program.pid);
    await new Promise((resolve) => {
      setTimeout(resolve, 3_000);
    });
    await stop();
    silent.close();
    const returned = readTrace(trace).filter((line) => / = -?\d/.test(line));
    expect(returned).toEqual([]);
    expect(readTrace(trace).join("\n")).toContain("<detached ...>");
    expect((await heartBeat(program.port)).status).toBe(200);
  });

  it("take at most a mebibyte while it waits", async (context) => {
    need(context, "linux");
    const program = await start(host);
    const [, kilobytes = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(readStatus(program)) ?? [];
    expect(Number(kilobytes)).toBeGreaterThan(0);
    expect(Number(kilobytes)).toBeLessThanOrEqual(1024);
  });

  it("are one small file that needs no other", async (context) => {
    need(context, "root");
    const [binary = ""] = host.command;
    // The budget is 600,000 bytes. The heap that is kept in the file takes the rest, until what only a claim needs is bytecode again.
    expect(statSync(binary).size).toBeLessThanOrEqual(860_000);
    const root = makeDirectory();
    copyFileSync(binary, join(root, "startup-server"));
    const command = ["chroot", root, "/startup-server"];
    const program = await start({ ...host, command }, { cwd: root });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });
});

/** Watches a process from now on, until `stop`. */
async function attach(
  pid: number,
): Promise<{ readonly trace: string; readonly stop: () => Promise<void> }> {
  const trace = join(makeDirectory(), "trace");
  const strace = spawn("strace", ["-f", "-o", trace, "-p", String(pid)]);
  const closed = once(strace, "close");
  onTestFinished(() => void strace.kill());
  await once(strace.stderr, "data");
  const stop = async (): Promise<void> => {
    strace.kill("SIGINT");
    await closed;
  };
  return { trace, stop };
}
