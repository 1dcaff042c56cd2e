/** One HTTP request on a connection of its own, and how far it came. */

import * as http from "node:http";
import * as https from "node:https";
import { onAbort } from "./abort.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  /** The socket file over which it goes, in place of the URL's host and port. */
  readonly socketPath: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Patience {
  /** How long the whole exchange may take. */
  readonly timeoutMs: number;
  /** Whichever is aborted first ends it. */
  readonly signals: readonly AbortSignal[];
}

/**
 * `unsent`: not a byte of the request has left this process. `lost`: it may have arrived, and no
 * answer came. `cut`: the answer began with that status and broke off. Failures are errno's names
 * (errno(3)), codes of Node's, or `TIMEOUT`, `ABORTED`, `ANSWER_TOO_LONG`.
 */
export type Exchange =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** Lower case, without parameters; empty where there is none. */
      readonly mediaType: string;
      readonly text: string;
    }
  | {
      readonly kind: "cut";
      readonly status: number;
      readonly mediaType: string;
      readonly failure: string;
    }
  | { readonly kind: "lost"; readonly failure: string }
  | { readonly kind: "unsent"; readonly failure: string };

/** What went wrong: an errno's name, a code of Node's, or the status of an answer. */
export function failureOf(heard: Exchange): string {
  return heard.kind === "answered" ? String(heard.status) : heard.failure;
}

/** Nobody listens at the address, or its socket file has gone: a server is there from its first moment to its last. */
export function isGone(failure: string): boolean {
  return failure === "ECONNREFUSED" || failure === "ENOENT";
}

/** Far more than the receipt of the greatest claim in a dozen outputs takes. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * Never follows a redirect, never tries again, never uses a connection twice: a connection that is
 * opened for one request tells exactly whether anything was sent, and is closed with the answer, so
 * that the server can leave at once.
 *
 * Over node:http rather than fetch, which tells a request that never left from one that may have
 * arrived only by its errors, refuses some ports, and keeps every origin that it has ever met.
 */
export function exchange(sent: HttpRequest, patience: Patience): Promise<Exchange> {
  return new Promise((resolve) => {
    const open = sent.url.protocol === "https:" ? https.request : http.request;
    const { method, headers, socketPath } = sent;
    const request = open(sent.url, {
      agent: false,
      ...(socketPath === undefined ? {} : { socketPath }),
      method,
      headers: {
        ...headers,
        Connection: "close",
        ...(sent.body === undefined ? {} : { "Content-Length": Buffer.byteLength(sent.body) }),
      },
    });
    const progress = new Progress((outcome) => {
      clearTimeout(timer);
      forget();
      request.destroy();
      resolve(outcome);
    });
    const timer = setTimeout(() => progress.fail("TIMEOUT"), patience.timeoutMs);
    const forget = onAbort(patience.signals, () => progress.fail("ABORTED"));
    follow(request, progress);
    request.end(sent.body);
  });
}

/** Joins Node's events to the progress of the exchange. */
function follow(request: http.ClientRequest, progress: Progress): void {
  request.on("socket", (socket) => {
    // What is written before goes out only then (RFC 8446 section 2: behind the handshake).
    socket.once("encrypted" in socket ? "secureConnect" : "connect", () => progress.connect());
  });
  request.on("response", (response) => {
    progress.begin(response);
    response.on("data", (bytes: Buffer) => progress.receive(bytes));
    response.on("end", () => progress.end());
    response.on("error", (thrown) => progress.fail(codeOf(thrown)));
    response.on("close", () => progress.fail("ECONNRESET"));
  });
  // Once an answer has begun, what befalls it shows in the answer itself.
  request.on("error", (thrown) => progress.failUnanswered(codeOf(thrown)));
  request.on("close", () => progress.failUnanswered("ECONNRESET"));
}

class Progress {
  readonly #settle: (outcome: Exchange) => void;
  #isSettled = false;
  #isConnected = false;
  #response: http.IncomingMessage | undefined;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(settle: (outcome: Exchange) => void) {
    this.#settle = settle;
  }

  connect(): void {
    this.#isConnected = true;
  }

  begin(response: http.IncomingMessage): void {
    this.#response = response;
  }

  receive(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length > MAX_ANSWER_BYTES) return this.fail("ANSWER_TOO_LONG");
    this.#parts.push(bytes);
  }

  end(): void {
    if (this.#response === undefined) return this.fail("ECONNRESET");
    const text = Buffer.concat(this.#parts).toString("utf8");
    this.#finish({ kind: "answered", ...headOf(this.#response), text });
  }

  fail(failure: string): void {
    if (this.#response !== undefined) {
      return this.#finish({ kind: "cut", ...headOf(this.#response), failure });
    }
    this.#finish({ kind: this.#isConnected ? "lost" : "unsent", failure });
  }

  failUnanswered(failure: string): void {
    if (this.#response === undefined) this.fail(failure);
  }

  #finish(outcome: Exchange): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settle(outcome);
  }
}

function headOf(response: http.IncomingMessage): { status: number; mediaType: string } {
  const [essence = ""] = (response.headers["content-type"] ?? "").split(";");
  return { status: response.statusCode ?? 0, mediaType: essence.trim().toLowerCase() };
}

/** Codes only: a message may quote what was sent. */
function codeOf(thrown: Error): string {
  return "code" in thrown && typeof thrown.code === "string" ? thrown.code : "UNKNOWN";
}
