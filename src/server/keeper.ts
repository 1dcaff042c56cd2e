/** What a connection needs of the server that it belongs to. */

import type { Host } from "../host.ts";
import type { Application } from "./application.ts";
import type { Connection } from "./connection.ts";
import type { Limits } from "./limits.ts";
import type { Recall } from "./recall.ts";

export interface Keeper {
  readonly host: Pick<Host, "monotonicMs" | "epochMs" | "randomUuid">;
  readonly application: Application;
  readonly limits: Limits;
  readonly recall: Recall;
  /** Whether every answer is now a connection's last. */
  readonly isLeaving: boolean;
  /** The connection has a deadline at that time, perhaps sooner than any other. */
  schedule(deadlineMs: number): void;
  /** The connection holds so many more bytes of an unfinished request, or fewer. */
  holds(moreBytes: number): void;
  /** An answer has been given to the socket. */
  answered(): void;
  /** The connection is over. */
  closed(connection: Connection): void;
}
