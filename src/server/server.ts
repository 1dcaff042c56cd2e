/** The server: accepts connections, keeps their deadlines, and leaves once a claim is durable and heard. */

import type { Session } from "../claim/session.ts";
import type { Host, HostEvents, Listener, Signal, Socket, SocketEvents } from "../host.ts";
import type { Log } from "../log.ts";
import type { Application } from "./application.ts";
import { Connection, type Keeper } from "./connection.ts";
import type { Limits } from "./limits.ts";

/** 128 and the signal's number, as shells tell it (signal(7)). */
const SIGNAL_STATUS: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

export interface ServerParts {
  readonly host: Host;
  readonly log: Log;
  readonly session: Session;
  readonly application: Application;
  readonly limits: Limits;
  /** How long the callers may take to close after the claim. */
  readonly drainMs: number;
}

export class Server implements HostEvents, Keeper {
  readonly application: Application;
  readonly limits: Limits;
  readonly #parts: ServerParts;
  readonly #connections = new Set<Connection>();
  #listener: Listener | undefined;
  #wakeMs = Infinity;
  #heldBytes = 0;
  /** When it leaves though callers are still there; Infinity while it waits for a claim. */
  #leaveMs = Infinity;
  #wasToldToLeave = false;
  #hasLeft = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.application = parts.application;
    this.limits = parts.limits;
  }

  /** Begins to serve on an open listener, whose events come to this object. */
  start(listener: Listener): void {
    this.#listener = listener;
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
      if (this.#wasToldToLeave) this.#leave(0);
      this.#wasToldToLeave = true;
      return;
    }
    this.#parts.log.write("info", "ended by a signal before a claim", { signal });
    this.#leave(SIGNAL_STATUS[signal]);
  }

  woken(): void {
    const nowMs = this.monotonicMs();
    this.#wakeMs = Infinity;
    if (nowMs >= this.#leaveMs) return this.#leave(0);
    for (const connection of this.#connections) {
      if (connection.deadlineMs <= nowMs) connection.expire();
    }
    for (const connection of this.#connections) this.schedule(connection.deadlineMs);
    this.schedule(this.#leaveMs);
  }

  monotonicMs(): number {
    return this.#parts.host.monotonicMs();
  }

  epochMs(): number {
    return this.#parts.host.epochMs();
  }

  /** Wakes no later than then. A deadline that moves away leaves an early wake behind, which is cheaper than to look for the next one each time. */
  schedule(deadlineMs: number): void {
    if (deadlineMs >= this.#wakeMs) return;
    this.#wakeMs = deadlineMs;
    this.#parts.host.wakeAt(deadlineMs);
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
    this.#leaveMs = this.monotonicMs() + this.#parts.drainMs;
    this.schedule(this.#leaveMs);
    for (const connection of this.#connections) connection.hasten();
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection);
    if (!this.isLeaving) return;
    for (const other of this.#connections) if (other.isOwed) return;
    this.#leave(0);
  }

  /** The connection that has waited longest without a complete request gives way. */
  #makeRoom(): void {
    this.#findLongestWaiting(() => true)?.giveWay();
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

  /** Frees the port first, so that the workload may listen where we did. */
  #leave(status: number): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#listener?.close();
    this.#parts.host.exit(status);
  }
}
