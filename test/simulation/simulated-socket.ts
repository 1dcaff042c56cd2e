/** One connection between a simulated caller and the program: bytes in flight, both ways, and its end. */

import type { Socket, SocketEvents } from "../../src/host.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Random } from "./random.ts";
import type { Trace } from "./trace.ts";

/** What is told about a connection while it happens. */
export interface SocketWatcher {
  /** The program sends; called before anything else happens. */
  sending(socket: SimulatedSocket, bytes: Uint8Array): void;
  /** The program has let go of the connection. */
  destroying(socket: SimulatedSocket): void;
}

export interface SocketParts {
  readonly id: number;
  /** All that the caller will ever send. */
  readonly stream: Uint8Array;
  /** Bytes that the system takes before the caller has read some. */
  readonly windowBytes: number;
  readonly random: Random;
  readonly trace: Trace;
  readonly calls: HostCalls;
  readonly watcher: SocketWatcher;
}

export class SimulatedSocket implements Socket {
  readonly parts: SocketParts;
  /** How far into its stream the caller has sent, and the program has received. */
  sentByCaller = 0;
  received = 0;
  callerHasEnded = false;
  callerHasReset = false;
  /** Bytes of all answers: given to `send`, taken by the system, read by the caller. */
  given = 0;
  taken = 0;
  readByCaller = 0;
  isFinished = false;
  isDestroyed = false;
  /** The caller's system has been told to forget what it had not read yet. */
  wasCutOff = false;
  #events: SocketEvents | undefined;
  #isPaused = false;
  #hasToldEnd = false;
  #hasUnsent = false;

  constructor(parts: SocketParts) {
    this.parts = parts;
  }

  get unsentBytes(): number {
    return this.isDestroyed ? 0 : this.given - this.taken;
  }

  /** Whether the caller has seen that nothing more comes. */
  get isAtEnd(): boolean {
    const hasFinished = this.isFinished && this.given === this.taken;
    return this.wasCutOff || ((hasFinished || this.isDestroyed) && this.readByCaller >= this.taken);
  }

  /** Whether the program looks away though the caller has taken everything. */
  get isIgnored(): boolean {
    return this.#isPaused && !this.isDestroyed && this.given === this.taken;
  }

  send(text: string): void {
    this.#call(`send ${text.length} characters`, () => {
      if (this.isDestroyed) return;
      const bytes = Buffer.from(text, "utf8");
      this.parts.watcher.sending(this, bytes);
      this.given += bytes.length;
      if (!this.#hasUnsent) this.#take();
      this.#hasUnsent = this.given > this.taken;
    });
  }

  pause(): void {
    this.#call("pause", () => {
      this.#isPaused = true;
    });
  }

  resume(): void {
    this.#call("resume", () => {
      this.#isPaused = false;
    });
  }

  finish(): void {
    this.#call("finish", () => {
      this.isFinished = true;
    });
  }

  destroy(): void {
    this.#call("destroy", () => this.vanish());
  }

  /** The program's end of the connection goes, by its own will or with its process. */
  vanish(): void {
    if (this.isDestroyed) return;
    this.parts.watcher.destroying(this);
    this.given = this.taken;
    this.isDestroyed = true;
    // A socket closed with bytes unread sends a reset (RFC 2525 section 2.17): what is in flight is lost.
    if (this.received < this.sentByCaller && this.readByCaller < this.taken) this.wasCutOff = true;
  }

  open(events: SocketEvents): void {
    this.#events = events;
  }

  /** Tells the program one thing that has happened on the connection; whether there was one. */
  step(): boolean {
    const events = this.#events;
    if (events === undefined || this.isDestroyed) return false;
    const mayReceive = !this.#isPaused && this.received < this.sentByCaller;
    if (this.callerHasReset && !(mayReceive && this.parts.random.chance(50))) {
      return this.#tell("closed", () => {
        this.isDestroyed = true;
        events.closed();
      });
    }
    if (this.#hasUnsent && this.#take()) return this.#tellSent(events);
    if (this.#isPaused) return false;
    if (this.received < this.sentByCaller) return this.#deliver(events);
    if (!this.callerHasEnded || this.#hasToldEnd) return false;
    this.#hasToldEnd = true;
    return this.#tell("ended", () => events.ended());
  }

  #deliver(events: SocketEvents): true {
    const { random, stream } = this.parts;
    const waiting = this.sentByCaller - this.received;
    const count = random.chance(60) ? waiting : random.between(1, waiting);
    const bytes = stream.slice(this.received, this.received + count);
    this.received += count;
    return this.#tell(`received ${count} bytes`, () => {
      events.received(bytes);
      // Valid during the call only: whoever kept the bytes finds others there.
      bytes.fill(0x7e);
    });
  }

  #tellSent(events: SocketEvents): true {
    if (this.given > this.taken) return true;
    this.#hasUnsent = false;
    return this.#tell("sent", () => events.sent());
  }

  #tell(what: string, tell: () => void): true {
    this.parts.trace.note(`socket ${this.parts.id} ${what}`);
    tell();
    return true;
  }

  /** The system takes what its window holds; whether it took anything. */
  #take(): boolean {
    const room = this.readByCaller + this.parts.windowBytes - this.taken;
    const count = Math.max(0, Math.min(room, this.given - this.taken));
    this.taken += count;
    return count > 0;
  }

  #call(what: string, effect: () => void): void {
    this.parts.calls.run(() => {
      this.parts.trace.note(`  socket ${this.parts.id}: ${what}`);
      effect();
    });
  }
}
