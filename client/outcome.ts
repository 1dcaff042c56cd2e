/** How a claim can end, and nothing else: every outcome is a value, and none holds a secret. */

import type { ProblemCode, VariableProblemCode } from "../src/problems.ts";

export type Outcome = Claimed | Mismatched | Refused | Taken | Unknown | Unreachable;

/** What every outcome tells of how it was come to. */
export interface Course {
  /** What the claim was called in every request (`X-Request-ID`), and in the server's log. */
  readonly requestId: string;
  /** How often the environment was sent, or may have been. */
  readonly attempts: number;
  readonly durationMs: number;
}

/**
 * The server has this environment, and it is durable. Verified: what the server says it wrote is, by
 * digest, what its dialects make of this environment.
 */
export type Claimed = Course & { readonly outcome: "claimed" } & (
    | { readonly verified: true; readonly receipt: ClaimReceipt }
    | {
        readonly verified: false;
        readonly receipt: ClaimReceipt | undefined;
        readonly reason: Unverified;
      }
  );

/**
 * `no_receipt`: the server said OK and no more, as the older generations do. `unknown_dialect`: an
 * output is in a dialect that this client does not know. `no_output`: the server writes no file, and
 * its names are the ones that were sent.
 */
export type Unverified = "no_receipt" | "unknown_dialect" | "no_output";

/** The server says that it took this claim, and that it wrote something else: do not use it. */
export interface Mismatched extends Course {
  readonly outcome: "mismatched";
  readonly receipt: ClaimReceipt;
  /** `names`, or the paths of the outputs that differ. */
  readonly differing: readonly string[];
}

/** The claim was not applied, and this says why. The server still waits. */
export interface Refused extends Course {
  readonly outcome: "refused";
  /** `client`: it was not sent, since no server takes such an environment. */
  readonly by: "server" | "client";
  readonly problem: ClaimProblem;
}

/** Another environment has won. Nothing of this one was written. */
export interface Taken extends Course {
  readonly outcome: "taken";
  readonly problem: ClaimProblem;
}

/** It was sent, and whether it was applied cannot be found out. */
export interface Unknown extends Course {
  readonly outcome: "unknown";
  /**
   * `server_gone`: nobody listens there any more, as behind every claim. `another_server`: one that
   * has started since, or something else, listens there now. `answer_lost`: an older generation
   * cannot be asked. `no_receipt`: something said OK, and not what it took, as the older generations
   * do where they do not read what is posted. `deadline`, `aborted`: it was not waited for any longer.
   */
  readonly reason:
    | "server_gone"
    | "another_server"
    | "answer_lost"
    | "no_receipt"
    | "deadline"
    | "aborted";
  /**
   * `accepted`: the answer began with 200, which is said only of this environment and when it is
   * durable; its receipt was lost. `claimed`: behind the sending, the server said that it is
   * claimed, by whichever environment. `none`: there is no trace.
   */
  readonly evidence: "accepted" | "claimed" | "none";
  /**
   * What went wrong last: an errno's name, `TIMEOUT`, or the status of an answer that was none. A
   * request that the deadline or the caller cut short counts only where nothing else was heard.
   */
  readonly lastFailure: string;
  /** When it was first sent, in milliseconds since 1970: what `sentAtMs` of a later claim takes. */
  readonly sentAtMs: number;
}

/** Nothing was sent: the server never answered its health check. */
export interface Unreachable extends Course {
  readonly outcome: "unreachable";
  readonly reason: "deadline" | "aborted";
  /** As for `unknown`. */
  readonly lastFailure: string;
}

/** Why a claim was refused (RFC 9457). */
export interface ClaimProblem {
  /** `unrecognized`: not a code of this version's table, or no problem of this server's at all. */
  readonly code: ProblemCode | "unrecognized";
  /** The answer's status; 0 where the client refused. */
  readonly status: number;
  readonly detail: string;
  readonly variables: readonly ClaimVariableProblem[];
}

export interface ClaimVariableProblem {
  readonly name: string;
  readonly code: VariableProblemCode | "unrecognized";
  readonly reason: string;
}

/** The server's receipt: what it wrote, and not one value. */
export interface ClaimReceipt {
  readonly names: readonly string[];
  readonly outputs: readonly ClaimOutput[];
  /** The request id of the claim that won, which is another one's where this one repeats it. */
  readonly requestId: string;
  readonly replayed: boolean;
}

export interface ClaimOutput {
  readonly file: string;
  readonly dialect: string;
  readonly length: number;
  /** Lower-case hexadecimal SHA-256. */
  readonly sha256: string;
  readonly uncommonNames: readonly string[];
}
