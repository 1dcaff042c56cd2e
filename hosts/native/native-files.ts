/** Files over system calls. */

import { decodeUtf8 } from "../../src/bytes/utf8.ts";
import type { Files, OpenFile, Outcome, Owner, Standing } from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";
import { errnoName, type System, toOutcome, uninterrupted } from "./system.ts";

/** Flags that differ between machines: arm64 numbers O_DIRECTORY and O_NOFOLLOW in its own way. */
export interface OpenFlags {
  readonly O_DIRECTORY: number;
  readonly O_NOFOLLOW: number;
}

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_NONBLOCK = 0o4000;
const O_PATH = 0o10000000;

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const PERMISSIONS = 0o7777;

const W_OK = 2;
const X_OK = 1;

const PRIVATE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

function call(make: () => number): Outcome<number> {
  return toOutcome(uninterrupted(make));
}

export function createNativeFiles(sys: System & OpenFlags): Files {
  return {
    create: (path) =>
      call(() => sys.open(path, O_WRONLY | O_CREAT | O_EXCL | sys.O_NOFOLLOW, PRIVATE)),
    openExisting: (path) => openRegular(sys, path),
    load: (path, maxBytes) => loadUpTo(sys, path, maxBytes),
    examine: (path, maxBytes) => examine(sys, path, maxBytes),
    read: (file, maxBytes) => readUpTo(sys, file, maxBytes),
    write: (file, bytes, offset) => call(() => sys.pwrite(file, bytes, offset)),
    truncate: (file, length) => call(() => sys.ftruncate(file, length)),
    setMode: (file, mode) => call(() => sys.fchmod(file, mode)),
    setOwner: (file, { user, group }) => call(() => sys.fchown(file, user, group)),
    sync: (file) => call(() => sys.fsync(file)),
    // Not repeated: Linux has closed the descriptor even where close(2) is interrupted.
    close: (file) => toOutcome(sys.close(file)),
    link: (existing, path) => call(() => sys.link(existing, path)),
    rename: (from, to) => call(() => sys.rename(from, to)),
    remove: (path) => call(() => sys.unlink(path)),
    createDirectory: (path) => call(() => sys.mkdir(path, PRIVATE_DIRECTORY)),
    removeDirectory: (path) => call(() => sys.rmdir(path)),
    setDirectoryMode: (path, mode) =>
      withOwnDirectory(sys, path, (directory) => call(() => sys.fchmod(directory, mode))),
    setDirectoryOwner: (path, { user, group }) =>
      withOwnDirectory(sys, path, (directory) => call(() => sys.fchown(directory, user, group))),
    syncDirectory: (path) =>
      withDirectory(sys, path, (directory) => call(() => sys.fsync(directory))),
    list: (path) => withDirectory(sys, path, (directory) => listNames(sys, directory)),
    checkDirectory: (path) =>
      withDirectory(sys, path, () => call(() => sys.access(path, W_OK | X_OK))),
    checkExecutable: (path) => {
      const file = sys.open(path, O_PATH, 0);
      if (file < 0) return refuse(errnoName(file));
      const { type } = statusOf(sys, file);
      sys.close(file);
      return type === S_IFREG ? call(() => sys.access(path, X_OK)) : refuse("EACCES");
    },
  };
}

/** What an open file is, as fstat(2) tells it. */
function statusOf(
  sys: System,
  file: number,
): { readonly type: number; readonly mode: number; readonly owner: Owner } {
  const words = new Uint32Array(3);
  sys.fstat(file, words);
  const [mode = 0, user = 0, group = 0] = words;
  return { type: mode & S_IFMT, mode: mode & PERMISSIONS, owner: { user, group } };
}

function loadUpTo(sys: System & OpenFlags, path: string, maxBytes: number): Outcome<Uint8Array> {
  const file = sys.open(path, O_RDONLY, 0);
  if (file < 0) return refuse(errnoName(file));
  const bytes = readUpTo(sys, file, maxBytes);
  sys.close(file);
  return bytes;
}

function openRegular(sys: System & OpenFlags, path: string): Outcome<OpenFile> {
  // O_NONBLOCK: a FIFO without a reader must fail here instead of holding the server.
  const file = sys.open(path, O_RDWR | O_NONBLOCK | sys.O_NOFOLLOW, 0);
  if (file < 0) return refuse(errnoName(file));
  const { type, mode, owner } = statusOf(sys, file);
  if (type === S_IFREG) return accept({ file, mode, owner });
  sys.close(file);
  return refuse("EINVAL");
}

function examine(sys: System & OpenFlags, path: string, maxBytes: number): Outcome<Standing> {
  // O_NONBLOCK: a FIFO without a writer must not hold the server.
  const file = sys.open(path, O_RDONLY | O_NONBLOCK | sys.O_NOFOLLOW, 0);
  if (file < 0) return refuse(errnoName(file));
  const { type, mode, owner } = statusOf(sys, file);
  const content = readContent(sys, file, type, maxBytes);
  const synced = content.ok ? call(() => sys.fsync(file)) : content;
  sys.close(file);
  if (!content.ok) return content;
  return synced.ok ? accept({ mode, owner, content: content.value }) : synced;
}

function readContent(
  sys: System,
  file: number,
  type: number,
  maxBytes: number,
): Outcome<Standing["content"]> {
  if (type === S_IFREG) {
    const bytes = readUpTo(sys, file, maxBytes);
    return bytes.ok ? accept({ kind: "file", bytes: bytes.value }) : bytes;
  }
  if (type !== S_IFDIR) return refuse("EINVAL");
  const names = listNames(sys, file);
  return names.ok ? accept({ kind: "directory", names: names.value }) : names;
}

function readUpTo(sys: System, file: number, maxBytes: number): Outcome<Uint8Array> {
  let bytes = new Uint8Array(Math.min(4096, maxBytes));
  let length = 0;
  while (length < maxBytes) {
    if (length === bytes.length) {
      const grown = new Uint8Array(Math.min(length * 4, maxBytes));
      grown.set(bytes, 0);
      bytes = grown;
    }
    const room = bytes.subarray(length);
    const count = uninterrupted(() => sys.read(file, room));
    if (count < 0) return refuse(errnoName(count));
    if (count === 0) break;
    length += count;
  }
  return accept(bytes.subarray(0, length));
}

function withDirectory<Value>(
  sys: System & OpenFlags,
  path: string,
  use: (directory: number) => Outcome<Value>,
  flags = 0,
): Outcome<Value> {
  const directory = sys.open(path, O_RDONLY | sys.O_DIRECTORY | flags, 0);
  if (directory < 0) return refuse(errnoName(directory));
  const used = use(directory);
  sys.close(directory);
  return used;
}

/** As `withDirectory`, but never through a symlink. */
function withOwnDirectory(
  sys: System & OpenFlags,
  path: string,
  use: (directory: number) => Outcome,
): Outcome {
  return withDirectory(sys, path, use, sys.O_NOFOLLOW);
}

/** Where struct linux_dirent64 has its length and its name (getdents(2)). */
const RECORD_LENGTH_AT = 16;
const NAME_AT = 19;

function listNames(sys: System, directory: number): Outcome<readonly string[]> {
  const names: string[] = [];
  const bytes = new Uint8Array(4096);
  for (;;) {
    const filled = sys.getdents(directory, bytes);
    if (filled < 0) return refuse(errnoName(filled));
    if (filled === 0) return accept(names);
    for (let at = 0; at < filled;) {
      const length =
        (bytes[at + RECORD_LENGTH_AT] ?? 0) | ((bytes[at + RECORD_LENGTH_AT + 1] ?? 0) << 8);
      const end = bytes.indexOf(0, at + NAME_AT);
      // As Node tells a name that is no text: there is one more, and it is none that we gave.
      names.push(decodeUtf8(bytes.subarray(at + NAME_AT, end)) ?? "\ufffd");
      at += length;
    }
  }
}
