/**
 * Faults of the program that this simulation has found and that are still open. Each is let pass in
 * its exact circumstances; take it out once it is fixed, and the simulation holds the program to it.
 */

import type { CommitNotes } from "./commit-notes.ts";

/** Circumstances in which a claim is refused with 500 and its file stands all the same. */
const APPLIED_THOUGH_REFUSED: readonly ((notes: CommitNotes) => boolean)[] = [
  // Written in place and synced, then close(2) fails: the answer is 500, nothing is put back.
  (notes) => notes.failedAtCloseInPlace,
  // The old file could get no second name, then the directory cannot be synced: it is lost.
  (notes) => notes.isWithoutBackup && notes.directorySyncFailed,
];

/** Circumstances in which a refused claim leaves the old file with another mode. */
const MODE_CHANGED_THOUGH_REFUSED: readonly ((notes: CommitNotes) => boolean)[] = [
  // The mode is set before the bytes are written in place, and stays where writing fails.
  (notes) => notes.wasInPlace,
];

export function mayApplyThoughRefused(notes: CommitNotes): boolean {
  return APPLIED_THOUGH_REFUSED.some((matches) => matches(notes));
}

export function mayChangeModeThoughRefused(notes: CommitNotes): boolean {
  return MODE_CHANGED_THOUGH_REFUSED.some((matches) => matches(notes));
}

/** Whether the program may cut off the 408 that a caller is being sent who ends meanwhile. */
export function mayCutOff(lastStatus: number, hasCallerEnded: boolean): boolean {
  return lastStatus === 408 && hasCallerEnded;
}
