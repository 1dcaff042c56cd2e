/** Opens sockets that listen: made anew, or handed over. */

import type { Address, Outcome, Place } from "../../src/host.ts";
import { isWithoutIpv6 } from "../../src/ip-address.ts";
import { accept, refuse } from "../../src/result.ts";
import {
  AF_INET6,
  AF_UNIX,
  formatSocketAddress,
  formatUnixAddress,
  openSocket,
  SOCK_STREAM,
  type SocketAddress,
  SOL_SOCKET,
} from "./socket-address.ts";
import { openCalling } from "./calling.ts";
import { errnoName, type System } from "./system.ts";

const SO_REUSEADDR = 2;
const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const BACKLOG = 511;

export const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
export const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;

const S_IFMT = 0o170000;
const S_IFSOCK = 0o140000;
/** Leaves 0600 of all permissions. */
const PRIVATE_MASK = 0o177;

/** A socket that listens, and how the file goes that was made for it, if any. */
export interface OpenSocket {
  readonly descriptor: number;
  readonly removeFile: () => void;
}

const KEEP_FILE = (): void => undefined;

export function openListening(sys: System, place: Place): Outcome<OpenSocket> {
  switch (place.kind) {
    case "handed_over":
      return adopt(sys, place.descriptor);
    case "unix":
      return openUnix(sys, place.path);
    case "tcp": {
      const opened = bindAndListen(sys, place);
      const isAlone = !opened.ok && place.host === "::" && isWithoutIpv6(opened.problem);
      return isAlone ? bindAndListen(sys, { ...place, host: "0.0.0.0" }) : opened;
    }
  }
}

/** A socket that somebody else has opened must be one that connections can be taken from. */
function adopt(sys: System, descriptor: number): Outcome<OpenSocket> {
  const isListening = sys.getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN);
  if (isListening < 0) return refuse(errnoName(isListening));
  const isStream = sys.getsockopt(descriptor, SOL_SOCKET, SO_TYPE) === SOCK_STREAM;
  if (isListening === 0 || !isStream) return refuse("EINVAL");
  sys.fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  // A connection that is gone before it is accepted must not make accept(2) wait for the next.
  sys.fcntl(descriptor, F_SETFL, sys.fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK);
  return accept({ descriptor, removeFile: KEEP_FILE });
}

/** A socket file whose server is dead is in nobody's way: it is replaced. */
function openUnix(sys: System, path: string): Outcome<OpenSocket> {
  const address: Address = { kind: "unix", path };
  const opened = bindAndListen(sys, address);
  const isTaken = !opened.ok && opened.problem === "EADDRINUSE";
  if (!isTaken || !isDeadSocket(sys, path)) return opened;
  const removed = sys.unlink(path);
  return removed < 0 ? refuse(errnoName(removed)) : bindAndListen(sys, address);
}

/** Whether a socket file stands there, no symlink to one, on which nobody listens. */
function isDeadSocket(sys: System, path: string): boolean {
  const mode = new Uint32Array(identify(sys, path).buffer)[0] ?? 0;
  if ((mode & S_IFMT) !== S_IFSOCK) return false;
  const called = openCalling(sys, formatUnixAddress(path), SOCK_STREAM);
  if (called.ok) sys.close(called.value);
  return !called.ok && called.problem === "ECONNREFUSED";
}

/** What stands at a path, in 24 bytes; all zero where nothing does. */
function identify(sys: System, path: string): Uint8Array {
  const identity = new Uint8Array(24);
  sys.lstat(path, identity);
  return identity;
}

function bindAndListen(sys: System, address: Address): Outcome<OpenSocket> {
  const bytes = formatSocketAddress(address);
  const descriptor = openSocket(sys, bytes, SOCK_STREAM);
  if (descriptor < 0) return refuse(errnoName(descriptor));
  const bound = bind(sys, descriptor, bytes);
  const listening = bound < 0 ? bound : sys.listen(descriptor, BACKLOG);
  if (listening < 0) {
    sys.close(descriptor);
    return refuse(errnoName(listening));
  }
  return accept({ descriptor, removeFile: removalOf(sys, address) });
}

function bind(sys: System, descriptor: number, bytes: SocketAddress): number {
  const [family] = bytes;
  if (family === AF_UNIX) {
    const mask = sys.umask(PRIVATE_MASK);
    const bound = sys.bind(descriptor, bytes);
    sys.umask(mask);
    return bound;
  }
  // A restarted container may listen again while connections of its predecessor linger (socket(7)).
  sys.setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (family === AF_INET6) sys.setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  return sys.bind(descriptor, bytes);
}

/** The file goes with its server, unless another stands in its place by then. */
function removalOf(sys: System, address: Address): () => void {
  if (address.kind !== "unix") return KEEP_FILE;
  const { path } = address;
  const made = identify(sys, path);
  return () => {
    const found = identify(sys, path);
    if (made.every((byte, index) => byte === found[index])) sys.unlink(path);
  };
}
