/** A listening socket over system calls. */

import type { Address, HostEvents, Listener, Outcome } from "../../src/host.ts";
import { isWithoutIpv6, parseIpAddress } from "../../src/ip-address.ts";
import { accept, refuse } from "../../src/result.ts";
import { POLLIN, type PollSet, type Watcher } from "./poll-set.ts";
import { NativeSocket } from "./native-socket.ts";
import { EAGAIN, errnoName, type System } from "./system.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const BACKLOG = 511;

/** A descriptor that listens on the address, `::` on IPv4 too. */
export function openListener(sys: System, address: Address): Outcome<number> {
  const opened = openAt(sys, address);
  if (opened.ok || address.host !== "::" || !isWithoutIpv6(opened.problem)) return opened;
  return openAt(sys, { ...address, host: "0.0.0.0" });
}

function openAt(sys: System, address: Address): Outcome<number> {
  const ip = parseIpAddress(address.host);
  if (ip === undefined) return refuse("EINVAL");
  const family = ip.length === 4 ? AF_INET : AF_INET6;
  const descriptor = sys.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return refuse(errnoName(descriptor));
  // A restarted container may listen again while connections of its predecessor linger (socket(7)).
  sys.setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (family === AF_INET6) sys.setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const bound = sys.bind(descriptor, formatSocketAddress(family, ip, address.port));
  const listening = bound < 0 ? bound : sys.listen(descriptor, BACKLOG);
  if (listening >= 0) return accept(descriptor);
  sys.close(descriptor);
  return refuse(errnoName(listening));
}

/** struct sockaddr_in (ip(7)) or sockaddr_in6 (ipv6(7)), on a little-endian machine. */
function formatSocketAddress(family: number, ip: Uint8Array, port: number): Uint8Array {
  const bytes = new Uint8Array(family === AF_INET ? 16 : 28);
  bytes[0] = family;
  bytes[2] = port >> 8;
  bytes[3] = port & 0xff;
  bytes.set(ip, family === AF_INET ? 4 : 8);
  return bytes;
}

/** Connections taken at one time, so that a flood of them cannot keep the others from being served. */
const ACCEPTED_AT_ONCE = 64;

export class NativeListener implements Listener, Watcher {
  place = -1;
  readonly port: number;
  readonly #sys: System;
  readonly #polls: PollSet;
  readonly #descriptor: number;
  readonly #events: HostEvents;
  readonly #receiveBuffer: Uint8Array;

  constructor(sys: System, polls: PollSet, descriptor: number, events: HostEvents) {
    this.#sys = sys;
    this.#polls = polls;
    this.#descriptor = descriptor;
    this.#events = events;
    this.#receiveBuffer = new Uint8Array(sys.receiveBuffer);
    const address = new Uint8Array(28);
    sys.getsockname(descriptor, address);
    this.port = ((address[2] ?? 0) << 8) | (address[3] ?? 0);
    polls.add(this, descriptor, POLLIN);
  }

  close(): void {
    this.#polls.remove(this);
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
