/**
 * A disk with a page cache: what a process sees, and what a power cut leaves of it. Data survives
 * once its file has been synced, a name once its directory has been; of the rest, any part may.
 */

import type { Random } from "./random.ts";

/** Bytes written at an offset, or the file cut to a length: in the page cache, not on the disk yet. */
type Change =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "cut"; readonly length: number };

/** `mounted`: a file that is itself a mount point, so that nothing can be renamed over it. */
export type InodeKind = "file" | "mounted" | "symlink" | "directory";

export interface Inode {
  readonly kind: InodeKind;
  mode: number;
  /** What a reader sees. */
  bytes: Uint8Array;
  /** What is on the disk for certain. */
  durable: Uint8Array;
  pending: Change[];
}

/** One change of the directory: names with what they stand for afterwards, all of them or none. */
type Entries = readonly (readonly [name: string, inode: Inode | undefined])[];

/** One directory with its files. */
export class SimulatedDisk {
  readonly #random: Random;
  #names: Map<string, Inode>;
  readonly #durableNames: Map<string, Inode>;
  #pending: Entries[] = [];

  /** Holds `names`, all of it durable. */
  constructor(random: Random, names: ReadonlyMap<string, Inode>) {
    this.#random = random;
    this.#names = new Map(names);
    this.#durableNames = new Map(names);
  }

  get names(): readonly string[] {
    return [...this.#names.keys()];
  }

  find(name: string): Inode | undefined {
    return this.#names.get(name);
  }

  /** What may stand at `name` after a power cut at this moment. */
  findPossible(name: string): ReadonlySet<Inode | undefined> {
    const possible = new Set([this.#durableNames.get(name)]);
    for (const entries of this.#pending) {
      for (const [changed, inode] of entries) if (changed === name) possible.add(inode);
    }
    return possible;
  }

  change(entries: Entries): void {
    apply(this.#names, entries);
    this.#pending.push(entries);
  }

  write(inode: Inode, offset: number, bytes: Uint8Array): void {
    const change: Change = { kind: "write", offset, bytes: bytes.slice() };
    inode.bytes = applyChange(inode.bytes, change);
    inode.pending.push(change);
  }

  cut(inode: Inode, length: number): void {
    const change: Change = { kind: "cut", length };
    inode.bytes = applyChange(inode.bytes, change);
    inode.pending.push(change);
  }

  sync(inode: Inode): void {
    for (const change of inode.pending) inode.durable = applyChange(inode.durable, change);
    inode.pending = [];
  }

  /** The kernel takes pages that it could not write for clean: a later sync does not write them. */
  failSync(inode: Inode): void {
    this.#loseSome(inode);
    inode.pending = [];
  }

  syncDirectory(): void {
    for (const entries of this.#pending) apply(this.#durableNames, entries);
    this.#pending = [];
  }

  failSyncDirectory(): void {
    const count = this.#random.below(this.#pending.length + 1);
    for (const entries of this.#pending.splice(0, count)) apply(this.#durableNames, entries);
  }

  /** What a new process finds: everything after a kill, some of what was not synced after a power cut. */
  survive(cause: "kill" | "power_cut"): SimulatedDisk {
    if (cause === "power_cut") this.#cutPower();
    // After a kill the kernel goes on to write what is in its cache.
    for (const inode of this.#names.values()) {
      inode.durable = inode.bytes;
      inode.pending = [];
    }
    return new SimulatedDisk(this.#random, this.#names);
  }

  #cutPower(): void {
    const keptPercent = this.#random.pick([0, 50, 100]);
    for (const entries of this.#pending) {
      if (this.#random.chance(keptPercent)) apply(this.#durableNames, entries);
    }
    this.#pending = [];
    this.#names = new Map(this.#durableNames);
    for (const inode of this.#names.values()) {
      this.#loseSome(inode);
      inode.pending = [];
      inode.bytes = inode.durable;
    }
  }

  /** Makes a part of what was pending durable: whole changes, then a part of one, or any of them. */
  #loseSome(inode: Inode): void {
    const whole = this.#random.below(inode.pending.length + 1);
    for (const [index, change] of inode.pending.entries()) {
      if (index >= whole && !this.#random.chance(20)) continue;
      const isPartial = change.kind === "write" && this.#random.chance(30);
      const length = isPartial ? this.#random.below(change.bytes.length + 1) : 0;
      const kept = isPartial ? { ...change, bytes: change.bytes.slice(0, length) } : change;
      inode.durable = applyChange(inode.durable, kept);
    }
  }
}

export function createInode(kind: InodeKind, mode: number, bytes: Uint8Array): Inode {
  return { kind, mode, bytes, durable: bytes, pending: [] };
}

function apply(names: Map<string, Inode>, entries: Entries): void {
  for (const [name, inode] of entries) {
    if (inode === undefined) names.delete(name);
    else names.set(name, inode);
  }
}

/** A hole reads as zeros (lseek(2)). */
function applyChange(bytes: Uint8Array, change: Change): Uint8Array {
  if (change.kind === "cut") {
    const cut = new Uint8Array(change.length);
    cut.set(bytes.subarray(0, change.length));
    return cut;
  }
  const end = change.offset + change.bytes.length;
  const grown = new Uint8Array(Math.max(bytes.length, end));
  grown.set(bytes);
  grown.set(change.bytes, change.offset);
  return grown;
}
