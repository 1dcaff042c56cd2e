/** The log on a terminal: colours there and nowhere else, and nothing that a caller has put there. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { expect, it, onTestFinished, vi } from "vitest";
import { need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, PATIENCE, start } from "./program.ts";
import { call, claim, claimForm, Wire } from "./wire.ts";
import type { HostProgram } from "../setup.ts";

const ESC = "\u001b";
const SGR = new RegExp(`${ESC}\\[(?:0|2|31|32|33)m`, "g");

/** The program with a terminal for all three streams. */
class TerminalProgram {
  #shown = "";
  readonly exit: Promise<unknown>;

  constructor(host: HostProgram, args: readonly string[], env: Readonly<Record<string, string>>) {
    const words = [...host.command, "--port", "0", "--host", "127.0.0.1", ...args];
    const command = words.map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qefc", `exec ${command}`, "/dev/null"], {
      cwd: makeDirectory(),
      env: { PATH: process.env["PATH"] ?? "", ...host.env, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    child.stdout.setEncoding("latin1").on("data", (text: string) => (this.#shown += text));
    this.exit = once(child, "close");
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await this.exit;
    });
  }

  /** One character a byte. */
  get shown(): string {
    return this.#shown;
  }

  async port(): Promise<number> {
    return vi.waitFor(() => {
      const port = /waiting for a claim.*port(?:=|":)(\d+)[ ,]/.exec(
        this.#shown.replace(SGR, ""),
      )?.[1];
      expect(port).toBeDefined();
      return Number(port);
    }, PATIENCE);
  }
}

describeOnEachHost("on a terminal", (host) => {
  it("the log has colours", async (context) => {
    need(context, "script");
    const program = new TerminalProgram(host, ["--log-format", "text"], { TERM: "xterm" });
    expect((await claim(await program.port(), "KEY1=value1")).status).toBe(200);
    await program.exit;
    const [line = ""] = program.shown.split("\r\n");
    const [faint, plain, green] = ["[2m", "[0m", "[32m"].map((code) => `${ESC}${code}`);
    const level = `${green}info ${plain} waiting for a claim ${faint}host=${plain}127.0.0.1 `;
    expect(line.replace(/[-\d]+T[:.\d]+Z/, "TIME")).toContain(`${faint}TIME${plain} ${level}`);
  });

  it.for<[sentence: string, args: string[], env: Record<string, string>]>([
    ["where NO_COLOR is set", ["--log-format=text"], { TERM: "xterm", NO_COLOR: "1" }],
    ["where it is dumb", ["--log-format=text"], { TERM: "dumb" }],
    ["in JSON", [], { TERM: "xterm" }],
  ])("the log has no colours %s", async ([, args, env], context) => {
    need(context, "script");
    const program = new TerminalProgram(host, args, env);
    const { status } = await claim(await program.port(), "KEY1=value1");
    expect(status).toBe(200);
    await program.exit;
    expect(program.shown).not.toContain("\u001b");
  });

  it("nothing that a caller sends acts on it, nor makes a line", async (context) => {
    need(context, "script");
    const args = ["--log-format", "text", "--log-level", "debug"];
    const program = new TerminalProgram(host, args, { TERM: "xterm" });
    const port = await program.port();
    for (const hostile of HOSTILE) await sendEverywhere(port, hostile);
    expect((await claim(port, "KEY1=value1")).status).toBe(200);
    await program.exit;
    const plain = program.shown.replace(SGR, "");
    expect(plain).not.toMatch(/[^\n\r -~]/);
    const lines = plain.split("\r\n").filter((line) => line !== "");
    for (const line of lines) expect(line).toMatch(/^\d{4}-\S+Z (?:debug|info |warn ) [a-z]/);
    expect(lines.length).toBeGreaterThan(HOSTILE.length);
    expect(plain).not.toContain("INJECTED");
  });
});

describeOnEachHost("in a pipe", (host) => {
  it("the log has no escape byte, whatever the terminal is", async () => {
    const env = { TERM: "xterm-256color", COLORTERM: "truecolor", CLICOLOR_FORCE: "1" };
    const program = await start(host, { args: ["--log-format", "text"], env });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.stderr).not.toContain("\u001b");
    expect(program.stderr).toContain("claimed count=1 names=KEY1 files=.env");
  });
});

/** In one byte a character: an escape sequence, one of C1, line breaks, and what overrides direction. */
const HOSTILE = [
  "\u001b[31mINJECTED",
  "\u009b31mINJECTED",
  "\u001b]0;INJECTED\u0007",
  "\r\nINJECTED",
  "\nINJECTED",
  "\u007f\b\bINJECTED",
  "\u00e2\u0080\u00aeINJECTED",
  "\u00c2\u009b31mINJECTED",
  "\u00e2\u0080\u00a8INJECTED",
];

/** As a request id, another field, a path, a method, a name of a variable, and a value. */
async function sendEverywhere(port: number, hostile: string): Promise<void> {
  const raw = [
    `GET /heart_beat HTTP/1.1\r\nHost: a\r\nX-Request-ID: ${hostile}\r\n\r\n`,
    `GET /heart_beat HTTP/1.1\r\nHost: a\r\nUser-Agent: ${hostile}\r\n\r\n`,
    `GET /heart_beat${hostile} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET${hostile} /heart_beat HTTP/1.1\r\nHost: a\r\n\r\n`,
  ];
  for (const text of raw) {
    const wire = await Wire.connect(port);
    await wire.send(Buffer.from(text, "latin1"));
    await wire.answer();
    wire.close();
  }
  const escaped = encodeURIComponent(Buffer.from(hostile, "latin1").toString("utf8"));
  expect((await claimForm(port, `A${escaped}=${escaped}`)).status).toBe(422);
  expect((await call(port, { target: `/%1b${escaped}` })).status).toBe(404);
}
