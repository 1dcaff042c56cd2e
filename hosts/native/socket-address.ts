/** Sockets, and their addresses as the system has them, on a little-endian machine. */

import { encodeUtf8 } from "../../src/bytes/primitives.ts";
import { decodeUtf8 } from "../../src/bytes/utf8.ts";
import type { Address } from "../../src/host.ts";
import { formatIpAddress, parseIpAddress } from "../../src/ip-address.ts";
import type { System } from "./system.ts";

export const AF_UNIX = 1;
const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;

/** Enough for every address that can be told apart here. */
export const SOCKET_ADDRESS_BYTES = 110;

/** Begins with the family, in two bytes. */
export type SocketAddress = Uint8Array;

/** A socket of the address's family that never waits and goes to no other program. */
export function openSocket(sys: System, address: SocketAddress, type: number): number {
  return sys.socket(address[0] ?? 0, type | SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/** struct sockaddr_in (ip(7)), sockaddr_in6 (ipv6(7)) or sockaddr_un; of no family where the host is none. */
export function formatSocketAddress(address: Address): SocketAddress {
  if (address.kind === "unix") return formatUnixAddress(address.path);
  const ip = parseIpAddress(address.host);
  if (ip === undefined) return new Uint8Array(2);
  const isIpv4 = ip.length === 4;
  const bytes = new Uint8Array(isIpv4 ? 16 : 28);
  bytes[0] = isIpv4 ? AF_INET : AF_INET6;
  bytes[2] = address.port >> 8;
  bytes[3] = address.port & 0xff;
  bytes.set(ip, isIpv4 ? 4 : 8);
  return bytes;
}

/** struct sockaddr_un; a path that begins with NUL is an abstract name (unix(7)). */
export function formatUnixAddress(path: string): SocketAddress {
  const text = encodeUtf8(path);
  const bytes = new Uint8Array(2 + text.length);
  bytes[0] = AF_UNIX;
  bytes.set(text, 2);
  return bytes;
}

/** What the system gave for an address; undefined where it is of a family that is not known here. */
export function parseSocketAddress(bytes: SocketAddress): Address | undefined {
  const [family] = bytes;
  if (family === AF_UNIX) {
    const path = bytes.subarray(2, bytes.indexOf(0, 3));
    // An abstract name, as it is commonly told.
    if (path[0] === 0) path[0] = "@".charCodeAt(0);
    return { kind: "unix", path: decodeUtf8(path) ?? "" };
  }
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const ip = family === AF_INET ? bytes.subarray(4, 8) : bytes.subarray(8, 24);
  const port = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  return { kind: "tcp", host: formatIpAddress(ip), port };
}
