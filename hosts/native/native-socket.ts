/** A connection over system calls: what cannot be sent at once waits until the caller reads. */

import { encodeUtf8 } from "../../src/bytes/primitives.ts";
import type { Socket, SocketEvents } from "../../src/host.ts";
import type { ReceiveBuffer } from "./receive-buffer.ts";
import { POLLERR, POLLHUP, POLLIN, POLLOUT, type PollSet, type Watcher } from "./poll-set.ts";
import { EAGAIN, EINTR, type System } from "./system.ts";

const SHUT_WR = 1;

export class NativeSocket implements Socket, Watcher {
  place = -1;
  readonly #sys: System;
  readonly #polls: PollSet;
  readonly #descriptor: number;
  readonly #receiveBuffer: ReceiveBuffer;
  #events: SocketEvents | undefined;
  #unsent: Uint8Array[] = [];
  #isPaused = false;
  #isFinishing = false;
  #isOpen = true;

  constructor(sys: System, polls: PollSet, descriptor: number, receiveBuffer: ReceiveBuffer) {
    this.#sys = sys;
    this.#polls = polls;
    this.#descriptor = descriptor;
    this.#receiveBuffer = receiveBuffer;
    polls.add(this, descriptor, POLLIN);
  }

  /** From now on `events` hears what happens. What has arrived with the connection is read at once. */
  open(events: SocketEvents): void {
    this.#events = events;
    this.#receive();
  }

  get unsentBytes(): number {
    if (this.#unsent.length === 0) return 0;
    let count = 0;
    for (const bytes of this.#unsent) count += bytes.length;
    return count;
  }

  send(text: string): void {
    if (!this.#isOpen) return;
    if (this.#unsent.length > 0) {
      this.#unsent.push(encodeUtf8(text));
      return;
    }
    const left = this.#sys.sendText(this.#descriptor, text);
    // Any other failure means that the caller has gone: poll(2) tells, and there is nobody to hear.
    if (left === 0 || (left < 0 && left !== EAGAIN && left !== EINTR)) return;
    const bytes = encodeUtf8(text);
    this.#unsent.push(left < 0 ? bytes : bytes.subarray(bytes.length - left));
    this.#watch();
  }

  pause(): void {
    this.#isPaused = true;
    this.#watch();
  }

  resume(): void {
    this.#isPaused = false;
    this.#watch();
  }

  finish(): void {
    if (!this.#isOpen) return;
    this.#isFinishing = true;
    if (this.#unsent.length === 0) this.#sys.shutdown(this.#descriptor, SHUT_WR);
  }

  destroy(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#unsent = [];
    this.#polls.remove(this);
    this.#sys.close(this.#descriptor);
  }

  ready(events: number): void {
    if ((events & POLLOUT) !== 0) this.#sendUnsent();
    if (!this.#isOpen) return;
    if ((events & POLLIN) !== 0) this.#receive();
    else if ((events & (POLLERR | POLLHUP)) !== 0) this.#lose();
  }

  #receive(): void {
    const count = this.#sys.recv(this.#descriptor, this.#receiveBuffer.bytes);
    if (count > 0) this.#events?.received(this.#receiveBuffer.first(count));
    else if (count === 0) this.#endReading();
    else if (count !== EAGAIN && count !== EINTR) this.#lose();
  }

  /** The end is told once: a descriptor at its end stays readable for ever. */
  #endReading(): void {
    this.pause();
    this.#events?.ended();
  }

  #sendUnsent(): void {
    for (;;) {
      const [bytes] = this.#unsent;
      if (bytes === undefined) break;
      const sent = this.#sys.send(this.#descriptor, bytes);
      if (sent === EAGAIN || sent === EINTR) return;
      if (sent < 0) return this.#lose();
      if (sent < bytes.length) this.#unsent[0] = bytes.subarray(sent);
      else this.#unsent.shift();
    }
    this.#watch();
    if (this.#isFinishing) this.#sys.shutdown(this.#descriptor, SHUT_WR);
    this.#events?.sent();
  }

  #lose(): void {
    this.destroy();
    this.#events?.closed();
  }

  #watch(): void {
    const reading = this.#isPaused ? 0 : POLLIN;
    this.#polls.change(this, reading | (this.#unsent.length > 0 ? POLLOUT : 0));
  }
}
