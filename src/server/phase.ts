/** What a connection is at. */

/**
 * `reading`: waits for a request or for the rest of one. `holding`: has an answer that is not given
 * yet. `yielding`: has sent its last answer and leaves it to the caller to close first, since
 * TIME_WAIT would keep our port from the workload. `lingering`: has half-closed and waits for the
 * caller to close, so that no reset cuts the answer off (RFC 9112 section 9.6).
 */
export type Phase = "reading" | "holding" | "yielding" | "lingering" | "closed";
