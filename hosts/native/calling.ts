/** Calls others: connects to servers, and sends them datagrams. */

import type { Address, ClientEvents, Outcome } from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { NativeSocket } from "./native-socket.ts";
import { POLLOUT, type PollSet, type Watcher } from "./poll-set.ts";
import {
  formatSocketAddress,
  formatUnixAddress,
  openSocket,
  SOCK_DGRAM,
  SOCK_STREAM,
  type SocketAddress,
  SOL_SOCKET,
} from "./socket-address.ts";
import { EINPROGRESS, errnoName, type System } from "./system.ts";

const SO_ERROR = 4;

/** How long a full queue is waited for before a datagram is dropped. */
const QUEUE_MS = 1_000;

/** A socket whose connection is made or on its way: it can be written to as soon as that is settled. */
export function openCalling(sys: System, address: SocketAddress, type: number): Outcome<number> {
  const descriptor = openSocket(sys, address, type);
  if (descriptor < 0) return refuse(errnoName(descriptor));
  const connected = sys.connect(descriptor, address);
  if (connected >= 0 || connected === EINPROGRESS) return accept(descriptor);
  sys.close(descriptor);
  return refuse(errnoName(connected));
}

export function connect(sys: System, polls: PollSet, address: Address, events: ClientEvents): void {
  const called = openCalling(sys, formatSocketAddress(address), SOCK_STREAM);
  if (!called.ok) return events.failed(called.problem);
  const descriptor = called.value;
  const watcher: Watcher = {
    place: -1,
    ready: () => {
      polls.remove(watcher);
      const error = sys.getsockopt(descriptor, SOL_SOCKET, SO_ERROR);
      if (error === 0) {
        const buffer = new ReceiveBuffer(sys.receiveBuffer);
        const socket = new NativeSocket(sys, polls, descriptor, buffer);
        return socket.open(events.connected(socket));
      }
      sys.close(descriptor);
      events.failed(errnoName(-error));
    },
  };
  polls.add(watcher, descriptor, POLLOUT);
}

/** Sends one datagram, as bytes or not at all. */
export function notify(sys: System, path: string, text: string): void {
  const name = path.startsWith("@") ? `\0${path.slice(1)}` : path;
  const called = openCalling(sys, formatUnixAddress(name), SOCK_DGRAM);
  if (!called.ok) return;
  sys.poll(new Int32Array([called.value, POLLOUT]), 1, QUEUE_MS);
  sys.sendText(called.value, text);
  sys.close(called.value);
}
