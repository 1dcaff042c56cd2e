/** A caller on a raw socket: sends any bytes, and tells exactly what came back. */

import * as net from "node:net";

/** One answer, or what came instead. */
export interface Reply {
  /** 0 where no well-formed answer came. */
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Where there is no answer: `nothing` came in time, or the connection was `closed` or `refused`. */
  readonly failure: "" | "nothing" | "closed" | "refused" | "malformed";
}

const NO_REPLY = { status: 0, headers: new Map<string, string>(), body: "" };
const CRLF = "\r\n";

/** The paths that `{claim}` and `{health}` stand for in whatever is sent. */
export interface Routes {
  readonly claim: string;
  readonly health: string;
}

export class Wire {
  readonly #socket: net.Socket;
  readonly #timeoutMs: number;
  readonly #routes: Routes;
  #received = Buffer.alloc(0);
  #end: "" | "closed" | "refused" = "";
  #changed: () => void = () => undefined;

  /** `timeoutMs` is how long each answer is waited for. */
  constructor(
    address: { readonly host: string; readonly port: number },
    routes: Routes,
    timeoutMs: number,
  ) {
    this.#timeoutMs = timeoutMs;
    this.#routes = routes;
    this.#socket = net.connect({ ...address, allowHalfOpen: true, noDelay: true });
    this.#socket.on("data", (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#changed();
    });
    this.#socket.on("end", () => this.#finish("closed"));
    this.#socket.on("error", (thrown) => {
      const isRefused = "code" in thrown && thrown.code === "ECONNREFUSED";
      this.#finish(isRefused ? "refused" : "closed");
    });
    this.#socket.on("close", () => this.#finish("closed"));
  }

  /** Whether the other side has ended the connection, or does so in time. */
  async isEnded(): Promise<boolean> {
    await this.#until(() => this.#end !== "");
    return this.#end !== "";
  }

  send(text: string): void {
    if (!this.#socket.destroyed) this.#socket.write(this.#fill(text));
  }

  /** Each byte in a packet of its own, as far as that lies with the sender. */
  async sendByteByByte(text: string): Promise<void> {
    for (const byte of Buffer.from(this.#fill(text))) {
      this.#socket.write(Uint8Array.of(byte));
      // oxlint-disable-next-line no-await-in-loop -- the receiver is to see each byte alone
      await new Promise((resolve) => {
        setTimeout(resolve, 2);
      });
    }
  }

  finish(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The next answer; `method` is the request's, since a HEAD's answer has no content. */
  async answer(method = "GET"): Promise<Reply> {
    let parsed: Parsed = "incomplete";
    await this.#until(() => {
      parsed = parseReply(this.#received, method, this.#end !== "");
      return parsed !== "incomplete" || this.#end !== "";
    });
    return this.#take(parsed);
  }

  #fill(text: string): string {
    const { claim, health } = this.#routes;
    return text.replaceAll("{claim}", claim).replaceAll("{health}", health);
  }

  #take(parsed: Parsed): Reply {
    if (parsed === "malformed") return { ...NO_REPLY, failure: "malformed" };
    if (parsed === "incomplete") return { ...NO_REPLY, failure: this.#end || "nothing" };
    this.#received = this.#received.subarray(parsed.length);
    return parsed.reply;
  }

  async #until(isSo: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + this.#timeoutMs;
    while (!isSo() && performance.now() < deadlineMs) {
      // oxlint-disable-next-line no-await-in-loop -- bytes come one after another
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadlineMs - performance.now());
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #finish(end: "closed" | "refused"): void {
    this.#end ||= end;
    this.#changed();
  }
}

type Parsed = "incomplete" | "malformed" | { readonly reply: Reply; readonly length: number };

/** The first answer in the bytes (RFC 9112 sections 4 to 6); `isWhole`: nothing more will come. */
function parseReply(bytes: Buffer, method: string, isWhole: boolean): Parsed {
  const headEnd = bytes.indexOf(CRLF + CRLF);
  if (headEnd === -1) return "incomplete";
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split(CRLF);
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1] ?? 0);
  if (status === 0) return "malformed";
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === "") return "malformed";
    headers.set(name.toLowerCase(), value);
  }
  const isBodiless = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const start = headEnd + 4;
  const content = isBodiless
    ? { body: "", length: 0 }
    : readContent(bytes.subarray(start), headers, isWhole);
  if (typeof content === "string") return content;
  const reply: Reply = { status, headers, body: content.body, failure: "" };
  return { reply, length: start + content.length };
}

type Content = "incomplete" | "malformed" | { readonly body: string; readonly length: number };

/** The content by its framing: chunks, a length, or all until the end (RFC 9112 section 6.3). */
function readContent(
  bytes: Buffer,
  headers: ReadonlyMap<string, string>,
  isWhole: boolean,
): Content {
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return readChunks(bytes);
  const length = Number(headers.get("content-length") ?? (isWhole ? bytes.length : Infinity));
  if (!(length >= 0)) return "malformed";
  if (bytes.length < length) return "incomplete";
  return { body: bytes.subarray(0, length).toString("utf8"), length };
}

function readChunks(bytes: Buffer): Content {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf(CRLF, at);
    if (lineEnd === -1) return "incomplete";
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (Number.isNaN(size)) return "malformed";
    const start = lineEnd + 2;
    if (bytes.length < start + size + 2) return "incomplete";
    at = start + size + 2;
    if (size === 0) return { body: Buffer.concat(parts).toString("utf8"), length: at };
    parts.push(bytes.subarray(start, start + size));
  }
}

/** A request as most callers send it; a header of `undefined` is left out. */
export interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

export function formatRequest(sent: Sent): string {
  const { method = "GET", target = "{claim}", body } = sent;
  const length = body === undefined ? undefined : String(Buffer.byteLength(body));
  const headers = { Host: "localhost", "Content-Length": length, ...sent.headers };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}${CRLF}`],
  );
  return `${method} ${target} HTTP/1.1${CRLF}${lines.join("")}${CRLF}${body ?? ""}`;
}
