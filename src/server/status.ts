/** What `/status` tells: the session's state, and not one value. */

import type { SessionState } from "../claim/session.ts";
import { VERSION } from "../version.ts";

export interface Status {
  readonly state: SessionState;
  readonly pid: number;
  readonly uptimeMs: number;
}

export function formatStatus(status: Status): string {
  const { state, pid, uptimeMs } = status;
  const uptimeSeconds = Math.floor(uptimeMs) / 1000;
  return `${JSON.stringify({ state, version: VERSION, pid, uptime_seconds: uptimeSeconds, required: [] })}\n`;
}
