/** What a caller may cost: sizes, times, connections. */

import type { RequestLimits } from "../http/request-parser.ts";

export interface Limits extends RequestLimits {
  /** From the connection's first moment, or a request's first byte, to its last byte. */
  readonly requestTimeoutMs: number;
  /** Between two requests on one connection. */
  readonly idleTimeoutMs: number;
  /** Between an answer that is the last and the closing of a connection whose caller does not close. */
  readonly lingerMs: number;
  /** Bytes of unfinished requests, over all connections. */
  readonly maxHeldBytes: number;
  readonly maxConnections: number;
}

/** How long a caller that was refused may go on sending before the connection is cut, unless the drain is longer. */
export const LINGER_MS = 2_000;

/** How long a caller that has its last answer may take to close first. */
export const YIELD_MS = 50;
