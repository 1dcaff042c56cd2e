/** A server that answers as it is told, request by request, and remembers what it heard. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import * as net from "node:net";
import { onTestFinished } from "vitest";
import { parseVariables } from "../../client/payload.ts";
import { formatReceipt } from "../../src/claim/receipt.ts";
import { describePrepared, prepareOutputs } from "../../src/server/prepared-output.ts";

export type Route = "health" | "claim" | "status";

/** What is done with a connection once its request is whole. */
export type Reply = (connection: net.Socket, server: ScriptedServer) => void;

/** Replies to each route, in order; the last one is repeated. */
export type Script = Partial<Record<Route, readonly Reply[]>>;

const DEFAULTS: Required<Script> = {
  health: [answer(200, '"success"')],
  claim: [reset],
  status: [tellStatus({ state: "waiting" })],
};

export class ScriptedServer {
  /** Every request heard, whole. */
  readonly heard: Record<Route, string[]> = { health: [], claim: [], status: [] };
  /** Also when it has left. */
  url = "";
  readonly #server: net.Server;
  readonly #script: Script;

  private constructor(script: Script) {
    this.#script = script;
    this.#server = net.createServer((connection) => this.#accept(connection));
  }

  static async start(script: Script, port = 0): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    server.#server.listen(port, "127.0.0.1");
    await once(server.#server, "listening");
    const address = server.#server.address();
    const opened = typeof address === "object" && address !== null ? address.port : 0;
    server.url = `http://127.0.0.1:${opened}`;
    onTestFinished(() => server.leave());
    return server;
  }

  /** Frees the port at once. */
  leave(): void {
    this.#server.close();
  }

  #accept(connection: net.Socket): void {
    connection.on("error", () => undefined);
    let text = "";
    let isWhole = false;
    connection.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (isWhole || !isWholeRequest(text)) return;
      isWhole = true;
      const route = routeOf(text);
      const replies = this.#script[route] ?? DEFAULTS[route];
      const reply = replies[Math.min(this.heard[route].length, replies.length - 1)];
      this.heard[route].push(text);
      reply?.(connection, this);
    });
  }
}

function isWholeRequest(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return end !== -1 && Buffer.byteLength(text.slice(end + 4)) >= length;
}

function routeOf(request: string): Route {
  const path = /^\S+ ([^ ?]*)/.exec(request)?.[1] ?? "";
  if (path.endsWith("heart_beat")) return "health";
  return path.endsWith("status") ? "status" : "claim";
}

/** A whole answer; an object becomes JSON. */
export function answer(
  status: number,
  body: unknown,
  mediaType = "text/plain",
  extra: readonly string[] = [],
): Reply {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} Reason`,
    `Content-Type: ${mediaType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
    ...extra,
  ];
  return (connection) => connection.end(`${head.join("\r\n")}\r\n\r\n${text}`);
}

/** The receipt of what was sent last, as our server gives it. */
export function giveReceipt(connection: net.Socket, server: ScriptedServer): void {
  const [, body = ""] = server.heard.claim.at(-1)?.split("\r\n\r\n") ?? [];
  const environment = parseVariables(JSON.parse(body));
  const prepared =
    environment.ok && prepareOutputs([{ path: ".env", dialect: "portable" }], environment.value);
  if (!environment.ok || !prepared || !prepared.ok) throw new Error("No server takes this");
  const names = environment.value.map(({ name }) => name);
  const outputs = prepared.value.map((output) =>
    describePrepared(output, (bytes) => createHash("sha256").update(bytes).digest()),
  );
  const receipt = formatReceipt({ names, outputs, requestId: "its" }, "won");
  answer(200, receipt, "application/json")(connection, server);
}

/** A problem as our server says it. */
export function problem(status: number, code: string, more: object = {}): Reply {
  const body = { title: "Title", status, code, detail: "Detail", request_id: "its", ...more };
  return answer(status, body, "application/problem+json");
}

/** Of a server that has been there for a minute, unless told otherwise. */
export function tellStatus({
  state,
  uptimeMs = 60_000,
}: {
  state: string;
  uptimeMs?: number;
}): Reply {
  const body = { state, pid: 1, uptime_seconds: uptimeMs / 1000, required: [] };
  return answer(200, body, "application/json");
}

export function reset(connection: net.Socket): void {
  connection.resetAndDestroy();
}

export function closeUnanswered(connection: net.Socket): void {
  connection.end();
}

export function stayAway(): void {
  // The caller waits for an answer that never comes.
}

/** The answer's first bytes, then the end of the connection. */
export function cut(text: string): Reply {
  return (connection) => connection.end(text);
}

/** The reply, and nobody listens any more. */
export function lastly(reply: Reply): Reply {
  return (connection, server) => {
    server.leave();
    reply(connection, server);
  };
}
