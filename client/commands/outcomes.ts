/** What each outcome means, what to do in it, and how a run with it ends: README's table and the exit status. */

import type { Outcome } from "../outcome.ts";

export type OutcomeName = Outcome["outcome"];

interface Row {
  readonly means: string;
  readonly todo: string;
  /** What a later run with --resume does. */
  readonly resume: "skip" | "claim" | "ask";
  /** How a run ends in which nothing is worse. */
  readonly status: 0 | 1 | 2;
}

export const OUTCOMES: Readonly<Record<OutcomeName, Row>> = {
  claimed: {
    means:
      "The server has this environment, durably. `verified`: the digest of what it wrote is the one computed here",
    todo: "Go on. Where it could not be verified (`no_receipt`, `unknown_dialect`, `no_output`), that is as much as can be known",
    resume: "skip",
    status: 0,
  },
  refused: {
    means: "Not applied, for the reasons in `problem`. The server still waits",
    todo: "Correct what `problem` names and claim again; behind `commit_failed` take another container, and look at the disk of this one",
    resume: "claim",
    status: 1,
  },
  taken: {
    means: "Another environment has won this server. Nothing of this one was written",
    todo: "Take another container",
    resume: "skip",
    status: 1,
  },
  unreachable: {
    means:
      "Nothing was sent: the server was not healthy within the deadline, or the claim was aborted before",
    todo: "Take another container, or claim again: nothing has been spent",
    resume: "claim",
    status: 1,
  },
  unknown: {
    means:
      "Sent, but the answer was lost and the server cannot be asked any more, or it was `OK` without a receipt (`no_receipt`), as of an older generation that may not have read what was posted; `evidence` says what is known: `accepted` (the answer began with 200), `claimed` (somebody's environment is durable there) or `none`",
    todo: "Do not give the job to another container before this one is known not to run it, or is gone: look at the workload, or destroy the container",
    resume: "ask",
    status: 2,
  },
  mismatched: {
    means: "The server took the claim, and says that it wrote something else than this environment",
    todo: "Destroy the container, and compare the versions of client and server",
    resume: "skip",
    status: 2,
  },
};
