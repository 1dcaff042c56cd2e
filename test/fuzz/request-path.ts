/** Drives the whole program from raw bytes to answers, and says what must hold whatever the bytes are. */

import { CONTINUE, REASON_PHRASES } from "../../src/http/response.ts";
import type { SocketEvents } from "../../src/host.ts";
import { LATER } from "../../src/later.ts";
import { main } from "../../src/main.ts";
import { ENV_FILE, FakeHost, FakeSocket, type SocketPace } from "./fake-host.ts";

/** A value that inputs carry, and that must appear in the env file alone. */
const CANARY = "c4n4ry";
/** Where these two bytes stand in an input, another connection's bytes begin. Neither is ever valid in HTTP's framing. */
const NEXT_CONNECTION = [0xff, 0x00] as const;

/**
 * One input: its first byte chooses how the rest is split and how fast the sockets are, the rest is
 * what the connections send. Throws where anything that must hold does not.
 */
export function fuzz(input: Uint8Array): void {
  const [choice = 0] = input;
  const connections = splitConnections(input.subarray(1));
  const whole = run(connections, "prompt", () => Infinity);
  check(whole, input);
  const split = run(connections, choice >= 128 ? "slow" : "prompt", splitSizes(choice & 127));
  check(split, input);
  // What comes behind a request that waits is taken later where it comes in a packet of its own.
  if (split.hasLookedAway) return;
  expectEqual("answers, however the bytes are split", split.outputs, whole.outputs);
  expectEqual("env file, however the bytes are split", split.envFile, whole.envFile);
}

interface Run {
  readonly host: FakeHost;
  readonly sockets: readonly FakeSocket[];
  /** What each connection was answered, but for the interim answers. */
  readonly outputs: readonly string[];
  readonly envFile: string | undefined;
  /** Whether a connection has not been listened to for a while. */
  readonly hasLookedAway: boolean;
}

/** A connection with what its caller has still to send. */
interface Sending {
  readonly socket: FakeSocket;
  readonly events: SocketEvents;
  rest: Uint8Array;
  hasEnded: boolean;
}

function splitConnections(bytes: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at + 1 < bytes.length; at += 1) {
    if (bytes[at] !== NEXT_CONNECTION[0] || bytes[at + 1] !== NEXT_CONNECTION[1]) continue;
    parts.push(bytes.subarray(start, at));
    start = at + 2;
    at += 1;
  }
  return [...parts, bytes.subarray(start)];
}

/** 1 is byte by byte; every other choice is its own sequence of sizes. */
function splitSizes(choice: number): () => number {
  let state = choice;
  return () => {
    if (choice <= 1) return 1;
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return 1 + ((state >> 16) % choice);
  };
}

function run(connections: readonly Uint8Array[], pace: SocketPace, nextSize: () => number): Run {
  const host = new FakeHost();
  main(host, () => LATER);
  const open = connections.map((rest): Sending => {
    const socket = new FakeSocket(pace);
    return { socket, events: host.events.accepted(socket), rest, hasEnded: false };
  });
  for (const sending of open) deliver(sending, nextSize);
  const hasLookedAway = open.some(({ socket, rest }) => socket.isPaused && rest.length > 0);
  for (const sending of open) end(sending);
  while (host.wakeMs !== Infinity && host.exitStatus === undefined) {
    host.nowMs = host.wakeMs;
    host.wakeMs = Infinity;
    host.events.woken();
    for (const sending of open) deliver(sending, nextSize);
    for (const sending of open) end(sending);
  }
  const sockets = open.map(({ socket }) => socket);
  const outputs = sockets.map(({ output }) => output.split(CONTINUE).join(""));
  const bytes = host.files.named.get(ENV_FILE);
  const envFile = bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
  return { host, sockets, outputs, envFile, hasLookedAway };
}

/** Sends until all is sent, or nobody listens. */
function deliver(sending: Sending, nextSize: () => number): void {
  const { socket, events } = sending;
  while (sending.rest.length > 0 && !socket.isDestroyed && !socket.isPaused) {
    const size = Math.min(nextSize(), sending.rest.length);
    // The bytes are the host's own, who uses them again: whatever kept a view of them would show it.
    const lent = new Uint8Array(sending.rest.subarray(0, size));
    sending.rest = sending.rest.subarray(size);
    events.received(lent);
    lent.fill(0x58);
    flush(sending);
  }
}

function flush({ socket, events }: Sending): void {
  while (socket.unsentBytes > 0 && !socket.isDestroyed) {
    socket.flush();
    events.sent();
  }
}

function end(sending: Sending): void {
  const { socket, events, rest, hasEnded } = sending;
  if (hasEnded || socket.isDestroyed || socket.isPaused || rest.length > 0) return;
  sending.hasEnded = true;
  events.ended();
  flush(sending);
}

function check({ host, sockets, outputs, envFile }: Run, input: Uint8Array): void {
  if (host.files.commits > 1) throw new Error("expected at most one commit");
  if (sockets.some((socket) => socket.hasSentLate)) throw new Error("sent behind the end");
  if (sockets.some((socket) => !socket.isDestroyed) && host.exitStatus === undefined) {
    throw new Error("expected every connection to be closed in time");
  }
  const isClaimed = host.files.commits === 1;
  expectEqual("exit status", host.exitStatus, isClaimed ? 0 : undefined);
  for (const path of host.files.named.keys()) expectEqual("only file", path, ENV_FILE);
  for (const output of outputs) checkOutput(output);
  const receipts = outputs.some((output) =>
    /^HTTP\/1\.1 200 [^]*\r\n\r\n(?:OK|\{"names)/m.test(output),
  );
  const isTried = Buffer.from(input).toString("latin1").includes("/validate");
  if (isClaimed || !isTried) {
    expectEqual("a claim's answer, exactly where there is an env file", receipts, isClaimed);
  }
  for (const line of host.logLines) checkLogLine(line);
  checkSecrecy(host.logLines.join("") + outputs.join(""), envFile ?? "", input);
}

/** Reads answers as a strict client would; they must use up the output. */
function checkOutput(output: string): void {
  let rest = output;
  let isLast = false;
  while (rest !== "") {
    if (isLast) throw new Error("expected nothing behind Connection: close");
    const [head = ""] = rest.split("\r\n\r\n", 1);
    const [statusLine = "", ...fields] = head.split("\r\n");
    const status = /^HTTP\/1\.1 (\d{3}) ([A-Za-z ]+)$/.exec(statusLine);
    expectEqual("reason phrase", status?.[2], REASON_PHRASES[Number(status?.[1])]);
    if (status?.[1] === "500") throw new Error("expected no bug, got 500");
    for (const field of fields) {
      if (!/^[A-Za-z-]+: [ -~]+$/.test(field)) throw new Error("malformed field in an answer");
    }
    const lengths = fields.filter((field) => field.startsWith("Content-Length: "));
    expectEqual("Content-Length fields", lengths.length, 1);
    isLast = fields.includes("Connection: close");
    rest = behindBody(rest.slice(head.length + 4), Number(lengths[0]?.slice(16)));
  }
}

/** What follows the body, which an answer to HEAD does not have. */
function behindBody(rest: string, length: number): string {
  const behind = Buffer.from(rest).subarray(length).toString();
  if (Buffer.byteLength(rest) >= length && isAnswerOrEnd(behind)) return behind;
  if (isAnswerOrEnd(rest)) return rest;
  throw new Error("expected a body of as many bytes as announced");
}

function isAnswerOrEnd(text: string): boolean {
  return text === "" || text.startsWith("HTTP/1.1 ");
}

function checkLogLine(line: string): void {
  if (!line.endsWith("}\n") || line.slice(0, -1).includes("\n"))
    throw new Error("not one log line");
  const event: unknown = JSON.parse(line);
  if (JSON.stringify(event).includes("failed by a bug"))
    throw new Error("a request failed by a bug");
}

/** A canary that an input holds once, as a value, is in the env file or nowhere. */
function checkSecrecy(told: string, envFile: string, input: Uint8Array): void {
  const text = Buffer.from(input).toString("latin1");
  if (text.split(CANARY).length !== 2) return;
  const isQueryValue = /\?[A-Za-z_]+=c4n4ry/.test(text);
  const isJsonValue = /^[^?]*"[A-Za-z_]+":"c4n4ry/.test(text) && !/urlencoded/i.test(text);
  if (!isQueryValue && !isJsonValue && !envFile.includes(`=${CANARY}`)) return;
  for (const encoding of ["latin1", "hex", "base64"] as const) {
    const shown = Buffer.from(CANARY).toString(encoding);
    if (told.includes(shown)) throw new Error("a value was told");
  }
}

function expectEqual(what: string, got: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`);
}
