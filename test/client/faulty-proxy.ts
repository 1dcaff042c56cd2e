/** A proxy before one server, which loses, delays, repeats and cuts what passes through it. */

import { once } from "node:events";
import * as net from "node:net";
import { onTestFinished } from "vitest";
import type { Random } from "../simulation/random.ts";

export const FAULTS = [
  "refuses the connection",
  "drops the request",
  "drops the answer",
  "swallows the answer",
  "delays the request",
  "delays the answer",
  "repeats the request",
  "repeats the request later",
  "repeats the answer",
  "truncates the answer",
  "truncates the answer by a reset",
] as const;

export type Fault = (typeof FAULTS)[number];

export interface Habits {
  /** What the first claim meets. */
  readonly first: Fault | undefined;
  /** Of a hundred other connections, so many meet a fault. */
  readonly percent: number;
  /** Whether the port is freed once the server behind it has gone, as a network without a proxy would have it. */
  readonly frees: boolean;
}

const LONGEST_DELAY_MS = 200;
/** How long some connections to the server are held open behind its answer. */
const LINGER_MS = 300;

export class FaultyProxy {
  /** The faults that claims have met. */
  readonly met: Fault[] = [];
  url = "";
  readonly #server: net.Server;
  readonly #connections = new Set<net.Socket>();
  #claims = 0;
  readonly #upstreamPort: number;
  readonly #random: Random;
  readonly #habits: Habits;

  private constructor(upstreamPort: number, random: Random, habits: Habits) {
    this.#upstreamPort = upstreamPort;
    this.#random = random;
    this.#habits = habits;
    this.#server = net.createServer({ allowHalfOpen: true }, (caller) => this.#accept(caller));
  }

  static async start(upstreamPort: number, random: Random, habits: Habits): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(upstreamPort, random, habits);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    const address = proxy.#server.address();
    proxy.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    onTestFinished(() => proxy.close());
    return proxy;
  }

  close(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #accept(caller: net.Socket): void {
    this.#keep(caller);
    const chosen = this.#random.chance(this.#habits.percent)
      ? this.#random.pick(FAULTS)
      : undefined;
    if (chosen === "refuses the connection") return void caller.resetAndDestroy();
    let request = Buffer.alloc(0);
    let isWhole = false;
    caller.on("data", (bytes: Buffer) => {
      request = Buffer.concat([request, bytes]);
      if (isWhole || !isWholeRequest(request)) return;
      isWhole = true;
      const isClaim = request.toString("latin1").startsWith("POST");
      if (isClaim) this.#claims += 1;
      const fault = isClaim && this.#claims === 1 ? this.#habits.first : chosen;
      if (fault !== undefined && isClaim) this.met.push(fault);
      void this.#carry(caller, request, fault);
    });
  }

  async #carry(caller: net.Socket, request: Buffer, fault: Fault | undefined): Promise<void> {
    const delayMs = this.#random.below(LONGEST_DELAY_MS);
    if (fault === "drops the request") return void caller.resetAndDestroy();
    if (fault === "delays the request") await pass(delayMs);
    const answered = this.#forward(request);
    if (fault === "repeats the request") void this.#forward(request);
    const answer = await answered;
    if (answer.length === 0 || fault === "drops the answer") return void caller.resetAndDestroy();
    if (fault === "swallows the answer") return;
    if (fault === "delays the answer") await pass(delayMs);
    if (fault === "repeats the answer") caller.write(answer);
    if (fault === "repeats the request later") {
      void pass(delayMs).then(() => this.#forward(request));
    }
    const part = answer.subarray(0, this.#random.below(answer.length));
    if (fault === "truncates the answer") caller.end(part);
    else if (fault === "truncates the answer by a reset") {
      caller.write(part, () => caller.resetAndDestroy());
    } else caller.end(answer);
  }

  /** What the server answers; nothing where it is not there. */
  #forward(request: Buffer): Promise<Buffer> {
    const server = net.connect({
      port: this.#upstreamPort,
      host: "127.0.0.1",
      allowHalfOpen: true,
    });
    this.#keep(server);
    const lingersMs = this.#random.chance(50) ? LINGER_MS : 0;
    const parts: Buffer[] = [];
    server.on("data", (bytes: Buffer) => parts.push(bytes));
    server.write(request);
    return new Promise((resolve) => {
      server.on("error", (thrown) => {
        const isGone = "code" in thrown && thrown.code === "ECONNREFUSED";
        if (isGone && this.#habits.frees) this.#server.close();
      });
      server.on("end", () => {
        resolve(Buffer.concat(parts));
        setTimeout(() => server.destroy(), lingersMs);
      });
      server.on("close", () => resolve(Buffer.concat(parts)));
    });
  }

  #keep(connection: net.Socket): void {
    this.#connections.add(connection);
    connection.on("error", () => undefined);
    connection.on("close", () => this.#connections.delete(connection));
  }
}

function isWholeRequest(request: Buffer): boolean {
  const end = request.indexOf("\r\n\r\n");
  const head = request.subarray(0, Math.max(end, 0)).toString("latin1");
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return end !== -1 && request.length >= end + 4 + length;
}

function pass(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
