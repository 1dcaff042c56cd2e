/** Checks one target: at every instant, between two events, after a crash, at the end. */

import type { Owner } from "../../src/host.ts";
import type { CommitNotes } from "./commit-notes.ts";
import type { SimulatedEnvironment } from "./environments.ts";
import { type Inode, SELF, type SimulatedDisk, split } from "./simulated-disk.ts";
import {
  type Content,
  contentOf,
  holds,
  isEqual,
  isTemporaryOf,
  type SimulatedTarget,
} from "./targets.ts";
import type { Invariant, Violations } from "./violation.ts";

export interface TargetJudgeParts {
  readonly disk: SimulatedDisk;
  readonly notes: CommitNotes;
  readonly violations: Violations;
  readonly target: SimulatedTarget;
  /** The mode that the settings ask for. */
  readonly mode: number;
  /** The owner that the settings ask for. */
  readonly owner: Owner | undefined;
  readonly environments: readonly SimulatedEnvironment[];
}

/** What stood at the target before. */
interface Old {
  readonly inode: Inode;
  readonly mode: number;
  readonly owner: Owner;
  readonly content: Content;
}

export class TargetJudge {
  readonly #parts: TargetJudgeParts;
  #old: Old | undefined;
  /** The old directory, where a killed predecessor had moved it aside and put nothing in its place. */
  readonly #aside: readonly Inode[];
  /** What stands at the target is open, since more failed than any program could undo. */
  #isOpen = false;
  #mayBeTorn = false;
  #isModeOpen = false;
  #isOwnerOpen = false;

  constructor(parts: TargetJudgeParts) {
    this.#parts = parts;
    const { disk, target } = parts;
    this.#old = oldOf(disk.find(target.path));
    this.#aside = this.#old === undefined ? asideOf(disk, target) : [];
  }

  get oldInode(): Inode | undefined {
    return this.#old?.inode;
  }

  /** Whether that file is the old one, or the part of it that has been put back from memory so far. */
  isPutBack(inode: Inode): boolean {
    const old = this.#old;
    if (old === undefined || inode.mode !== old.mode) return false;
    const { content } = old;
    if (!(content instanceof Uint8Array)) return false;
    return isEqual(inode.bytes, content.subarray(0, inode.bytes.length));
  }

  /** After each call that may change the disk: what a reader sees, and what a power cut would leave. */
  checkInstant(): void {
    const { disk, target } = this.#parts;
    const notes = this.#parts.notes.of(target);
    if (notes.isInPlace || notes.mayBeTorn || this.#mayBeTorn) return;
    this.#adoptAside();
    if (!this.#isAllowed(disk.find(target.path), "visible")) {
      this.#report(
        "absent_old_or_whole",
        "a reader sees neither the old content nor a whole new one",
      );
    }
    // A new directory that was withdrawn is emptied, though its name may come back.
    if (target.dialect === "files" && (this.#isOpen || notes.rollbackFailed)) return;
    for (const inode of disk.findPossible(target.path)) {
      if (this.#isAllowed(inode, "durable")) continue;
      this.#report(
        "absent_old_or_whole",
        "a power cut would leave neither the old nor a whole one",
      );
    }
  }

  /** Notes what a commit that is over has left open. */
  endCommit(hasWinner: boolean): void {
    const { notes: all, target } = this.#parts;
    const notes = all.of(target);
    this.#mayBeTorn ||= notes.mayBeTorn && !hasWinner;
    const isLost = notes.isLost && notes.isTouched && all.hasFailed;
    this.#isOpen ||= notes.rollbackFailed || this.#mayBeTorn || isLost;
    this.#isModeOpen ||= notes.modeFailed;
    this.#isOwnerOpen ||= notes.ownerFailed;
    this.#adoptAside();
  }

  /** The target holds exactly that environment, now and after any power cut. */
  checkDurable(environment: SimulatedEnvironment): void {
    const { disk, target } = this.#parts;
    const content = contentOf(environment, target);
    if (!holds(disk.find(target.path), content, "visible")) {
      this.#report("durable_before_200", "a reader does not see the acknowledged environment");
    }
    for (const inode of disk.findPossible(target.path)) {
      if (!holds(inode, content, "durable")) {
        this.#report("durable_before_200", "a power cut would lose the acknowledged environment");
      }
    }
  }

  /** What a process finds that starts after the crash. */
  checkSurviving(surviving: SimulatedDisk, winner: SimulatedEnvironment | undefined): void {
    const { target } = this.#parts;
    const notes = this.#parts.notes.of(target);
    if (notes.isInPlace || notes.mayBeTorn || this.#mayBeTorn) return;
    // The process may have died in the very call that put the old directory back.
    this.#adoptAside();
    const inode = surviving.find(target.path);
    if (winner !== undefined && !holds(inode, contentOf(winner, target), "visible")) {
      this.#report("durable_before_200", "the crash lost the acknowledged environment");
    }
    if (this.#isOpen || notes.rollbackFailed) return;
    if (!this.#isAllowed(inode, "visible")) {
      this.#report("absent_old_or_whole", "after the crash the target is neither old nor whole");
    }
    const old = this.#old;
    if (inode !== undefined || old?.inode.kind !== "directory") return;
    const isKept = asideOf(surviving, target).some((aside) => holds(aside, old.content, "visible"));
    if (!isKept) this.#report("absent_old_or_whole", "the crash lost the old directory");
  }

  checkWinner(winner: SimulatedEnvironment): void {
    const { disk, target, mode, owner } = this.#parts;
    this.checkDurable(winner);
    const inode = disk.find(target.path);
    const expected = target.dialect === "files" ? searchable(mode) : mode;
    const modes = [...(inode?.entries.inodes.values() ?? [])].map((member) => member.mode);
    const isRight = inode?.mode === expected && modes.every((each) => each === mode);
    const all = inode === undefined ? [] : [inode, ...inode.entries.inodes.values()];
    // What is written in place stays whose it was.
    const otherwise = inode === this.#old?.inode ? this.#old?.owner : SELF;
    if (!all.every((each) => hasOwner(each, owner, otherwise))) {
      this.#report("private_mode", "an output is not the owner's whom the settings name");
    }
    if (!isRight && !this.#parts.notes.of(target).modeFailed) {
      this.#report("private_mode", "an output has not the mode of the settings");
    }
  }

  checkUntouched(): void {
    if (this.#isOpen) return;
    const { disk, target } = this.#parts;
    const visible = disk.find(target.path);
    if (!this.#isOld(visible, "visible")) {
      this.#report("nothing_applied_by_a_refusal", "the target is not what it was");
    }
    for (const inode of disk.findPossible(target.path)) {
      const mayBeAside = inode === undefined && this.#old !== undefined && this.#aside.length > 0;
      if (!this.#isOld(inode, "durable") && !mayBeAside) {
        this.#report("nothing_applied_by_a_refusal", "after a power cut the target may be another");
      }
    }
    if (visible !== undefined && visible.mode !== this.#old?.mode && !this.#isModeOpen) {
      this.#report("nothing_applied_by_a_refusal", "the target's mode is not what it was");
    }
    if (visible !== undefined && !hasOwner(visible, this.#old?.owner) && !this.#isOwnerOpen) {
      this.#report("nothing_applied_by_a_refusal", "the target's owner is not who it was");
    }
  }

  /** Whether the start has put a directory back that stood aside, where there was one. */
  checkAside(): void {
    const { disk, target } = this.#parts;
    if (this.#aside.length > 0 && disk.find(target.path) === undefined) {
      this.#report("absent_old_or_whole", "the start has not put the old directory back");
    }
  }

  #adoptAside(): void {
    if (this.#old !== undefined) return;
    const visible = this.#parts.disk.find(this.#parts.target.path);
    if (visible !== undefined && this.#aside.includes(visible)) this.#old = oldOf(visible);
  }

  /** A directory is absent for an instant, while the old one steps aside. */
  #isAllowed(inode: Inode | undefined, view: "visible" | "durable"): boolean {
    const { target, environments } = this.#parts;
    if (this.#isOld(inode, view)) return true;
    if (inode === undefined) return target.dialect === "files";
    return environments.some((each) => holds(inode, contentOf(each, target), view));
  }

  #isOld(inode: Inode | undefined, view: "visible" | "durable"): boolean {
    const old = this.#old;
    if (inode === undefined || old === undefined) return inode === old;
    if (inode.kind === "symlink" || old.inode.kind === "symlink") return inode === old.inode;
    return holds(inode, old.content, view);
  }

  #report(invariant: Invariant, detail: string): void {
    this.#parts.violations.report(invariant, `${this.#parts.target.setting}: ${detail}`);
  }
}

function oldOf(inode: Inode | undefined): Old | undefined {
  if (inode === undefined) return undefined;
  const { kind, mode, owner, bytes, entries } = inode;
  const files = [...entries.inodes].map(([name, member]) => [name, member.bytes] as const);
  return { inode, mode, owner, content: kind === "directory" ? new Map(files) : bytes };
}

/** Directories under the name that a commit gives them while it replaces them. */
function asideOf(disk: SimulatedDisk, target: SimulatedTarget): readonly Inode[] {
  if (target.dialect !== "files") return [];
  const [directory] = split(target.path);
  const inodes = disk.directoryAt(directory)?.inodes ?? new Map<string, Inode>();
  return [...inodes].flatMap(([name, inode]) => {
    const isAside = name.endsWith(".old") && isTemporaryOf(target, `${directory}/${name}`);
    return isAside && inode.kind === "directory" ? [inode] : [];
  });
}

/** Whether it belongs to whom the settings name; what they leave open is as in `otherwise`. */
export function hasOwner(
  inode: Inode | undefined,
  { user, group }: Owner = UNNAMED,
  otherwise: Owner = SELF,
): boolean {
  const isOfUser = inode?.owner.user === (user === -1 ? otherwise.user : user);
  return isOfUser && inode?.owner.group === (group === -1 ? otherwise.group : group);
}

const UNNAMED: Owner = { user: -1, group: -1 };

/** Whoever may read the files may search their directory. */
export function searchable(mode: number): number {
  return mode | ((mode & 0o444) >> 2);
}
