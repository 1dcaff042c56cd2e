/** Whether the server that listens now is the one to which something was sent earlier. */

import type { Answered } from "./answer.ts";
import { asCount, asText, parseFields } from "./json-fields.ts";

/** What `/status` says of a server's life. */
export interface Life {
  readonly isClaimed: boolean;
  /** Rounded down to a millisecond. */
  readonly uptimeMs: number;
}

/** Undefined where the answer is not that of a server with a `/status`. */
export function readLife(answer: Answered): Life | undefined {
  if (answer.status !== 200) return undefined;
  const fields = parseFields(answer.text);
  const state = asText(fields?.["state"]);
  const uptimeSeconds = asCount(fields?.["uptime_seconds"]);
  if (state === undefined || uptimeSeconds === undefined) return undefined;
  return { isClaimed: state === "claimed", uptimeMs: uptimeSeconds * 1000 };
}

/**
 * Whether a server that told its uptime between `askedMs` and `heardMs` had begun to live before
 * `sinceMs`, all on one clock. `unclear`: the question took too long to tell.
 */
export function compareLives(
  uptimeMs: number,
  asked: { readonly askedMs: number; readonly heardMs: number },
  sinceMs: number,
): "same" | "another" | "unclear" {
  const latestStartMs = asked.heardMs - uptimeMs;
  const earliestStartMs = asked.askedMs - uptimeMs - 1;
  if (latestStartMs <= sinceMs) return "same";
  return earliestStartMs > sinceMs ? "another" : "unclear";
}
