/** One caller: sends its requests in its own manner, listens or not, and goes in its own way. */

import type { SimulatedRequest } from "./requests.ts";
import type { Random } from "./random.ts";
import type { SimulatedSocket } from "./simulated-socket.ts";

export interface CallerPlan {
  readonly requests: readonly SimulatedRequest[];
  readonly startMs: number;
  /** Sends a request before the one in front of it is answered. */
  readonly isPipelining: boolean;
  /** At most so many bytes at a time. */
  readonly sendsBytes: number;
  /** At most so many bytes at a time; 0 never reads. */
  readonly readsBytes: number;
  readonly windowBytes: number;
  /**
   * How it goes: `close` once all is answered; `half_close` as soon as all is sent, and listens on;
   * `reset` in the middle, at a random byte; `stay` until the other side closes.
   */
  readonly ending: "close" | "half_close" | "reset" | "stay";
  readonly resetsAt: number;
}

export class Caller {
  readonly plan: CallerPlan;
  /** All requests, one behind the other, and where each ends. */
  readonly stream: Uint8Array;
  readonly ends: readonly number[];
  readonly #random: Random;
  socket: SimulatedSocket | undefined;
  /** Where each answer that the program has sent ends, 100 Continue left out. */
  readonly answerEnds: number[] = [];
  /** Where each 100 Continue ends. */
  readonly continueEnds: number[] = [];
  #pausesUntilMs: number;

  constructor(plan: CallerPlan, random: Random) {
    this.plan = plan;
    this.#random = random;
    this.#pausesUntilMs = plan.startMs;
    let length = 0;
    this.ends = plan.requests.map(({ bytes }) => (length += bytes.length));
    this.stream = new Uint8Array(length);
    for (const [index, { bytes }] of plan.requests.entries()) {
      this.stream.set(bytes, (this.ends[index] ?? 0) - bytes.length);
    }
  }

  /** When it next does something of its own accord; Infinity where it only waits. */
  get nextMs(): number {
    return this.socket === undefined || this.#hasMoreToDo(this.socket)
      ? this.#pausesUntilMs
      : Infinity;
  }

  /** Does one thing; whether there was one to do. */
  step(nowMs: number): boolean {
    const { socket } = this;
    if (socket === undefined || nowMs < this.#pausesUntilMs || !this.#hasMoreToDo(socket)) {
      return false;
    }
    if (this.#canRead(socket) && (this.#random.chance(50) || !this.#canSend(socket))) {
      this.#read(socket);
    } else if (this.#canSend(socket)) {
      this.#send(socket);
    } else {
      this.#go(socket);
    }
    if (this.#random.chance(10)) this.#pausesUntilMs = nowMs + this.#random.below(20);
    return true;
  }

  #hasMoreToDo(socket: SimulatedSocket): boolean {
    if (socket.callerHasReset || socket.wasCutOff) return false;
    return this.#canRead(socket) || this.#canSend(socket) || this.#canGo(socket);
  }

  #canRead(socket: SimulatedSocket): boolean {
    return this.plan.readsBytes > 0 && socket.readByCaller < socket.taken;
  }

  #read(socket: SimulatedSocket): void {
    const count = Math.min(this.plan.readsBytes, socket.taken - socket.readByCaller);
    socket.readByCaller += count;
    socket.parts.trace.note(`caller ${socket.parts.id} reads ${count}`);
  }

  #canSend(socket: SimulatedSocket): boolean {
    return (
      !socket.callerHasEnded && !socket.isDestroyed && socket.sentByCaller < this.#limit(socket)
    );
  }

  #send(socket: SimulatedSocket): void {
    const count = Math.min(this.plan.sendsBytes, this.#limit(socket) - socket.sentByCaller);
    socket.sentByCaller += count;
    socket.parts.trace.note(`caller ${socket.parts.id} sends ${count}`);
  }

  /** How far it may send now: up to a request that waits for an answer, or for 100 Continue. */
  #limit(socket: SimulatedSocket): number {
    const { requests, isPipelining } = this.plan;
    let start = 0;
    let continues = 0;
    const answers = heard(this.answerEnds, socket);
    for (const [index, { waitsAt }] of requests.entries()) {
      if (!isPipelining && index > answers) return start;
      if (waitsAt !== undefined && index >= answers) {
        if (continues >= heard(this.continueEnds, socket)) return start + waitsAt;
        continues += 1;
      } else if (waitsAt !== undefined) continues += 1;
      start = this.ends[index] ?? start;
    }
    return start;
  }

  #canGo(socket: SimulatedSocket): boolean {
    if (socket.callerHasEnded) return false;
    const { ending, requests, resetsAt } = this.plan;
    const hasSentAll = socket.sentByCaller === this.stream.length;
    switch (ending) {
      case "reset":
        return socket.sentByCaller >= resetsAt;
      case "half_close":
        return hasSentAll || socket.isAtEnd;
      case "close":
        return heard(this.answerEnds, socket) >= requests.length || socket.isAtEnd;
      case "stay":
        return false;
    }
  }

  #go(socket: SimulatedSocket): void {
    const isReset = this.plan.ending === "reset";
    socket.parts.trace.note(`caller ${socket.parts.id} ${isReset ? "resets" : "ends"}`);
    if (isReset) socket.callerHasReset = true;
    else socket.callerHasEnded = true;
  }
}

function heard(ends: readonly number[], socket: SimulatedSocket): number {
  let count = 0;
  for (const end of ends) if (end <= socket.readByCaller) count += 1;
  return count;
}
