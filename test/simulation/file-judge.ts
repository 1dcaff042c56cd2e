/** Checks the directories: at every instant, between two events, after a crash, at the end. */

import type { Owner } from "../../src/host.ts";
import type { CommitNotes } from "./commit-notes.ts";
import type { SimulatedEnvironment } from "./environments.ts";
import type { Inode, SimulatedDisk } from "./simulated-disk.ts";
import type { SimulatedFiles } from "./simulated-files.ts";
import { hasOwner, searchable, TargetJudge } from "./target-judge.ts";
import { isLeftoverOf, type SimulatedTarget } from "./targets.ts";
import type { Invariant, Violations } from "./violation.ts";

export interface FileJudgeParts {
  readonly disk: SimulatedDisk;
  readonly notes: CommitNotes;
  readonly violations: Violations;
  readonly targets: readonly SimulatedTarget[];
  /** The mode that the settings ask for. */
  readonly mode: number;
  /** The owner that the settings ask for. */
  readonly owner: Owner | undefined;
  readonly environments: readonly SimulatedEnvironment[];
  /** Paths of killed predecessors' files. */
  readonly leftovers: readonly string[];
}

/** What a file of somebody else was when the process began. */
interface Other {
  readonly inode: Inode;
  readonly bytes: Uint8Array;
  readonly mode: number;
}

export class FileJudge {
  readonly #parts: FileJudgeParts;
  readonly #judges: readonly TargetJudge[];
  readonly #others = new Map<string, Other>();
  winner: SimulatedEnvironment | undefined;

  constructor(parts: FileJudgeParts) {
    this.#parts = parts;
    const { disk, targets, leftovers } = parts;
    this.#judges = targets.map((target) => {
      const record = target.dialect === "record" ? { mode: 0o600, owner: undefined } : {};
      return new TargetJudge({ ...parts, ...record, target });
    });
    for (const [path, inode] of disk.inodes) {
      const isTarget = targets.some((target) => target.path === path);
      if (isTarget || leftovers.includes(path)) continue;
      this.#others.set(path, { inode, bytes: inode.bytes, mode: inode.mode });
    }
  }

  /** After each call that may change the disk. */
  checkInstant(): void {
    for (const judge of this.#judges) judge.checkInstant();
    for (const [path, inode] of this.#parts.disk.inodes) this.#checkMode(path, inode);
  }

  /** Between two events no commit is under way: the targets are the old ones, or the winner's. */
  checkBetweenEvents(files: SimulatedFiles): void {
    if (files.openCount > 0) this.#report("no_open_file", `${files.openCount} are open`);
    for (const judge of this.#judges) {
      judge.endCommit(this.winner !== undefined);
      if (this.winner !== undefined) judge.checkWinner(this.winner);
      else judge.checkUntouched();
    }
    this.#checkNames(files);
  }

  /** The targets hold exactly that environment, now and after any power cut. */
  checkDurable(environment: SimulatedEnvironment): void {
    for (const judge of this.#judges) judge.checkDurable(environment);
  }

  /** Behind a start in which nothing failed. */
  checkAside(): void {
    for (const judge of this.#judges) judge.checkAside();
  }

  /** What a process finds that starts after the crash. */
  checkSurviving(surviving: SimulatedDisk): void {
    for (const judge of this.#judges) judge.checkSurviving(surviving, this.winner);
  }

  #checkMode(path: string, inode: Inode): void {
    const { leftovers, mode, owner } = this.#parts;
    const isKnown = this.#judges.some(({ oldInode }) => oldInode === inode);
    if (isKnown || leftovers.includes(path) || this.#others.has(path)) return;
    // What is put back, from memory where it had no second name, has the old file's mode.
    if (this.#judges.some((judge) => judge.isPutBack(inode))) return;
    const isDirectory = inode.kind === "directory";
    const allowed = isDirectory ? [0o700, searchable(mode)] : [0o600, mode];
    if (!allowed.includes(inode.mode)) {
      this.#report("private_mode", `${path} has the mode ${inode.mode.toString(8)}`);
    }
    const isPrivate = inode.mode === 0o600 || inode.mode === 0o700;
    if (!isPrivate && !hasOwner(inode, owner)) {
      this.#report("private_mode", `${path} is open to the server's own group for an instant`);
    }
    for (const [name, member] of inode.entries.inodes) this.#checkMode(`${path}/${name}`, member);
  }

  #checkNames(files: SimulatedFiles): void {
    const { disk, targets, leftovers, notes } = this.#parts;
    for (const path of disk.inodes.keys()) {
      if (targets.some((target) => target.path === path)) continue;
      if (this.#others.has(path) || files.stuckPaths.has(path)) continue;
      const owner = targets.findIndex((target) => isLeftoverOf(target, path));
      if (notes.listings[owner] !== true && leftovers.includes(path)) continue;
      this.#report("no_temporary_file", `${path} stays`);
    }
    for (const [path, old] of this.#others) {
      const inode = disk.find(path);
      if (inode !== old.inode || inode.bytes !== old.bytes || inode.mode !== old.mode) {
        this.#report("nothing_else_touched", `${path} is not what it was`);
      }
    }
  }

  #report(invariant: Invariant, detail: string): void {
    this.#parts.violations.report(invariant, detail);
  }
}
