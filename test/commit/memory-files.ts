/** A file system in memory, which records its calls and fails where a test says so. */

import type { Files, OpenFile, Outcome, Owner, Standing } from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";

interface MemoryFile {
  bytes: Uint8Array;
  mode: number;
  owner: Owner;
}

/** Whose everything is at first. */
const SELF: Owner = { user: 7, group: 7 };

/** What stands at a path: a file, or a directory with its mode alone. */
type Entry = MemoryFile | "directory";

type Call = keyof Files;

export class MemoryFiles implements Files {
  readonly entries = new Map<string, Entry>();
  readonly directoryModes = new Map<string, number>();
  readonly directoryOwners = new Map<string, Owner>();
  readonly calls: Call[] = [];
  /** Call -> errno, or the one of its calls that fails, counted from 1, and the errno. */
  readonly failures = new Map<Call, string | readonly [nth: number, errno: string]>();
  /** Bytes that one write takes at most. */
  writeLimit = Infinity;
  readonly #open: MemoryFile[] = [];

  /** Puts a file at a path, as somebody else would. */
  put(path: string, text: string, mode = 0o644): void {
    this.entries.set(path, { bytes: new TextEncoder().encode(text), mode, owner: SELF });
  }

  /** Every file's path with its text; directories end in a slash. */
  get texts(): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const [path, entry] of this.entries) {
      if (entry === "directory") texts[`${path}/`] = "";
      else texts[path] = new TextDecoder().decode(entry.bytes);
    }
    return texts;
  }

  #do<Value>(call: Call, act: () => Outcome<Value>): Outcome<Value> {
    this.calls.push(call);
    const failure = this.failures.get(call);
    if (failure === undefined) return act();
    if (typeof failure === "string") return refuse(failure);
    const [nth, errno] = failure;
    return this.calls.filter((each) => each === call).length === nth ? refuse(errno) : act();
  }

  #file(handle: number): MemoryFile {
    const file = this.#open[handle];
    if (file === undefined) throw new Error("no such handle");
    return file;
  }

  #members(path: string): string[] {
    return [...this.entries.keys()].filter((each) => each.startsWith(`${path}/`));
  }

  create(path: string): Outcome<number> {
    return this.#do("create", () => {
      if (this.entries.has(path)) return refuse("EEXIST");
      const file = { bytes: new Uint8Array(0), mode: 0o600, owner: SELF };
      this.entries.set(path, file);
      return accept(this.#open.push(file) - 1);
    });
  }

  openExisting(path: string): Outcome<OpenFile> {
    const file = this.entries.get(path);
    if (file === undefined || file === "directory") return refuse("ENOENT");
    return this.#do("openExisting", () => {
      const { mode, owner } = file;
      return accept({ file: this.#open.push(file) - 1, mode, owner });
    });
  }

  examine(path: string, maxBytes: number): Outcome<Standing> {
    const entry = this.entries.get(path);
    if (entry === undefined) return refuse("ENOENT");
    return this.#do("examine", (): Outcome<Standing> => {
      if (entry !== "directory") {
        const { mode, owner, bytes } = entry;
        return accept({ mode, owner, content: { kind: "file", bytes: bytes.slice(0, maxBytes) } });
      }
      const names = this.#members(path).map((member) => member.slice(path.length + 1));
      const mode = this.directoryModes.get(path) ?? 0o700;
      const owner = this.directoryOwners.get(path) ?? SELF;
      return accept({ mode, owner, content: { kind: "directory", names } });
    });
  }

  load(path: string): Outcome<Uint8Array> {
    const file = this.entries.get(path);
    return file === undefined || file === "directory" ? refuse("ENOENT") : accept(file.bytes);
  }

  read(handle: number): Outcome<Uint8Array> {
    return this.#do("read", () => accept(this.#file(handle).bytes.slice()));
  }

  write(handle: number, bytes: Uint8Array, offset: number): Outcome<number> {
    return this.#do("write", () => {
      const file = this.#file(handle);
      const count = Math.min(bytes.length, this.writeLimit);
      const grown = new Uint8Array(Math.max(file.bytes.length, offset + count));
      grown.set(file.bytes);
      grown.set(bytes.subarray(0, count), offset);
      file.bytes = grown;
      return accept(count);
    });
  }

  truncate(handle: number, length: number): Outcome {
    return this.#do("truncate", () => {
      const file = this.#file(handle);
      file.bytes = file.bytes.slice(0, length);
      return accept(length);
    });
  }

  setMode(handle: number, mode: number): Outcome {
    return this.#do("setMode", () => {
      this.#file(handle).mode = mode;
      return accept(mode);
    });
  }

  setOwner(handle: number, owner: Owner): Outcome {
    return this.#do("setOwner", () => {
      this.#file(handle).owner = owner;
      return accept(owner);
    });
  }

  sync(handle: number): Outcome {
    return this.#do("sync", () => accept(this.#file(handle)));
  }

  close(handle: number): Outcome {
    return this.#do("close", () => accept(this.#file(handle)));
  }

  link(existing: string, path: string): Outcome {
    const file = this.entries.get(existing);
    if (file === undefined) return refuse("ENOENT");
    return this.#do("link", () => {
      if (file === "directory") return refuse("EPERM");
      return accept(this.entries.set(path, file));
    });
  }

  rename(from: string, to: string): Outcome {
    const moved = this.entries.get(from);
    if (moved === undefined) return refuse("ENOENT");
    return this.#do("rename", () => {
      const replaced = this.entries.get(to);
      if (replaced === "directory" && moved !== "directory") return refuse("EISDIR");
      if (replaced === "directory" && this.#members(to).length > 0) return refuse("ENOTEMPTY");
      if (replaced !== undefined && replaced !== "directory" && moved === "directory") {
        return refuse("ENOTDIR");
      }
      for (const member of this.#members(from)) {
        const entry = this.entries.get(member);
        if (entry !== undefined) this.entries.set(to + member.slice(from.length), entry);
        this.entries.delete(member);
      }
      this.entries.set(to, moved);
      this.entries.delete(from);
      return accept(undefined);
    });
  }

  remove(path: string): Outcome {
    const entry = this.entries.get(path);
    if (entry === undefined) return refuse("ENOENT");
    if (entry === "directory") return refuse("EISDIR");
    return this.#do("remove", () => accept(this.entries.delete(path)));
  }

  createDirectory(path: string): Outcome {
    return this.#do("createDirectory", () => {
      if (this.entries.has(path)) return refuse("EEXIST");
      this.directoryModes.set(path, 0o700);
      return accept(this.entries.set(path, "directory"));
    });
  }

  removeDirectory(path: string): Outcome {
    if (this.entries.get(path) !== "directory") return refuse("ENOENT");
    if (this.#members(path).length > 0) return refuse("ENOTEMPTY");
    return this.#do("removeDirectory", () => accept(this.entries.delete(path)));
  }

  setDirectoryMode(path: string, mode: number): Outcome {
    return this.#do("setDirectoryMode", () => accept(this.directoryModes.set(path, mode)));
  }

  setDirectoryOwner(path: string, owner: Owner): Outcome {
    return this.#do("setDirectoryOwner", () => accept(this.directoryOwners.set(path, owner)));
  }

  syncDirectory(): Outcome {
    return this.#do("syncDirectory", () => accept(undefined));
  }

  list(path: string): Outcome<readonly string[]> {
    const names = this.#members(path)
      .map((member) => member.slice(path.length + 1))
      .filter((name) => !name.includes("/"));
    const exists = names.length > 0 || this.entries.get(path) === "directory";
    return this.#do("list", () => (exists ? accept(names) : refuse("ENOENT")));
  }

  checkDirectory(): Outcome {
    return accept(undefined);
  }

  checkExecutable(): Outcome {
    return refuse("ENOENT");
  }
}
