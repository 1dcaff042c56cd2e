/** A caller on a raw socket: sends any bytes in any split, and reads answers strictly. */

import { once } from "node:events";
import * as net from "node:net";
import { onTestFinished } from "vitest";

export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** By lower-case name; a name that comes twice is an error. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** How the server ended a connection. */
export type End = "finished" | "reset";

export class Wire {
  readonly #socket: net.Socket;
  #received = Buffer.alloc(0);
  #end: End | undefined;
  #changed: (() => void) | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#changed?.();
    });
    socket.on("end", () => this.#finish("finished"));
    socket.on("error", () => this.#finish("reset"));
    socket.on("close", () => this.#finish("reset"));
    onTestFinished(() => this.vanish());
  }

  /** Rejects where nobody listens. */
  static async connect(port: number, host = "127.0.0.1"): Promise<Wire> {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    await once(socket, "connect");
    return new Wire(socket);
  }

  /** Connects to a unix socket; rejects where nobody listens. */
  static async connectTo(path: string): Promise<Wire> {
    const socket = net.connect({ path, allowHalfOpen: true });
    await once(socket, "connect");
    return new Wire(socket);
  }

  async send(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes) : bytes, () => resolve());
    });
  }

  /** One byte a packet, each handed to the system before the next. */
  async sendByteByByte(bytes: string | Uint8Array): Promise<void> {
    const whole = Buffer.from(bytes);
    for (let at = 0; at < whole.length; at += 1) {
      // oxlint-disable-next-line no-await-in-loop -- the order is the point
      await this.send(whole.subarray(at, at + 1));
    }
  }

  /** Says that nothing more comes, and goes on listening. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Closes as a caller does who has what it wants. */
  close(): void {
    this.#socket.destroy();
  }

  /** Is gone at once, with a reset. */
  vanish(): void {
    this.#socket.resetAndDestroy();
  }

  /** Stops reading, so that the system's buffers fill up. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** The next answer; rejects where the connection ends before it is whole. */
  async answer(method = "GET"): Promise<Answer> {
    for (;;) {
      const parsed = parseAnswer(this.#received, method);
      if (parsed !== undefined) {
        this.#received = this.#received.subarray(parsed.length);
        return parsed.answer;
      }
      if (this.#end !== undefined) {
        throw new Error(`The connection was ${this.#end} within ${this.#received.length} bytes`);
      }
      // oxlint-disable-next-line no-await-in-loop -- bytes come one after another
      await this.#change();
    }
  }

  /** Waits for the server to end the connection; what it sent behind the last answer is an error. */
  async end(): Promise<End> {
    // oxlint-disable-next-line no-await-in-loop -- bytes come one after another
    while (this.#end === undefined) await this.#change();
    if (this.#received.length > 0) throw new Error("Bytes came behind the last answer");
    return this.#end;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  #finish(end: End): void {
    this.#end ??= end;
    this.#changed?.();
  }
}

const HEAD_END = "\r\n\r\n";

/** The first answer in `bytes` with its length, or undefined where it is not whole yet. */
function parseAnswer(
  bytes: Buffer,
  method: string,
): { readonly answer: Answer; readonly length: number } | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const [, digits = "", reason = ""] = expectMatch(/^HTTP\/1\.1 (\d{3}) ([ -~]+)$/, statusLine);
  const status = Number(digits);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = expectMatch(/^([A-Za-z-]+): ([ -~]*[!-~])$/, line);
    const key = name.toLowerCase();
    if (headers.has(key)) throw new Error(`The answer has ${name} twice`);
    headers.set(key, value);
  }
  const isBodiless = method === "HEAD" || status < 200;
  const [length = ""] =
    status < 200 ? ["0"] : expectMatch(/^\d+$/, headers.get("content-length") ?? "");
  const start = headEnd + HEAD_END.length;
  const end = isBodiless ? start : start + Number(length);
  if (bytes.length < end) return undefined;
  const body = bytes.subarray(start, end).toString("utf8");
  return { answer: { status, reason, headers, body }, length: end };
}

function expectMatch(pattern: RegExp, text: string): RegExpExecArray {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`Expected ${pattern}, got ${JSON.stringify(text)}`);
  return match;
}

/** A request in the form that most callers send; `headers` may give Host and Content-Length itself. */
export interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export function formatRequest(sent: Sent): Buffer {
  const { method = "GET", target = "/", body } = sent;
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const headers: Record<string, string> = { Host: "localhost", ...sent.headers };
  if (bytes !== undefined && !("Transfer-Encoding" in headers)) {
    headers["Content-Length"] ??= String(bytes.length);
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  return bytes === undefined ? head : Buffer.concat([head, bytes]);
}

/** Sends one request on its own connection; reads the answer and leaves. */
export async function call(port: number, sent: Sent): Promise<Answer> {
  const wire = await Wire.connect(port);
  await wire.send(formatRequest(sent));
  const answer = await wire.answer(sent.method);
  wire.close();
  return answer;
}

/** Claims by GET; `query` is sent as it stands. */
export function claim(port: number, query: string): Promise<Answer> {
  return call(port, { target: `/?${query}` });
}

/** Claims by POST of JSON. */
export function claimJson(port: number, environment: unknown, target = "/"): Promise<Answer> {
  return call(port, {
    method: "POST",
    target,
    headers: { "Content-Type": "application/json" },
    body: typeof environment === "string" ? environment : JSON.stringify(environment),
  });
}

/** Claims by POST of a form. */
export function claimForm(port: number, form: string): Promise<Answer> {
  return call(port, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: form,
  });
}

export function heartBeat(port: number): Promise<Answer> {
  return call(port, { target: "/heart_beat" });
}

/** Whether that very program answers at the address: another one may have the same port there. */
export async function isReached(
  program: { readonly pid: number; readonly port: number },
  ip: string,
): Promise<boolean> {
  const wire = await Wire.connect(program.port, ip).catch(() => undefined);
  if (wire === undefined) return false;
  await wire.send(formatRequest({ target: "/status" }));
  const answer = await wire.answer().catch(() => undefined);
  wire.close();
  return answer?.body.includes(`"pid":${program.pid},`) ?? false;
}
