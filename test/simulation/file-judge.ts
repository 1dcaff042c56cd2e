/** Checks the directory: at every instant, between two events, after a crash, at the end. */

import type { CommitNotes } from "./commit-notes.ts";
import type { SimulatedEnvironment } from "./environments.ts";
import type { Inode, SimulatedDisk } from "./simulated-disk.ts";
import type { SimulatedFiles } from "./simulated-files.ts";
import type { Invariant, Violations } from "./violation.ts";

export interface FileJudgeParts {
  readonly disk: SimulatedDisk;
  readonly notes: CommitNotes;
  readonly violations: Violations;
  readonly targetName: string;
  /** The mode that the settings ask for. */
  readonly mode: number;
  readonly environments: readonly SimulatedEnvironment[];
  /** Names of killed predecessors' files. */
  readonly leftovers: readonly string[];
}

/** What an inode was when the process began. */
interface Old {
  readonly inode: Inode;
  readonly bytes: Uint8Array;
  readonly mode: number;
}

export class FileJudge {
  readonly #parts: FileJudgeParts;
  readonly #old: Old | undefined;
  readonly #others = new Map<string, Old>();
  winner: SimulatedEnvironment | undefined;
  /** What stands at the target is open, since more failed than any program could undo. */
  #isOpen = false;
  #mayBeTorn = false;
  #isModeOpen = false;

  constructor(parts: FileJudgeParts) {
    this.#parts = parts;
    const { disk, targetName, leftovers } = parts;
    for (const name of disk.names) {
      const inode = disk.find(name);
      if (inode === undefined) continue;
      const old = { inode, bytes: inode.bytes, mode: inode.mode };
      if (name === targetName) this.#old = old;
      else if (!leftovers.includes(name)) this.#others.set(name, old);
    }
  }

  /** After each call that may change the disk: what a reader sees, and what a power cut would leave. */
  checkInstant(): void {
    const { disk, notes, targetName, mode } = this.#parts;
    for (const name of disk.names) {
      const inode = disk.find(name);
      const isOwn = inode !== undefined && !this.#isKnown(name, inode);
      // What is put back, from memory where it had no second name, has the old file's mode.
      const old = this.#old;
      const isPutBack =
        old !== undefined &&
        inode?.mode === old.mode &&
        isEqual(inode.bytes, old.bytes.subarray(0, inode.bytes.length));
      if (isOwn && inode.mode !== 0o600 && inode.mode !== mode && !isPutBack) {
        this.#report("private_mode", `a file has the mode ${inode.mode.toString(8)}`);
      }
    }
    if (notes.isInPlace || notes.mayBeTorn || this.#mayBeTorn) return;
    const visible = disk.find(targetName);
    if (!this.#isOldOrWhole(visible, visible?.bytes)) {
      this.#report("absent_old_or_whole", "a reader sees neither the old file nor a whole new one");
    }
    for (const inode of disk.findPossible(targetName)) {
      if (inode?.pending.length === 0 && this.#isOldOrWhole(inode, inode.durable)) continue;
      if (inode === undefined && this.#isOldOrWhole(inode, undefined)) continue;
      this.#report(
        "absent_old_or_whole",
        "a power cut would leave neither the old nor a whole file",
      );
    }
  }

  /** Between two events no commit is under way: the target is the old file, or the winner's. */
  checkBetweenEvents(files: SimulatedFiles): void {
    const { notes } = this.#parts;
    if (files.openCount > 0) this.#report("no_open_file", `${files.openCount} are open`);
    this.#mayBeTorn ||= notes.mayBeTorn && this.winner === undefined;
    this.#isOpen ||=
      notes.rollbackFailed || this.#mayBeTorn || (notes.isLost && notes.directorySyncFailed);
    this.#isModeOpen ||= notes.modeFailed;
    if (this.winner !== undefined) this.#checkWinner(this.winner);
    else if (!this.#isOpen) this.#checkUntouched();
    this.#checkNames(files);
  }

  /** The target holds exactly that environment, now and after any power cut. */
  checkDurable(environment: SimulatedEnvironment): void {
    const { disk, targetName } = this.#parts;
    const visible = disk.find(targetName);
    if (!isFile(visible) || !isEqual(visible.bytes, environment.file)) {
      this.#report("durable_before_200", "a reader does not see the acknowledged environment");
    }
    for (const inode of disk.findPossible(targetName)) {
      if (!isFile(inode) || inode.pending.length > 0 || !isEqual(inode.durable, environment.file)) {
        this.#report("durable_before_200", "a power cut would lose the acknowledged environment");
      }
    }
  }

  /** What a process finds that starts after the crash. */
  checkSurviving(surviving: SimulatedDisk): void {
    const { notes, targetName } = this.#parts;
    if (notes.isInPlace || notes.mayBeTorn || this.#mayBeTorn) return;
    const inode = surviving.find(targetName);
    if (this.winner !== undefined && (!isFile(inode) || !isEqual(inode.bytes, this.winner.file))) {
      this.#report("durable_before_200", "the crash lost the acknowledged environment");
    }
    if (!this.#isOldOrWhole(inode, inode?.bytes)) {
      this.#report("absent_old_or_whole", "after the crash the target is neither old nor whole");
    }
  }

  #checkWinner(winner: SimulatedEnvironment): void {
    const { disk, targetName, notes, mode } = this.#parts;
    this.checkDurable(winner);
    if (disk.find(targetName)?.mode !== mode && !notes.modeFailed) {
      this.#report("private_mode", "the env file has not the mode of the settings");
    }
  }

  #checkUntouched(): void {
    const { disk, targetName } = this.#parts;
    const visible = disk.find(targetName);
    const old = this.#old;
    if (!this.#isOld(visible, visible?.bytes)) {
      this.#report("nothing_applied_by_a_refusal", "the target is not what it was");
    }
    for (const inode of disk.findPossible(targetName)) {
      if (!this.#isOld(inode, inode?.durable) || (inode?.pending.length ?? 0) > 0) {
        this.#report("nothing_applied_by_a_refusal", "after a power cut the target may be another");
      }
    }
    if (visible !== undefined && visible.mode !== old?.mode && !this.#isModeOpen) {
      this.#report("nothing_applied_by_a_refusal", "the target's mode is not what it was");
    }
  }

  #checkNames(files: SimulatedFiles): void {
    const { disk, targetName, leftovers, notes } = this.#parts;
    for (const name of disk.names) {
      if (name === targetName || this.#others.has(name) || files.stuckNames.has(name)) continue;
      if (!notes.hasListed && leftovers.includes(name)) continue;
      this.#report("no_temporary_file", `${name} stays`);
    }
    for (const [name, old] of this.#others) {
      const inode = disk.find(name);
      if (inode !== old.inode || inode.bytes !== old.bytes || inode.mode !== old.mode) {
        this.#report("nothing_else_touched", `${name} is not what it was`);
      }
    }
  }

  #isKnown(name: string, inode: Inode): boolean {
    const isLeftover = this.#parts.leftovers.includes(name);
    return isLeftover || this.#others.has(name) || inode === this.#old?.inode;
  }

  #isOldOrWhole(inode: Inode | undefined, bytes: Uint8Array | undefined): boolean {
    return this.#isOld(inode, bytes) || this.#isWhole(inode, bytes);
  }

  #isOld(inode: Inode | undefined, bytes: Uint8Array | undefined): boolean {
    const old = this.#old;
    if (inode === undefined || bytes === undefined) return old === undefined;
    const isSame = inode === old?.inode || (isFile(inode) && isFile(old?.inode));
    return isSame && old !== undefined && isEqual(bytes, old.bytes);
  }

  #isWhole(inode: Inode | undefined, bytes: Uint8Array | undefined): boolean {
    if (bytes === undefined || !isFile(inode)) return false;
    return this.#parts.environments.some(({ file }) => isEqual(file, bytes));
  }

  #report(invariant: Invariant, detail: string): void {
    this.#parts.violations.report(invariant, detail);
  }
}

function isFile(inode: Inode | undefined): inode is Inode {
  return inode?.kind === "file" || inode?.kind === "mounted";
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left === right || Buffer.compare(left, right) === 0;
}
