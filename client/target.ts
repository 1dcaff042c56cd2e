/** Where a server's routes are, from the one URL by which a caller names it. */

import { resolve } from "node:path";
import { parseAddress, UNIX } from "../src/address.ts";
import { accept, refuse, type Result } from "../src/result.ts";

/** The routes of one generation: the original's, or those under `/startup`. */
export interface Target {
  readonly claim: URL;
  readonly health: URL;
  readonly status: URL;
  /** The socket file over which it is reached; undefined where the URLs say where. */
  readonly socketPath: string | undefined;
}

const EXPECTED =
  "expected an http or https URL without user, query and fragment, such as http://10.0.0.7:8081, or unix:PATH of at most 107 bytes";

const SUCCESSOR = "/startup/inject";

/**
 * `unix:PATH` means the original's routes, over a socket file. A URL that ends in `/startup/inject`
 * means the successor's routes, any other the original's below its path. What is refused is not
 * quoted: it may be a secret that stands in the wrong place.
 */
export function parseTarget(text: string): Result<Target, string> {
  if (text.startsWith(UNIX)) return parseSocketPath(text);
  const url = parseUrl(text);
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) return refuse(EXPECTED);
  if (url.username !== "" || url.password !== "") return refuse(EXPECTED);
  // An empty query or fragment is not in `search` or `hash`, but in the text.
  if (text.includes("?") || text.includes("#")) return refuse(EXPECTED);
  if (url.pathname.endsWith(`${SUCCESSOR}/`)) url.pathname = url.pathname.slice(0, -1);
  const isSuccessor = url.pathname.endsWith(SUCCESSOR);
  if (!isSuccessor && !url.pathname.endsWith("/")) url.pathname += "/";
  return accept({
    claim: url,
    health: new URL("heart_beat", url),
    status: new URL(isSuccessor ? "../status" : "status", url),
    socketPath: undefined,
  });
}

/** A longer path than the system takes would be cut, and be another one (unix(7)). */
function parseSocketPath(text: string): Result<Target, string> {
  const address = parseAddress(text);
  if (!address.ok || address.value.kind !== "unix") return refuse(EXPECTED);
  const claim = new URL("http://localhost/");
  return accept({
    claim,
    health: new URL("heart_beat", claim),
    status: new URL("status", claim),
    socketPath: address.value.path,
  });
}

/** What is the same for two ways to name the same server: both pairs of routes have one status. */
export function keyOf(target: Target): string {
  return target.socketPath === undefined ? target.status.href : UNIX + resolve(target.socketPath);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
