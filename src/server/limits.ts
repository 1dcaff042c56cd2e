/** What a caller may cost: sizes, times, connections. */

import type { RequestLimits } from "../http/request-parser.ts";

export interface Limits extends RequestLimits {
  /** From the connection's first moment, or a request's first byte, to its last byte. */
  readonly requestTimeoutMs: number;
  /** Between two requests on one connection. */
  readonly idleTimeoutMs: number;
  /** How long an answer may stay unread, and a refused caller may go on sending. */
  readonly lingerMs: number;
  readonly maxConnections: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxTargetBytes: 1024 * 1024,
  maxHeaderBytes: 32 * 1024,
  maxBodyBytes: 1024 * 1024,
  requestTimeoutMs: 10_000,
  idleTimeoutMs: 30_000,
  lingerMs: 2_000,
  maxConnections: 128,
};
