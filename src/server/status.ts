/** What `/status` tells, at once or once the state has changed: the session's state, and not one value. */

import type { SessionState } from "../claim/session.ts";
import type { Response } from "../http/response.ts";
import { isDigits } from "../http/syntax.ts";
import type { Problem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";
import { VERSION } from "../version.ts";
import type { Reply, Route } from "./routes.ts";

export interface Status {
  readonly state: SessionState;
  readonly pid: number;
  readonly uptimeMs: number;
  /** Names without which a claim is refused. */
  readonly required: readonly string[];
}

/** Proxies give up on an answer that takes longer. */
export const MAX_WAIT_SECONDS = 60;

/** A route that tells the status, with `?wait=SECONDS` when it changes or the time is up. */
export function statusRoute(tell: () => Status, monotonicMs: () => number): Route {
  const renew = (): Response => ({
    status: 200,
    contentType: "application/json",
    body: formatStatus(tell()),
  });
  return {
    methods: ["GET", "HEAD"],
    check: () => undefined,
    answer: ({ head }): Result<Reply, Problem> => {
      const seconds = parseWait(head.target.query ?? "");
      if (seconds === undefined) return refuse({ code: "malformed_query" });
      if (seconds === 0) return accept(renew());
      const untilMs = monotonicMs() + seconds * 1000;
      return accept({ ...renew(), hold: { kind: "wait", untilMs, renew } });
    },
  };
}

/** Seconds, none where there is no query; undefined where it is anything but one good `wait`. */
function parseWait(query: string): number | undefined {
  if (query === "") return 0;
  const digits = query.startsWith("wait=") ? query.slice("wait=".length) : "";
  const seconds = Number(digits);
  return isDigits(digits) && seconds <= MAX_WAIT_SECONDS ? seconds : undefined;
}

function formatStatus(status: Status): string {
  return `${JSON.stringify({
    state: status.state,
    version: VERSION,
    pid: status.pid,
    uptime_seconds: Math.floor(status.uptimeMs) / 1000,
    required: status.required,
  })}\n`;
}
