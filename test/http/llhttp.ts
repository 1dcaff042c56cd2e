/** Reads bytes with Node's own HTTP server, whose parser is llhttp, over a stream in memory. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Duplex } from "node:stream";

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly isComplete: boolean;
}

export interface Reading {
  readonly requests: readonly ReadRequest[];
  /** The parser's error, such as HPE_INVALID_METHOD; undefined where it found none. */
  readonly error: string | undefined;
}

/** What Node's server makes of the bytes, its own checks (Host, Expect) set aside. */
export async function readWithLlhttp(bytes: Uint8Array): Promise<Reading> {
  const messages: { readonly message: IncomingMessage; readonly body: Buffer[] }[] = [];
  let error: string | undefined;
  const server = createServer(SETTINGS);
  const take = (message: IncomingMessage): Buffer[] => {
    const body: Buffer[] = [];
    messages.push({ message, body });
    return body;
  };
  const answer = (message: IncomingMessage, response: ServerResponse): void => {
    const body = take(message);
    message.on("data", (chunk: Buffer) => body.push(chunk));
    message.on("end", () => response.end());
    message.on("error", () => undefined);
  };
  for (const event of ["request", "checkContinue", "checkExpectation"]) server.on(event, answer);
  server.on("connect", take);
  server.on("clientError", (thrown: NodeJS.ErrnoException, socket) => {
    error ??= thrown.code ?? thrown.message;
    // What was read before the error is on its way still: a closed socket would take it back.
    setImmediate(() => socket.destroy());
  });
  const wire = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  server.emit("connection", wire);
  wire.push(bytes);
  wire.push(null);
  await turns(4);
  wire.destroy();
  const requests = messages.map(({ message, body }) => ({
    method: message.method ?? "",
    target: message.url ?? "",
    body: Buffer.concat(body).toString("latin1"),
    isComplete: message.complete,
  }));
  return { requests, error };
}

const SETTINGS = {
  insecureHTTPParser: false,
  requireHostHeader: false,
  maxHeaderSize: 65_536,
  keepAliveTimeout: 0,
  requestTimeout: 0,
  headersTimeout: 0,
} as const;

/** Lets the event loop turn so often: everything is in memory, so nothing is later than that. */
async function turns(count: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (count > 1) await turns(count - 1);
}
