/** What went wrong in the latest commit: what the invariants need to know to say what may follow. */

import type { Outcome } from "../../src/host.ts";
import type { FileCall } from "./faults.ts";
import { isTemporaryOf, type SimulatedTarget } from "./targets.ts";

/** What the latest commit has done to one target. */
export class TargetNotes {
  readonly target: SimulatedTarget;
  /** Its old file could get no second name. */
  isWithoutBackup = false;
  /** It could not be read either, so that nothing can put it back. */
  isLost = false;
  /** A call that puts the old content back has failed: what stands at the target is open. */
  rollbackFailed = false;
  /** The target itself is open for writing: the one time in which a reader may see a part. */
  isInPlace = false;
  /** The mode of the target could not be set in place, or not be set back. */
  modeFailed = false;
  /** The target, written in place, could not be given back to its owner. */
  ownerFailed = false;
  /** Something else than before has stood there. */
  isTouched = false;
  wasWritten = false;
  hasTriedRename = false;

  constructor(target: SimulatedTarget) {
    this.target = target;
  }

  /** Its old bytes may be lost. */
  get mayBeTorn(): boolean {
    return this.wasWritten && this.rollbackFailed;
  }
}

const TIDYING_CALLS: readonly FileCall[] = ["list", "removeDirectory", "checkDirectory", "examine"];
const IN_PLACE_CALLS: readonly FileCall[] = ["write", "truncate", "setMode", "setOwner"];
/** Stands in the name of the file by which a start finds out whether it may give files away. */
const PROBE = "0".repeat(32);

export class CommitNotes {
  readonly #targets: readonly SimulatedTarget[];
  #notes: readonly TargetNotes[];
  #unguessable = "";
  /** A call has failed so that the commit has to fail; those that look or tidy up are not among them. */
  hasFailed = false;
  /** Commits that have begun so far. */
  commits = 0;
  /** For each target in their order, whether its directory could be listed at the start. */
  readonly listings: boolean[] = [];

  constructor(targets: readonly SimulatedTarget[]) {
    this.#targets = targets;
    this.#notes = targets.map((target) => new TargetNotes(target));
  }

  of(target: SimulatedTarget): TargetNotes {
    return this.#notes.find((notes) => notes.target === target) ?? new TargetNotes(target);
  }

  /** Notes how `call` ended. */
  observe(call: FileCall, paths: readonly string[], outcome: Outcome): void {
    const [path = ""] = paths;
    if (path.endsWith(PROBE)) return;
    if (call === "create" || call === "createDirectory") this.#begin(path);
    const isTop = this.#targets.some(({ directory }) => directory === path);
    if (call === "list" && isTop) this.listings.push(outcome.ok);
    const hadFailed = this.hasFailed;
    for (const notes of this.#notes) {
      const isAbout = paths.some((each) => isAboutTarget(notes.target, each));
      if (!isAbout) continue;
      const isItself = paths.includes(notes.target.path);
      if (outcome.ok && isItself) this.#observeChange(notes, call);
      if (!outcome.ok) {
        this.#observeFailure(notes, { call, isItself, errno: outcome.problem, path }, hadFailed);
      }
      if (call === "close" && isItself) notes.isInPlace = false;
    }
  }

  /** Each commit has temporary names of its own. */
  #begin(path: string): void {
    const [, unguessable = ""] = /startup-server-([0-9a-f]{32})/.exec(path) ?? [];
    if (unguessable === this.#unguessable) return;
    this.#unguessable = unguessable;
    this.commits += 1;
    this.hasFailed = false;
    this.#notes = this.#targets.map((target) => new TargetNotes(target));
  }

  #observeChange(notes: TargetNotes, call: FileCall): void {
    if (call === "openExisting") notes.isInPlace = true;
    if (call === "rename") notes.isTouched = true;
    if (IN_PLACE_CALLS.includes(call)) {
      notes.isTouched = true;
      notes.wasWritten = true;
    }
  }

  #observeFailure(notes: TargetNotes, failure: Failure, hadFailed: boolean): void {
    const { call, isItself, errno } = failure;
    if (TIDYING_CALLS.includes(call)) return;
    if (call === "link") {
      notes.isWithoutBackup ||= errno !== "ENOENT";
    } else if (isItself && call === "setMode") notes.modeFailed = true;
    else if (isItself && call === "setOwner" && hadFailed) notes.ownerFailed = true;
    else if (isItself && call === "close") return;
    else if (!hadFailed) this.#observeForward(notes, failure);
    else {
      const isTidying = call === "setDirectoryMode" || (call === "remove" && !isItself);
      if (notes.isTouched && !isTidying && errno !== "ENOENT") notes.rollbackFailed = true;
    }
  }

  #observeForward(notes: TargetNotes, { call, errno, path }: Failure): void {
    if (call === "remove" || path.endsWith(".old")) return;
    if ((call === "openExisting" || call === "read") && !notes.hasTriedRename) {
      notes.isLost ||= notes.isWithoutBackup;
      return;
    }
    if (call === "rename") {
      notes.hasTriedRename = true;
      const isInPlaceNext = notes.target.dialect !== "files" && MOUNTED.includes(errno);
      if (errno === "ENOENT" || isInPlaceNext) return;
    }
    this.hasFailed = true;
  }
}

/** A call that has failed, and whether it was for the target itself. */
interface Failure {
  readonly call: FileCall;
  readonly isItself: boolean;
  readonly errno: string;
  readonly path: string;
}

const MOUNTED = ["EBUSY", "EXDEV"];

function isAboutTarget(target: SimulatedTarget, path: string): boolean {
  return path === target.path || path === target.directory || isTemporaryOf(target, path);
}
