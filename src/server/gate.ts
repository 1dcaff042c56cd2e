/** Decides who may claim: the token's holder, and never a web page of another origin. */

import { encodeUtf8 } from "../bytes/primitives.ts";
import type { Secret } from "../claim/variable.ts";
import type { Host } from "../host.ts";
import type { RequestHead } from "../http/request.ts";
import type { Log } from "../log.ts";
import type { Problem } from "../problems.ts";

/** Wrong tokens are answered one in so many milliseconds, over all connections, while few wait. */
const FAILURE_INTERVAL_MS = 200;

/** Nobody waits longer than that, or many who guess would keep one who errs from hearing so. */
const MAX_FAILURE_DELAY_MS = 2_000;

export class Gate {
  readonly #host: Host;
  readonly #log: Log;
  readonly #tokenDigest: Uint8Array | undefined;
  #lastFailureMs = 0;

  /** Without a token whoever reaches the server may claim, but for browsers. */
  constructor(host: Host, log: Log, token: Secret | undefined) {
    this.#host = host;
    this.#log = log;
    this.#tokenDigest = token && host.sha256(encodeUtf8(token.reveal()));
  }

  /** Why this caller may not claim; undefined where it may. */
  check(head: RequestHead): Problem | undefined {
    const problem = this.#checkToken(head) ?? checkOrigin(head);
    if (problem !== undefined) this.#log.write("warn", "claim refused", { code: problem.code });
    return problem;
  }

  #checkToken(head: RequestHead): Problem | undefined {
    if (this.#tokenDigest === undefined || this.#isTokenOf(head, this.#tokenDigest))
      return undefined;
    const nowMs = this.#host.monotonicMs();
    const nextMs = Math.max(nowMs, this.#lastFailureMs) + FAILURE_INTERVAL_MS;
    this.#lastFailureMs = Math.min(nextMs, nowMs + MAX_FAILURE_DELAY_MS);
    return {
      code: "unauthorized",
      headers: [["WWW-Authenticate", 'Bearer realm="startup-server"']],
      notBeforeMs: this.#lastFailureMs,
    };
  }

  /** Digests are compared, in a time that depends neither on the token nor on its length. */
  #isTokenOf(head: RequestHead, expected: Uint8Array): boolean {
    const authorization = head.headers.single("authorization") ?? "";
    const scheme = authorization.slice(0, "Bearer ".length).toLowerCase();
    const given = scheme === "bearer " ? authorization.slice("Bearer ".length) : "";
    const digest = this.#host.sha256(encodeUtf8(given));
    let difference = 0;
    for (const [index, byte] of digest.entries()) difference |= byte ^ (expected[index] ?? -1);
    return difference === 0;
  }
}

/**
 * Browsers say where a request comes from (Fetch Metadata, section 2; RFC 6454 section 7), and that
 * it is a prefetch. A page must not claim somebody's container, nor a hovered link spend it.
 */
function checkOrigin(head: RequestHead): Problem | undefined {
  const { headers } = head;
  const sites = headers.list("sec-fetch-site");
  const isForeignSite = sites.some((site) => site !== "same-origin" && site !== "none");
  const isForeignOrigin = headers.all("origin").some((origin) => !isOwn(origin, head));
  const isPrefetch = ["sec-purpose", "purpose", "x-purpose", "x-moz"].some((name) =>
    headers.has(name),
  );
  return isForeignSite || isForeignOrigin || isPrefetch ? { code: "foreign_origin" } : undefined;
}

function isOwn(origin: string, head: RequestHead): boolean {
  const separator = origin.indexOf("://");
  const host = head.headers.single("host");
  if (separator === -1 || host === undefined) return false;
  return withoutPort80(origin.slice(separator + 3)) === withoutPort80(host);
}

/** Authorities are compared without case, and without the port that http means anyway. */
function withoutPort80(authority: string): string {
  const lower = authority.toLowerCase();
  return lower.endsWith(":80") ? lower.slice(0, -":80".length) : lower;
}
