import { beforeEach, describe, expect, it } from "vitest";
import { commit, directoryOf, removeLeftovers, UNGUESSABLE_BYTES } from "../src/commit.ts";
import type { Files, Outcome } from "../src/host.ts";
import { accept, refuse } from "../src/result.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const NEW = encode("KEY1=value1\n");
const OLD = encode("OLD=a much longer file than the new one\n");
const UNGUESSABLE = new Uint8Array(UNGUESSABLE_BYTES).fill(0xab);
const TEMPORARY = `/d/..env.startup-server-${"ab".repeat(UNGUESSABLE_BYTES)}`;
const TARGET = { path: "/d/.env", mode: 0o640 };

/** A directory in memory, which records its calls and fails where a test says so. */
class MemoryFiles implements Files {
  readonly entries = new Map<string, { bytes: Uint8Array; mode: number }>();
  readonly calls: string[] = [];
  readonly failures = new Map<string, string>();
  /** Bytes that one write takes at most. */
  writeLimit = Infinity;
  readonly #open: { bytes: Uint8Array; mode: number }[] = [];

  #do<Value>(call: keyof Files, value: () => Value): Outcome<Value> {
    this.calls.push(call);
    const errno = this.failures.get(call);
    return errno === undefined ? accept(value()) : refuse(errno);
  }

  #file(handle: number): { bytes: Uint8Array; mode: number } {
    const file = this.#open[handle];
    if (file === undefined) throw new Error("no such handle");
    return file;
  }

  create(path: string): Outcome<number> {
    if (this.entries.has(path)) return refuse("EEXIST");
    return this.#do("create", () => {
      const file = { bytes: new Uint8Array(0), mode: 0o600 };
      this.entries.set(path, file);
      return this.#open.push(file) - 1;
    });
  }

  openExisting(path: string): Outcome<number> {
    const file = this.entries.get(path);
    if (file === undefined) return refuse("ENOENT");
    return this.#do("openExisting", () => this.#open.push(file) - 1);
  }

  load(path: string): Outcome<Uint8Array> {
    const file = this.entries.get(path);
    return file === undefined ? refuse("ENOENT") : accept(file.bytes.slice());
  }

  read(handle: number): Outcome<Uint8Array> {
    return this.#do("read", () => this.#file(handle).bytes.slice());
  }

  write(handle: number, bytes: Uint8Array, offset: number): Outcome<number> {
    return this.#do("write", () => {
      const file = this.#file(handle);
      const count = Math.min(bytes.length, this.writeLimit);
      const grown = new Uint8Array(Math.max(file.bytes.length, offset + count));
      grown.set(file.bytes);
      grown.set(bytes.subarray(0, count), offset);
      file.bytes = grown;
      return count;
    });
  }

  truncate(handle: number, length: number): Outcome {
    return this.#do("truncate", () => {
      this.#file(handle).bytes = this.#file(handle).bytes.slice(0, length);
    });
  }

  setMode(handle: number, mode: number): Outcome {
    return this.#do("setMode", () => {
      this.#file(handle).mode = mode;
    });
  }

  sync(handle: number): Outcome {
    return this.#do("sync", () => this.#file(handle));
  }

  close(handle: number): Outcome {
    return this.#do("close", () => this.#file(handle));
  }

  link(existing: string, path: string): Outcome {
    const file = this.entries.get(existing);
    if (file === undefined) return refuse("ENOENT");
    return this.#do("link", () => this.entries.set(path, file));
  }

  rename(from: string, to: string): Outcome {
    return this.#do("rename", () => {
      const file = this.entries.get(from);
      if (file === undefined) throw new Error(`rename of nothing: ${from}`);
      this.entries.set(to, file);
      this.entries.delete(from);
    });
  }

  remove(path: string): Outcome {
    if (!this.entries.has(path)) return refuse("ENOENT");
    return this.#do("remove", () => this.entries.delete(path));
  }

  syncDirectory(): Outcome {
    return this.#do("syncDirectory", () => undefined);
  }

  list(): Outcome<readonly string[]> {
    return this.#do("list", () => [...this.entries.keys()].map((path) => path.slice("/d/".length)));
  }

  checkDirectory(): Outcome {
    return accept(undefined);
  }

  /** Every path with its text. */
  get texts(): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const [path, { bytes }] of this.entries) texts[path] = new TextDecoder().decode(bytes);
    return texts;
  }
}

let files: MemoryFiles;

beforeEach(() => {
  files = new MemoryFiles();
});

const OLD_TEXT = new TextDecoder().decode(OLD);
const run = (): ReturnType<typeof commit> => commit(files, TARGET, NEW, UNGUESSABLE);

describe("commit", () => {
  it("writes, syncs, renames and syncs the directory, in that order", () => {
    expect(run()).toEqual({ ok: true, value: "renamed" });
    expect(files.calls).toEqual([
      "create",
      "setMode",
      "write",
      "sync",
      "close",
      "rename",
      "syncDirectory",
    ]);
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
    expect(files.entries.get("/d/.env")?.mode).toBe(0o640);
  });

  it("replaces an old file and leaves nothing of it", () => {
    files.entries.set("/d/.env", { bytes: OLD, mode: 0o644 });
    expect(run().ok).toBe(true);
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
  });

  it("goes on writing where a write took a part", () => {
    files.writeLimit = 5;
    expect(run().ok).toBe(true);
    expect(files.calls.filter((call) => call === "write")).toHaveLength(3);
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
  });

  it("fails where a write takes nothing, instead of repeating it for ever", () => {
    files.writeLimit = 0;
    expect(run()).toEqual({ ok: false, problem: { step: "write", errno: "EIO" } });
    expect(files.texts).toEqual({});
  });

  it.each<[keyof Files, string]>([
    ["create", "EACCES"],
    ["create", "EROFS"],
    ["setMode", "EPERM"],
    ["write", "ENOSPC"],
    ["sync", "EIO"],
    ["close", "EDQUOT"],
    ["rename", "EISDIR"],
    ["syncDirectory", "EIO"],
  ])("leaves the old file and nothing else when %s fails with %s", (step, errno) => {
    files.entries.set("/d/.env", { bytes: OLD, mode: 0o644 });
    files.failures.set(step, errno);
    expect(run()).toEqual({ ok: false, problem: { step, errno } });
    expect(files.texts).toEqual({ "/d/.env": OLD_TEXT });
    expect(files.calls.filter((call) => call === "sync").length).toBeLessThanOrEqual(1);
  });

  it("leaves no file where there was none and the directory cannot be synced", () => {
    files.failures.set("syncDirectory", "EIO");
    expect(run()).toEqual({ ok: false, problem: { step: "syncDirectory", errno: "EIO" } });
    expect(files.texts).toEqual({});
  });

  it("commits though the file system knows no links", () => {
    files.entries.set("/d/.env", { bytes: OLD, mode: 0o644 });
    files.failures.set("link", "EPERM");
    expect(run()).toEqual({ ok: true, value: "renamed" });
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
  });

  it("never touches a file that has the temporary name already", () => {
    files.entries.set(TEMPORARY, { bytes: OLD, mode: 0o600 });
    expect(run()).toEqual({ ok: false, problem: { step: "create", errno: "EEXIST" } });
  });

  it.each(["EBUSY", "EXDEV"])("writes a mounted file in place when rename says %s", (errno) => {
    files.entries.set("/d/.env", { bytes: OLD, mode: 0o644 });
    files.failures.set("rename", errno);
    expect(run()).toEqual({ ok: true, value: "in_place" });
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
    expect(files.calls.slice(-5)).toEqual(["setMode", "write", "truncate", "sync", "close"]);
  });

  it("puts the old bytes back when a write in place fails behind its first bytes", () => {
    files.entries.set("/d/.env", { bytes: OLD, mode: 0o644 });
    files.failures.set("rename", "EBUSY");
    files.failures.set("truncate", "EIO");
    expect(run()).toEqual({ ok: false, problem: { step: "truncate", errno: "EIO" } });
    expect(files.texts).toEqual({ "/d/.env": OLD_TEXT });
  });

  it("tells the rename's failure where there is no file to write in place", () => {
    files.failures.set("rename", "EBUSY");
    expect(run()).toEqual({ ok: false, problem: { step: "rename", errno: "EBUSY" } });
    expect(files.texts).toEqual({});
  });
});

describe("removeLeftovers", () => {
  it("removes what a killed predecessor left for this file, and only that", () => {
    const kept = [
      "/d/.env",
      "/d/..env.startup-server-",
      `/d/..env.startup-server-${"0".repeat(31)}`,
      `/d/..env.startup-server-${"0".repeat(33)}`,
      `/d/..env.startup-server-${"G".repeat(32)}`,
      `/d/..env.startup-server-${"0".repeat(32)}.old.old`,
      `/d/..env2.startup-server-${"0".repeat(32)}`,
      `/d/.env.startup-server-${"0".repeat(32)}`,
    ];
    for (const path of [...kept, TEMPORARY, `${TEMPORARY}.old`])
      files.entries.set(path, { bytes: OLD, mode: 0o600 });
    expect(removeLeftovers(files, "/d/.env")).toBe(2);
    expect([...files.entries.keys()].toSorted()).toEqual(kept.toSorted());
  });

  it("removes nothing from a directory that cannot be listed", () => {
    files.failures.set("list", "EACCES");
    expect(removeLeftovers(files, "/d/.env")).toBe(0);
  });
});

describe("directoryOf", () => {
  it.each([
    [".env", "."],
    ["/.env", "/"],
    ["a/b/.env", "a/b"],
    ["/a/.env", "/a"],
  ])("of %s is %s", (path, directory) => {
    expect(directoryOf(path)).toBe(directory);
  });
});
