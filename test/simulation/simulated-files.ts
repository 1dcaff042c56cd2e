/** The host's files over the simulated disk: what the system calls would do, and their faults. */

import type { FileHandle, Files, OpenFile, Outcome, Owner, Standing } from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";
import type { SimulatedCommand } from "./command.ts";
import type { CommitNotes } from "./commit-notes.ts";
import type { FileCall } from "./faults.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Random } from "./random.ts";
import {
  createInode,
  type Inode,
  type SimulatedDirectory,
  type SimulatedDisk,
  split,
} from "./simulated-disk.ts";

export interface FilesParts {
  readonly disk: SimulatedDisk;
  readonly random: Random;
  readonly calls: HostCalls;
  readonly notes: CommitNotes;
  /** How many writes of a hundred take less than they are given. */
  readonly shortWritePercent: number;
  readonly command: SimulatedCommand | undefined;
  /** Called when the disk may have changed. */
  changed(): void;
}

const EACH_OTHER_MOUNT = ["EBUSY", "EXDEV"] as const;

/** An open file, with the path by which it was opened. */
interface Opened {
  readonly inode: Inode;
  readonly path: string;
}

export class SimulatedFiles implements Files {
  readonly #parts: FilesParts;
  readonly #open = new Map<FileHandle, Opened>();
  readonly #stuckPaths = new Set<string>();
  #lastHandle = 2;
  #version = 0;

  constructor(parts: FilesParts) {
    this.#parts = parts;
  }

  /** Grows with every call. */
  get version(): number {
    return this.#version;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** What the program tried to remove in vain. */
  get stuckPaths(): ReadonlySet<string> {
    return this.#stuckPaths;
  }

  create(path: string): Outcome<FileHandle> {
    return this.#run("create", [path], "", () => {
      const inode = createInode("file", 0o600, EMPTY);
      const added = this.#add(path, inode);
      return added.ok ? this.#opened(inode, path) : added;
    });
  }

  openExisting(path: string): Outcome<OpenFile> {
    return this.#run("openExisting", [path], "", () => {
      const inode = this.#parts.disk.find(path);
      if (inode === undefined) return refuse("ENOENT");
      if (inode.kind === "symlink") return refuse("ELOOP");
      if (inode.kind === "directory") return refuse("EISDIR");
      const opened = this.#opened(inode, path);
      const { mode, owner } = inode;
      return opened.ok ? accept({ file: opened.value, mode, owner }) : opened;
    });
  }

  examine(path: string, maxBytes: number): Outcome<Standing> {
    return this.#run("examine", [path], "", () => {
      const inode = this.#parts.disk.find(path);
      if (inode === undefined) return refuse("ENOENT");
      if (inode.kind === "symlink") return refuse("ELOOP");
      const { mode, owner, bytes, entries } = inode;
      this.#parts.disk.sync(inode);
      entries.sync();
      const content: Standing["content"] =
        inode.kind === "directory"
          ? { kind: "directory", names: entries.names }
          : { kind: "file", bytes: bytes.slice(0, maxBytes) };
      return accept({ mode, owner, content });
    });
  }

  read(file: FileHandle, maxBytes: number): Outcome<Uint8Array> {
    return this.#runOn("read", file, "", (inode) => accept(inode.bytes.slice(0, maxBytes)));
  }

  write(file: FileHandle, bytes: Uint8Array, offset: number): Outcome<number> {
    const detail = `${bytes.length} bytes at ${offset}`;
    return this.#runOn("write", file, detail, (inode) => {
      const { random, disk, shortWritePercent } = this.#parts;
      const count = random.chance(shortWritePercent)
        ? random.between(1, bytes.length)
        : bytes.length;
      disk.write(inode, offset, bytes.subarray(0, count));
      return accept(count);
    });
  }

  truncate(file: FileHandle, length: number): Outcome {
    return this.#runOn("truncate", file, `to ${length}`, (inode) =>
      accept(this.#parts.disk.cut(inode, length)),
    );
  }

  setMode(file: FileHandle, mode: number): Outcome {
    return this.#runOn("setMode", file, mode.toString(8), (inode) => {
      inode.mode = mode;
      return accept(mode);
    });
  }

  setOwner(file: FileHandle, owner: Owner): Outcome {
    return this.#runOn("setOwner", file, `${owner.user}:${owner.group}`, (inode) => {
      inode.owner = given(inode, owner);
      return accept(owner);
    });
  }

  sync(file: FileHandle): Outcome {
    const synced = this.#runOn("sync", file, "", (inode) => accept(this.#parts.disk.sync(inode)));
    const opened = this.#open.get(file);
    if (!synced.ok && opened !== undefined) this.#parts.disk.failSync(opened.inode);
    return synced;
  }

  close(file: FileHandle): Outcome {
    // Linux has freed the descriptor even where close(2) fails.
    const opened = this.#open.get(file);
    this.#open.delete(file);
    const paths = opened === undefined ? [] : [opened.path];
    return this.#run("close", paths, "", () =>
      opened === undefined ? refuse("EBADF") : accept(file),
    );
  }

  link(existing: string, path: string): Outcome {
    return this.#run("link", [existing, path], "", () => {
      const inode = this.#parts.disk.find(existing);
      if (inode === undefined) return refuse("ENOENT");
      if (inode.kind === "directory") return refuse("EPERM");
      if (inode.kind === "mounted") return refuse("EXDEV");
      return this.#add(path, inode);
    });
  }

  rename(from: string, to: string): Outcome {
    const renamed = this.#run("rename", [from, to], "", () => this.#rename(from, to));
    // What stood aside and could not be put back keeps its other name.
    if (!renamed.ok && from.endsWith(".old")) this.#stick(from);
    return renamed;
  }

  remove(path: string): Outcome {
    const removed = this.#run("remove", [path], "", () => {
      const inode = this.#parts.disk.find(path);
      if (inode === undefined) return refuse("ENOENT");
      if (inode.kind === "directory") return refuse("EISDIR");
      if (inode.kind === "mounted") return refuse("EBUSY");
      return this.#drop(path, inode);
    });
    if (!removed.ok && removed.problem !== "EISDIR") this.#stick(path);
    return removed;
  }

  /** No scenario has a token file. */
  load(): Outcome<Uint8Array> {
    return refuse("ENOENT");
  }

  createDirectory(path: string): Outcome {
    return this.#run("createDirectory", [path], "", () =>
      this.#add(path, createInode("directory", 0o700, EMPTY)),
    );
  }

  removeDirectory(path: string): Outcome {
    const removed = this.#run("removeDirectory", [path], "", () => {
      const inode = this.#parts.disk.find(path);
      if (inode === undefined) return refuse("ENOENT");
      if (inode.kind !== "directory") return refuse("ENOTDIR");
      return inode.entries.names.length > 0 ? refuse("ENOTEMPTY") : this.#drop(path, inode);
    });
    if (!removed.ok) this.#stick(path);
    return removed;
  }

  setDirectoryMode(path: string, mode: number): Outcome {
    return this.#run("setDirectoryMode", [path], mode.toString(8), () => {
      const inode = this.#parts.disk.find(path);
      if (inode?.kind !== "directory") return refuse("ENOTDIR");
      inode.mode = mode;
      return accept(mode);
    });
  }

  setDirectoryOwner(path: string, owner: Owner): Outcome {
    return this.#run("setDirectoryOwner", [path], `${owner.user}:${owner.group}`, () => {
      const inode = this.#parts.disk.find(path);
      if (inode?.kind !== "directory") return refuse("ENOTDIR");
      inode.owner = given(inode, owner);
      return accept(owner);
    });
  }

  syncDirectory(path: string): Outcome {
    const directory = this.#parts.disk.directoryAt(path);
    const synced = this.#run("syncDirectory", [path], "", () =>
      directory === undefined ? refuse("ENOENT") : accept(directory.sync()),
    );
    if (!synced.ok && directory !== undefined) this.#parts.disk.failSyncDirectory(directory);
    return synced;
  }

  list(path: string): Outcome<readonly string[]> {
    const { disk } = this.#parts;
    const listed = this.#run("list", [path], "", (): Outcome<readonly string[]> => {
      const directory = disk.directoryAt(path);
      if (directory !== undefined) return accept(directory.names);
      const inode = disk.find(path);
      return refuse(inode === undefined || inode.kind === "symlink" ? "ENOENT" : "ENOTDIR");
    });
    if (listed.ok || disk.isTop(path)) return listed;
    // What is in it is unknown, or whether a directory that stands aside belongs there.
    this.#stick(path);
    const [parent] = split(path);
    for (const name of disk.directoryAt(parent)?.names ?? []) {
      if (name.endsWith(".old")) this.#stick(`${parent}/${name}`);
    }
    return listed;
  }

  checkDirectory(path: string): Outcome {
    return this.#run("checkDirectory", [path], "", () =>
      this.#parts.disk.isTop(path) ? accept(path) : refuse("ENOENT"),
    );
  }

  checkExecutable(path: string): Outcome {
    return this.#parts.calls.run(() => {
      const state = this.#parts.command?.atStart.get(path) ?? "ENOENT";
      // Whether the system would take what is in it for a program shows only when it is tried.
      const isExecutable = state === "runs" || state === "ENOEXEC";
      return isExecutable ? accept(path) : refuse(state);
    });
  }

  #rename(from: string, to: string): Outcome {
    const { disk, random } = this.#parts;
    const [[parent, fromName], [toParent, toName]] = [split(from), split(to)];
    const inode = disk.find(from);
    const directory = disk.directoryAt(parent);
    if (inode === undefined || directory === undefined) return refuse("ENOENT");
    if (directory !== disk.directoryAt(toParent)) return refuse("EXDEV");
    const replaced = directory.find(toName);
    // Two names of one file: rename(2) does nothing and reports success.
    if (replaced === inode) return accept(undefined);
    if (replaced?.kind === "mounted") return refuse(random.pick(EACH_OTHER_MOUNT));
    if (inode.kind === "mounted") return refuse("EBUSY");
    const isDirectory = inode.kind === "directory";
    if (replaced?.kind === "directory") {
      if (!isDirectory) return refuse("EISDIR");
      if (replaced.entries.names.length > 0) return refuse("ENOTEMPTY");
    } else if (replaced !== undefined && isDirectory) return refuse("ENOTDIR");
    return accept(directory.change({ kind: "move", from: fromName, to: toName, inode }));
  }

  #add(path: string, inode: Inode): Outcome {
    const [parent, name] = split(path);
    const directory = this.#parts.disk.directoryAt(parent);
    if (directory === undefined) return refuse("ENOENT");
    if (directory.find(name) !== undefined) return refuse("EEXIST");
    return accept(directory.change({ kind: "add", name, inode }));
  }

  #drop(path: string, inode: Inode): Outcome {
    const [parent, name] = split(path);
    const directory: SimulatedDirectory | undefined = this.#parts.disk.directoryAt(parent);
    return accept(directory?.change({ kind: "drop", name, inode }));
  }

  #stick(path: string): void {
    const [parent, name] = split(path);
    this.#stuckPaths.add(`${parent}/${name}`);
  }

  #run<Value>(
    call: FileCall,
    paths: readonly string[],
    detail: string,
    effect: () => Outcome<Value>,
  ): Outcome<Value> {
    this.#version += 1;
    const outcome = this.#parts.calls.runFile(call, [...paths, detail].join(" "), effect);
    const normal = paths.map((path) =>
      this.#parts.disk.isTop(path) ? path : split(path).join("/"),
    );
    this.#parts.notes.observe(call, normal, outcome);
    this.#parts.changed();
    return outcome;
  }

  #runOn<Value>(
    call: FileCall,
    file: FileHandle,
    detail: string,
    effect: (inode: Inode) => Outcome<Value>,
  ): Outcome<Value> {
    const opened = this.#open.get(file);
    if (opened === undefined) return this.#run(call, [], detail, () => refuse("EBADF"));
    return this.#run(call, [opened.path], detail, () => effect(opened.inode));
  }

  #opened(inode: Inode, path: string): Outcome<FileHandle> {
    this.#lastHandle += 1;
    this.#open.set(this.#lastHandle, { inode, path });
    return accept(this.#lastHandle);
  }
}

/** A group of -1 changes nothing (chown(2)). */
function given(inode: Inode, { user, group }: Owner): Owner {
  return { user, group: group === -1 ? inode.owner.group : group };
}

const EMPTY = new Uint8Array(0);
