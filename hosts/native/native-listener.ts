/** A listening socket over system calls. */

import type { Address, HostEvents, Listener } from "../../src/host.ts";
import type { OpenSocket } from "./open-socket.ts";
import { POLLIN, type PollSet, type Watcher } from "./poll-set.ts";
import { NativeSocket } from "./native-socket.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { parseSocketAddress, SOCKET_ADDRESS_BYTES } from "./socket-address.ts";
import { EAGAIN, type System } from "./system.ts";

/** Connections taken at one time, so that a flood of them cannot keep the others from being served. */
const ACCEPTED_AT_ONCE = 64;

export class NativeListener implements Listener, Watcher {
  place = -1;
  readonly address: Address | undefined;
  readonly #sys: System;
  readonly #polls: PollSet;
  readonly #descriptor: number;
  readonly #removeFile: () => void;
  readonly #events: HostEvents;
  readonly #receiveBuffer: ReceiveBuffer;

  constructor(sys: System, polls: PollSet, opened: OpenSocket, events: HostEvents) {
    this.#sys = sys;
    this.#polls = polls;
    this.#descriptor = opened.descriptor;
    this.#removeFile = opened.removeFile;
    this.#events = events;
    this.#receiveBuffer = new ReceiveBuffer(sys.receiveBuffer);
    const address = new Uint8Array(SOCKET_ADDRESS_BYTES);
    sys.getsockname(opened.descriptor, address);
    this.address = parseSocketAddress(address);
    polls.add(this, opened.descriptor, POLLIN);
  }

  close(): void {
    this.#polls.remove(this);
    // First: while the socket is open, no other file can get the number of ours.
    this.#removeFile();
    this.#sys.close(this.#descriptor);
  }

  /** Whether connections wait that no descriptor is free for; they are tried again by and by. */
  isStarved = false;

  ready(): void {
    for (let count = 0; count < ACCEPTED_AT_ONCE; count += 1) {
      let descriptor = this.#sys.accept(this.#descriptor);
      if (isShortage(descriptor)) {
        this.#events.acceptFailed();
        descriptor = this.#sys.accept(this.#descriptor);
        this.#starve(isShortage(descriptor));
      }
      if (descriptor === EAGAIN || isShortage(descriptor)) return;
      // Any other failure is one caller's, who is gone.
      if (descriptor < 0) continue;
      const socket = new NativeSocket(this.#sys, this.#polls, descriptor, this.#receiveBuffer);
      socket.open(this.#events.accepted(socket));
    }
  }

  /** Looks away from the queue for a while instead of being woken by it without end. */
  #starve(isStarved: boolean): void {
    this.isStarved = isStarved;
    this.#polls.change(this, isStarved ? 0 : POLLIN);
  }

  /** Looks at the queue again. */
  recover(): void {
    if (this.isStarved) this.#starve(false);
  }
}

/** ENOMEM, ENFILE, EMFILE, ENOBUFS: the connection stays in the queue (accept(2)). */
const SHORTAGES = [-12, -23, -24, -105];

function isShortage(returned: number): boolean {
  return SHORTAGES.includes(returned);
}
