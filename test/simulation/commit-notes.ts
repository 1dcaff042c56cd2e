/** What went wrong in the latest commit: what the invariants need to know to say what may follow. */

import type { Outcome } from "../../src/host.ts";
import type { FileCall } from "./faults.ts";

export class CommitNotes {
  /** Calls that failed so that the commit may fail; those that look or tidy up are not among them. */
  failures = 0;
  /** Commits that have begun so far. */
  commits = 0;
  /** The directory has been listed, so that leftovers in it are known. */
  hasListed = false;
  /** There is an old file, and it could get no second name. */
  isWithoutBackup = false;
  /** It could not be read either, so that nothing can put it back. */
  isLost = false;
  directorySyncFailed = false;
  /** A call that puts the old file back has failed: what stands at the target is open. */
  rollbackFailed = false;
  /** The target itself is open for writing: the one time in which a reader may see a part. */
  isInPlace = false;
  wasInPlace = false;
  /** The mode of the target could not be set in place, or not be set back. */
  modeFailed = false;
  #isPuttingBack = false;
  #inPlaceFailures = 0;

  /** Notes how `call` ended. */
  observe(call: FileCall, outcome: Outcome): void {
    // Putting the old file back may create one too, before the directory is synced once more.
    if (call === "create" && !this.#isPuttingBack) this.#startOver();
    if (call === "syncDirectory") this.#isPuttingBack = !this.#isPuttingBack && !outcome.ok;
    if (call === "openExisting" && outcome.ok) {
      this.isInPlace = true;
      this.wasInPlace = true;
    }
    if (call === "list" && outcome.ok) this.hasListed = true;
    if (!outcome.ok) this.#observeFailure(call, outcome.problem);
    if (call === "close") this.isInPlace = false;
  }

  /** More than one call on the target itself has failed, so that its old bytes may be lost. */
  get mayBeTorn(): boolean {
    return this.wasInPlace && this.#inPlaceFailures > 1;
  }

  #observeFailure(call: FileCall, errno: string): void {
    if (call !== "link" && call !== "remove") this.failures += 1;
    if (call === "link" && errno !== "ENOENT") this.isWithoutBackup = true;
    if (this.isInPlace && call === "setMode") this.modeFailed = true;
    else if (this.isInPlace && call !== "close") this.#inPlaceFailures += 1;
    if (this.isWithoutBackup && (call === "openExisting" || call === "read")) this.isLost = true;
    if (this.directorySyncFailed && errno !== "ENOENT") this.rollbackFailed = true;
    if (call === "syncDirectory") this.directorySyncFailed = true;
  }

  #startOver(): void {
    this.commits += 1;
    this.failures = 0;
    this.isWithoutBackup = false;
    this.isLost = false;
    this.directorySyncFailed = false;
    this.rollbackFailed = false;
    this.isInPlace = false;
    this.wasInPlace = false;
    this.#inPlaceFailures = 0;
    this.modeFailed = false;
  }
}
