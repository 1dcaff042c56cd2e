/** What a call of claim() takes. */

/** Names with their values: as an object, or as pairs, whose order is the env file's. */
export type Variables =
  | Readonly<Record<string, string>>
  | Iterable<readonly [name: string, value: string]>;

export interface ClaimOptions {
  /** The server's token. */
  readonly token?: string | undefined;
  /** How long the whole claim may take, the waiting for the server included. One minute. */
  readonly deadlineMs?: number | undefined;
  /** How long one request may take. Ten seconds. */
  readonly attemptMs?: number | undefined;
  /** Aborted, it ends the claim: as `unreachable` where nothing was sent, else as `unknown`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `json`, unless it is `query`, for the older generations, which take nothing but GET: the claim
   * is then sent once and never again, and its outcome cannot be verified.
   */
  readonly generation?: "json" | "query" | undefined;
  /**
   * Where an earlier claim of the same environment ended as `unknown`: its `sentAtMs`. Nothing is
   * then sent but to the same server, if it is still there.
   */
  readonly sentAtMs?: number | undefined;
}
