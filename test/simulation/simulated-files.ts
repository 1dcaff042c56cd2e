/** The host's files over the simulated disk: what the system calls would do, and their faults. */

import type { FileHandle, Files, OpenFile, Outcome } from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";
import type { CommitNotes } from "./commit-notes.ts";
import type { FileCall } from "./faults.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Random } from "./random.ts";
import { createInode, type Inode, type SimulatedDisk } from "./simulated-disk.ts";

export interface FilesParts {
  readonly disk: SimulatedDisk;
  /** The one directory there is, as the settings call it. */
  readonly directory: string;
  readonly random: Random;
  readonly calls: HostCalls;
  readonly notes: CommitNotes;
  /** How many writes of a hundred take less than they are given. */
  readonly shortWritePercent: number;
  /** Called when the disk may have changed. */
  changed(): void;
}

const EACH_OTHER_MOUNT = ["EBUSY", "EXDEV"] as const;

export class SimulatedFiles implements Files {
  readonly #parts: FilesParts;
  readonly #open = new Map<FileHandle, Inode>();
  readonly #stuckNames = new Set<string>();
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

  /** Names that the program tried to remove in vain. */
  get stuckNames(): ReadonlySet<string> {
    return this.#stuckNames;
  }

  create(path: string): Outcome<FileHandle> {
    return this.#run("create", path, () => {
      const name = this.#nameOf(path);
      if (name === undefined) return refuse("ENOENT");
      if (this.#parts.disk.find(name) !== undefined) return refuse("EEXIST");
      const inode = createInode("file", 0o600, new Uint8Array(0));
      this.#parts.disk.change([[name, inode]]);
      return this.#opened(inode);
    });
  }

  openExisting(path: string): Outcome<OpenFile> {
    return this.#run("openExisting", path, () => {
      const inode = this.#find(path);
      if (inode === undefined) return refuse("ENOENT");
      if (inode.kind === "symlink") return refuse("ELOOP");
      if (inode.kind === "directory") return refuse("EISDIR");
      const opened = this.#opened(inode);
      return opened.ok ? accept({ file: opened.value, mode: inode.mode }) : opened;
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

  sync(file: FileHandle): Outcome {
    const synced = this.#runOn("sync", file, "", (inode) => accept(this.#parts.disk.sync(inode)));
    const inode = this.#open.get(file);
    if (!synced.ok && inode !== undefined) this.#parts.disk.failSync(inode);
    return synced;
  }

  close(file: FileHandle): Outcome {
    // Linux has freed the descriptor even where close(2) fails.
    const inode = this.#open.get(file);
    this.#open.delete(file);
    return this.#run("close", "", () => (inode === undefined ? refuse("EBADF") : accept(file)));
  }

  link(existing: string, path: string): Outcome {
    return this.#run("link", `${existing} ${path}`, () => {
      const inode = this.#find(existing);
      const name = this.#nameOf(path);
      if (inode === undefined || name === undefined) return refuse("ENOENT");
      if (inode.kind === "directory") return refuse("EPERM");
      if (inode.kind === "mounted") return refuse("EXDEV");
      if (this.#parts.disk.find(name) !== undefined) return refuse("EEXIST");
      return accept(this.#parts.disk.change([[name, inode]]));
    });
  }

  rename(from: string, to: string): Outcome {
    return this.#run("rename", `${from} ${to}`, () => {
      const inode = this.#find(from);
      const [fromName, toName] = [this.#nameOf(from), this.#nameOf(to)];
      if (inode === undefined || fromName === undefined || toName === undefined) {
        return refuse("ENOENT");
      }
      const replaced = this.#parts.disk.find(toName);
      if (replaced?.kind === "directory") return refuse("EISDIR");
      if (replaced?.kind === "mounted") return refuse(this.#parts.random.pick(EACH_OTHER_MOUNT));
      // Two names of one file: rename(2) does nothing and reports success.
      if (replaced === inode) return accept(undefined);
      return accept(
        this.#parts.disk.change([
          [fromName, undefined],
          [toName, inode],
        ]),
      );
    });
  }

  remove(path: string): Outcome {
    const removed = this.#run("remove", path, () => {
      const name = this.#nameOf(path);
      const inode = this.#find(path);
      if (name === undefined || inode === undefined) return refuse("ENOENT");
      if (inode.kind === "directory") return refuse("EISDIR");
      if (inode.kind === "mounted") return refuse("EBUSY");
      return accept(this.#parts.disk.change([[name, undefined]]));
    });
    const name = this.#nameOf(path);
    if (!removed.ok && name !== undefined) this.#stuckNames.add(name);
    return removed;
  }

  /** No scenario has a token file, nor an output that is a directory. */
  load(): Outcome<Uint8Array> {
    return refuse("ENOENT");
  }

  createDirectory(): Outcome {
    return refuse("EROFS");
  }

  removeDirectory(): Outcome {
    return refuse("ENOTDIR");
  }

  setDirectoryMode(): Outcome {
    return refuse("ENOENT");
  }

  syncDirectory(path: string): Outcome {
    const { disk, directory } = this.#parts;
    const synced = this.#run("syncDirectory", path, () =>
      path === directory ? accept(disk.syncDirectory()) : refuse("ENOENT"),
    );
    if (!synced.ok) disk.failSyncDirectory();
    return synced;
  }

  list(path: string): Outcome<readonly string[]> {
    const { disk, directory } = this.#parts;
    return this.#run("list", path, () =>
      path === directory ? accept(disk.names) : refuse("ENOENT"),
    );
  }

  checkDirectory(path: string): Outcome {
    return this.#run("checkDirectory", path, () =>
      path === this.#parts.directory ? accept(path) : refuse("ENOENT"),
    );
  }

  #run<Value>(call: FileCall, detail: string, effect: () => Outcome<Value>): Outcome<Value> {
    this.#version += 1;
    const outcome = this.#parts.calls.runFile(call, detail, effect);
    this.#parts.notes.observe(call, outcome);
    this.#parts.changed();
    return outcome;
  }

  #runOn<Value>(
    call: FileCall,
    file: FileHandle,
    detail: string,
    effect: (inode: Inode) => Outcome<Value>,
  ): Outcome<Value> {
    const inode = this.#open.get(file);
    return this.#run(call, detail, () => (inode === undefined ? refuse("EBADF") : effect(inode)));
  }

  #opened(inode: Inode): Outcome<FileHandle> {
    this.#lastHandle += 1;
    this.#open.set(this.#lastHandle, inode);
    return accept(this.#lastHandle);
  }

  #find(path: string): Inode | undefined {
    const name = this.#nameOf(path);
    return name === undefined ? undefined : this.#parts.disk.find(name);
  }

  /** The name in the one directory, or undefined where the path leads elsewhere. */
  #nameOf(path: string): string | undefined {
    const slash = path.lastIndexOf("/");
    const directory = slash === -1 ? "." : path.slice(0, slash);
    return directory === this.#parts.directory ? path.slice(slash + 1) : undefined;
  }
}
