/** Parses and formats IP addresses (RFC 4291 section 2.2), for a host that has no resolver of its own. */

import { parseHex } from "./bytes/hex.ts";

/** Four bytes or sixteen, in network order; undefined where the text is neither address. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** The text of four bytes or sixteen, the longest run of zeros left out (RFC 5952 section 4). */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (isMapped(bytes)) return `::ffff:${bytes.subarray(12).join(".")}`;
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) {
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  }
  for (let length = 8; length > 1; length -= 1) {
    for (let from = 0; from + length <= 8; from += 1) {
      if (groups.slice(from, from + length).some((group) => group !== "0")) continue;
      return `${groups.slice(0, from).join(":")}::${groups.slice(from + length).join(":")}`;
    }
  }
  return groups.join(":");
}

/** Whether only this machine can reach the IP address (RFC 6890): 127.0.0.0/8, also mapped, and ::1. */
export function isLoopback(text: string): boolean {
  if (!text.includes(":")) return text.startsWith("127.");
  const bytes = parseIpv6(text);
  if (bytes === undefined) return false;
  if (isMapped(bytes)) return bytes[12] === 127;
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

/** `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2). */
function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 0xff));
}

/** Whether a failure to listen on `::` says that the machine has no IPv6, so that `0.0.0.0` is all there is. */
export function isWithoutIpv6(errno: string): boolean {
  return errno === "EAFNOSUPPORT" || errno === "EADDRNOTAVAIL" || errno === "EPROTONOSUPPORT";
}

export function isIpAddress(text: string): boolean {
  return parseIpAddress(text) !== undefined;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let index = 0; index < 4; index += 1) {
    const byte = Number(parts[index]);
    // Written as numbers are: without a sign, a leading zero or an exponent.
    if (!(byte >= 0 && byte <= 255) || String(byte) !== parts[index]) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  const [head = "", tail] = halves;
  if (halves.length > 2) return undefined;
  const front = parseGroups(head, tail === undefined);
  const back = parseGroups(tail ?? "", true);
  if (front === undefined || back === undefined) return undefined;
  const gap = 16 - front.length - back.length;
  // "::" stands for at least one group of zeros; without it all sixteen bytes are there.
  if (tail === undefined ? gap !== 0 : gap < 2) return undefined;
  return new Uint8Array([...front, ...new Uint8Array(gap), ...back]);
}

/** The bytes of groups between colons; the last may be an IPv4 address where it ends the text. */
function parseGroups(text: string, mayEndInIpv4: boolean): readonly number[] | undefined {
  const bytes: number[] = [];
  if (text === "") return bytes;
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (mayEndInIpv4 && index === groups.length - 1 && group.includes(".")) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
      continue;
    }
    const value = group.length > 4 ? undefined : parseHex(group);
    if (value === undefined) return undefined;
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes;
}
