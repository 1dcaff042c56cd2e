/**
 * A disk with a page cache: what a process sees, and what a power cut leaves of it. Data survives
 * once its file has been synced, a name once its directory has been; of the rest, any part may.
 */

import type { Owner } from "../../src/host.ts";
import type { Random } from "./random.ts";

/** Whose everything is that the process makes. */
export const SELF: Owner = { user: 0, group: 0 };

/** Bytes written at an offset, or the file cut to a length: in the page cache, not on the disk yet. */
type Change =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "cut"; readonly length: number };

/** `mounted`: it is itself a mount point, so that nothing can be renamed over it. */
export type InodeKind = "file" | "mounted" | "symlink" | "directory";

export interface Inode {
  readonly kind: InodeKind;
  mode: number;
  owner: Owner;
  /** What a reader sees. */
  bytes: Uint8Array;
  /** What is on the disk for certain. */
  durable: Uint8Array;
  pending: Change[];
  /** What a directory holds; empty for all else. */
  readonly entries: SimulatedDirectory;
}

/** One change of a directory, whole or not at all. */
type Entry =
  | { readonly kind: "add"; readonly name: string; readonly inode: Inode }
  | { readonly kind: "drop"; readonly name: string; readonly inode: Inode }
  | { readonly kind: "move"; readonly from: string; readonly to: string; readonly inode: Inode };

/** The names in one directory. */
export class SimulatedDirectory {
  #names: Map<string, Inode>;
  readonly #durableNames: Map<string, Inode>;
  #pending: Entry[] = [];

  /** Holds `names`, all of it durable. */
  constructor(names: ReadonlyMap<string, Inode> = new Map()) {
    this.#names = new Map(names);
    this.#durableNames = new Map(names);
  }

  get names(): readonly string[] {
    return [...this.#names.keys()];
  }

  get inodes(): ReadonlyMap<string, Inode> {
    return this.#names;
  }

  /** Whether a power cut could leave other names than these. */
  get isDurable(): boolean {
    return this.#pending.length === 0;
  }

  find(name: string): Inode | undefined {
    return this.#names.get(name);
  }

  /** What may stand at `name` after a power cut at this moment. */
  findPossible(name: string): ReadonlySet<Inode | undefined> {
    const possible = new Set([this.#durableNames.get(name)]);
    for (const entry of this.#pending) {
      if (entry.kind === "move") {
        if (entry.to === name) possible.add(entry.inode);
        if (entry.from === name) possible.add(undefined);
      } else if (entry.name === name) possible.add(entry.kind === "add" ? entry.inode : undefined);
    }
    return possible;
  }

  change(entry: Entry): void {
    apply(this.#names, entry);
    this.#pending.push(entry);
  }

  sync(): void {
    this.#settle(this.#pending.splice(0));
  }

  failSync(random: Random): void {
    const count = random.below(this.#pending.length + 1);
    this.#settle(this.#pending.splice(0, count));
  }

  /** The kernel goes on to write what is in its cache. */
  survive(): void {
    this.sync();
    for (const inode of this.#names.values()) {
      inode.durable = inode.bytes;
      inode.pending = [];
      inode.entries.survive();
    }
  }

  cutPower(random: Random): void {
    const keptPercent = random.pick([0, 50, 100]);
    this.#settle(this.#pending.splice(0).filter(() => random.chance(keptPercent)));
    this.#names = new Map(this.#durableNames);
    for (const inode of this.#names.values()) {
      loseSome(random, inode);
      inode.bytes = inode.durable;
      inode.entries.cutPower(random);
    }
  }

  #settle(entries: readonly Entry[]): void {
    for (const entry of entries) apply(this.#durableNames, entry);
  }
}

/** The directories that a run has to do with, by their paths. */
export class SimulatedDisk {
  readonly #random: Random;
  readonly #directories: ReadonlyMap<string, SimulatedDirectory>;

  constructor(random: Random, directories: ReadonlyMap<string, SimulatedDirectory>) {
    this.#random = random;
    this.#directories = directories;
  }

  /** All files and directories that no other directory of the disk's holds, by their paths. */
  get inodes(): ReadonlyMap<string, Inode> {
    const inodes = new Map<string, Inode>();
    for (const [path, directory] of this.#directories) {
      for (const [name, inode] of directory.inodes) inodes.set(`${path}/${name}`, inode);
    }
    return inodes;
  }

  isTop(path: string): boolean {
    return this.#directories.has(path);
  }

  directoryAt(path: string): SimulatedDirectory | undefined {
    const top = this.#directories.get(path);
    if (top !== undefined) return top;
    const [parent, name] = split(path);
    const inode = this.#directories.get(parent)?.find(name);
    return inode?.kind === "directory" ? inode.entries : undefined;
  }

  find(path: string): Inode | undefined {
    const [parent, name] = split(path);
    return this.directoryAt(parent)?.find(name);
  }

  findPossible(path: string): ReadonlySet<Inode | undefined> {
    const [parent, name] = split(path);
    return this.directoryAt(parent)?.findPossible(name) ?? new Set();
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
    loseSome(this.#random, inode);
  }

  failSyncDirectory(directory: SimulatedDirectory): void {
    directory.failSync(this.#random);
  }

  /** What a new process finds: everything after a kill, some of what was not synced after a power cut. */
  survive(cause: "kill" | "power_cut"): SimulatedDisk {
    for (const directory of this.#directories.values()) {
      if (cause === "power_cut") directory.cutPower(this.#random);
      directory.survive();
    }
    const directories = [...this.#directories].map(
      ([path, { inodes }]) => [path, new SimulatedDirectory(inodes)] as const,
    );
    return new SimulatedDisk(this.#random, new Map(directories));
  }
}

export function createInode(
  kind: InodeKind,
  mode: number,
  bytes: Uint8Array,
  names?: ReadonlyMap<string, Inode>,
): Inode {
  const entries = new SimulatedDirectory(names);
  return { kind, mode, owner: SELF, bytes, durable: bytes, pending: [], entries };
}

/** The directory and the name in it. */
export function split(path: string): readonly [directory: string, name: string] {
  const slash = path.lastIndexOf("/");
  return [slash === -1 ? "." : path.slice(0, slash), path.slice(slash + 1)];
}

/**
 * Some changes before this one may have been lost: a name goes only where it still stands for what
 * was moved or removed, and no directory comes over another that holds files (rename(2)).
 */
function apply(names: Map<string, Inode>, entry: Entry): void {
  const { kind, inode } = entry;
  if (kind === "add") names.set(entry.name, inode);
  else if (kind === "drop") dropName(names, entry.name, inode);
  else {
    const replaced = names.get(entry.to);
    const isInTheWay = replaced !== undefined && replaced !== inode && isFilled(replaced);
    if (inode.kind === "directory" && isInTheWay) return;
    dropName(names, entry.from, inode);
    names.set(entry.to, inode);
  }
}

function isFilled(inode: Inode): boolean {
  return inode.kind === "directory" && inode.entries.names.length > 0;
}

function dropName(names: Map<string, Inode>, name: string, inode: Inode): void {
  if (names.get(name) === inode) names.delete(name);
}

/** Makes a part of what was pending durable: whole changes, then a part of one, or any of them. */
function loseSome(random: Random, inode: Inode): void {
  const whole = random.below(inode.pending.length + 1);
  for (const [index, change] of inode.pending.entries()) {
    if (index >= whole && !random.chance(20)) continue;
    const isPartial = change.kind === "write" && random.chance(30);
    const length = isPartial ? random.below(change.bytes.length + 1) : 0;
    const kept = isPartial ? { ...change, bytes: change.bytes.slice(0, length) } : change;
    inode.durable = applyChange(inode.durable, kept);
  }
  inode.pending = [];
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
