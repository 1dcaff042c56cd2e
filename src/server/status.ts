/** What `/status` tells: the session's state, and not one value. */

import type { SessionState } from "../claim/session.ts";
import { VERSION } from "../version.ts";

export interface Status {
  readonly state: SessionState;
  readonly pid: number;
  readonly uptimeMs: number;
  /** Names without which a claim is refused. */
  readonly required: readonly string[];
}

export function formatStatus(status: Status): string {
  return `${JSON.stringify({
    state: status.state,
    version: VERSION,
    pid: status.pid,
    uptime_seconds: Math.floor(status.uptimeMs) / 1000,
    required: status.required,
  })}\n`;
}
