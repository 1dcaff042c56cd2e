/** The server: accepts connections, keeps their deadlines, and leaves once a claim is durable and heard. */

import type { Session } from "../claim/session.ts";
import type { Host, HostEvents, Listener, Signal, Socket, SocketEvents } from "../host.ts";
import type { Log } from "../log.ts";
import type { Application } from "./application.ts";
import { Connection } from "./connection.ts";
import type { Keeper } from "./keeper.ts";
import type { Limits } from "./limits.ts";
import { Recall } from "./recall.ts";

/** 128 and the signal's number, as shells tell it (signal(7)). */
export const SIGNAL_STATUS: Readonly<Record<Signal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};
/** sysexits.h: nobody came this time. */
const EX_TEMPFAIL = 75;

export interface ServerParts {
  readonly host: Host;
  readonly log: Log;
  readonly session: Session;
  readonly application: Application;
  readonly limits: Limits;
  /** How long the callers may take to close after the claim. */
  readonly drainMs: number;
  /** How long it waits for a claim; Infinity for ever. */
  readonly maxWaitMs: number;
  /** What follows a claim that is durable and heard; `signal` came behind it and is still to be obeyed. */
  readonly goOn: (signal: Signal | undefined) => void;
}

export class Server implements HostEvents, Keeper {
  readonly host: Host;
  readonly application: Application;
  readonly limits: Limits;
  readonly recall = new Recall();
  readonly #parts: ServerParts;
  readonly #connections = new Set<Connection>();
  #listener: Listener | undefined;
  #wakeMs = Infinity;
  #heldBytes = 0;
  /** When it leaves though callers are still there; Infinity while it waits for a claim. */
  #leaveMs = Infinity;
  /** When it leaves unless it has been claimed by then. */
  #giveUpMs = Infinity;
  /** The signal that has come behind the claim. */
  #signal: Signal | undefined;
  #hasLeft = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.host = parts.host;
    this.application = parts.application;
    this.limits = parts.limits;
  }

  /** Begins to serve on an open listener, whose events come to this object. */
  start(listener: Listener): void {
    this.#listener = listener;
    this.#giveUpMs = this.host.monotonicMs() + this.#parts.maxWaitMs;
    this.schedule(this.#giveUpMs);
  }

  get isLeaving(): boolean {
    return this.#parts.session.state === "claimed";
  }

  accepted(socket: Socket): SocketEvents {
    if (this.#connections.size >= this.limits.maxConnections) this.#makeRoom();
    const connection = new Connection(this, socket);
    this.#connections.add(connection);
    return connection;
  }

  acceptFailed(): void {
    this.#makeRoom();
  }

  /** A signal ends a server that waits. After a claim the first one changes nothing: its answer is being heard. */
  signalled(signal: Signal): void {
    if (this.isLeaving) {
      if (this.#signal !== undefined) this.#goOn();
      this.#signal = signal;
      return;
    }
    this.#parts.log.write("info", "ended by a signal before a claim", { signal });
    this.#leave(SIGNAL_STATUS[signal]);
  }

  woken(): void {
    const nowMs = this.host.monotonicMs();
    this.#wakeMs = Infinity;
    if (nowMs >= this.#leaveMs || (this.isLeaving && !this.#owes())) return this.#goOn();
    if (nowMs >= this.#giveUpMs && !this.isLeaving) return this.#giveUp();
    for (const connection of this.#connections) {
      if (connection.deadlineMs <= nowMs) connection.expire();
    }
    for (const connection of this.#connections) this.schedule(connection.deadlineMs);
    this.schedule(this.isLeaving ? this.#leaveMs : this.#giveUpMs);
  }

  /** Wakes no later than then. A deadline that moves away leaves an early wake behind, which is cheaper than to look for the next one each time. */
  schedule(deadlineMs: number): void {
    if (deadlineMs >= this.#wakeMs) return;
    this.#wakeMs = deadlineMs;
    this.host.wakeAt(deadlineMs);
  }

  /** Bodies that never end are paid for by those who have waited longest, not by the machine. */
  holds(moreBytes: number): void {
    this.#heldBytes += moreBytes;
    if (moreBytes < 0) return;
    while (this.#heldBytes > this.limits.maxHeldBytes) {
      const longest = this.#findLongestWaiting((connection) => connection.heldBytes > 0);
      if (longest === undefined) return;
      longest.giveWay();
    }
  }

  answered(): void {
    if (!this.isLeaving || this.#leaveMs !== Infinity) return;
    this.recall.forget();
    this.#leaveMs = this.host.monotonicMs() + this.#parts.drainMs;
    this.schedule(this.#leaveMs);
    for (const connection of this.#connections) connection.giveHeld();
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection);
    if (!this.isLeaving) return this.#restIfAlone();
    // Not at once: a signal that has come meanwhile must be heard before the command begins.
    if (!this.#owes()) this.schedule(this.host.monotonicMs());
  }

  /** A server that nobody talks to sleeps: no wake is left behind of connections that are gone. */
  #restIfAlone(): void {
    if (this.#connections.size > 0) return;
    this.#wakeMs = this.#giveUpMs;
    this.host.wakeAt(this.#giveUpMs);
  }

  #owes(): boolean {
    for (const connection of this.#connections) if (connection.isOwed) return true;
    return false;
  }

  /** Who only waits for the state to change gives way first, else who has waited longest without a complete request. */
  #makeRoom(): void {
    const waiting = this.#findLongestWaiting((connection) => connection.isWaiting);
    (waiting ?? this.#findLongestWaiting(() => true))?.giveWay();
  }

  #findLongestWaiting(isCandidate: (connection: Connection) => boolean): Connection | undefined {
    let longest: Connection | undefined;
    for (const connection of this.#connections) {
      if (!isCandidate(connection) || (this.isLeaving && connection.isOwed)) continue;
      if (longest === undefined || connection.waitingSinceMs < longest.waitingSinceMs) {
        longest = connection;
      }
    }
    return longest;
  }

  /** As at a signal, a request of which a part has come is cut off: it is not known to become a claim. */
  #giveUp(): void {
    const { log, maxWaitMs } = this.#parts;
    log.write("warn", "nobody claimed in time", { max_wait_ms: maxWaitMs });
    this.#leave(EX_TEMPFAIL);
  }

  /** Frees the port first, so that the workload may listen where we did. */
  #leave(status: number): void {
    if (this.#close()) this.host.exit(status);
  }

  #goOn(): void {
    if (this.#close()) this.#parts.goOn(this.#signal);
  }

  /** Whether it had not been done before. */
  #close(): boolean {
    if (this.#hasLeft) return false;
    this.#hasLeft = true;
    this.#listener?.close();
    return true;
  }
}
