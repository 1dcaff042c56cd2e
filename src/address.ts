/** Addresses as settings and log lines have them. */

import { utf8Length } from "./bytes/primitives.ts";
import type { Address, Place } from "./host.ts";
import { isIpAddress, isLoopback } from "./ip-address.ts";
import type { Fields } from "./log.ts";
import { accept, refuse, type Result } from "./result.ts";
import { parseFilePath, parseWholeNumber } from "./setting-values.ts";

/** What `sun_path` holds beside the NUL at its end (unix(7)). */
const MAX_PATH_BYTES = 107;

/** How the text of a unix socket's address begins. */
export const UNIX = "unix:";

const EXPECTED = `IPV4:PORT, [IPV6]:PORT, or unix:PATH of at most ${MAX_PATH_BYTES} bytes`;

/** `127.0.0.1:8081`, `[::1]:8081` or `unix:/run/startup.sock`; else what was expected. */
export function parseAddress(text: string): Result<Address, string> {
  const parsed = text.startsWith(UNIX) ? parseUnix(text.slice(UNIX.length)) : parseTcp(text);
  return parsed === undefined ? refuse(EXPECTED) : accept(parsed);
}

function parseUnix(path: string): Address | undefined {
  const isPath = parseFilePath(path).ok && utf8Length(path) <= MAX_PATH_BYTES;
  return isPath ? { kind: "unix", path } : undefined;
}

function parseTcp(text: string): Address | undefined {
  const { host, port } = splitAuthority(text);
  const number = parsePort(port ?? "");
  return isIpAddress(host) && number !== undefined
    ? { kind: "tcp", host, port: number }
    : undefined;
}

export function parsePort(text: string): number | undefined {
  const port = parseWholeNumber(text, 0, 65_535);
  return port.ok ? port.value : undefined;
}

/** `host[:port]`, the host without the brackets that an IPv6 address stands in (RFC 3986 section 3.2.2). */
export function splitAuthority(text: string): {
  readonly host: string;
  readonly port: string | undefined;
} {
  const colon = text.indexOf(":", text.lastIndexOf("]") + 1);
  const written = colon === -1 ? text : text.slice(0, colon);
  const isIpv6 = written.startsWith("[") && written.includes(":");
  return {
    host: isIpv6 ? written.slice(1, -1) : written,
    port: colon === -1 ? undefined : text.slice(colon + 1),
  };
}

/** Where a server with those settings listens. */
export function addressOf(settings: {
  readonly listen: Address | undefined;
  readonly host: string;
  readonly port: number;
}): Address {
  return settings.listen ?? { kind: "tcp", host: settings.host, port: settings.port };
}

/** Where a server listens, as the log tells it. */
export function describePlace(place: Place): Fields {
  switch (place.kind) {
    case "tcp":
      return { host: place.host, port: place.port };
    case "unix":
      return { socket: place.path };
    case "handed_over":
      return { descriptor: place.descriptor };
  }
}

/** Whether only this machine can reach the address. */
export function isLocal(address: Address): boolean {
  return address.kind === "unix" || isLoopback(address.host);
}
