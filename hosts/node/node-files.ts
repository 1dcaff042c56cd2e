/** Files over node:fs, every call synchronous, every failure an errno's name. */

import * as fs from "node:fs";
import { constants } from "node:os";
import type { Files, OpenFile, Outcome, Standing } from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } =
  fs.constants;

const PERMISSIONS = 0o7777;

export const nodeFiles: Files = {
  create: (path) =>
    attempt(() => fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)),
  openExisting,
  load: (path, maxBytes) => {
    const opened = attempt(() => fs.openSync(path, O_RDONLY));
    if (!opened.ok) return opened;
    // Without a position: a token may come through a pipe.
    const bytes = attempt(() => readUpTo(opened.value, maxBytes));
    close(opened.value);
    return bytes;
  },
  examine,
  read: (file, maxBytes) => attempt(() => readUpTo(file, maxBytes)),
  write: (file, bytes, offset) => attempt(() => fs.writeSync(file, bytes, 0, bytes.length, offset)),
  truncate: (file, length) => attempt(() => fs.ftruncateSync(file, length)),
  setMode: (file, mode) => attempt(() => fs.fchmodSync(file, mode)),
  setOwner: (file, { user, group }) => attempt(() => fs.fchownSync(file, user, group)),
  sync: (file) => attempt(() => fs.fsyncSync(file)),
  close,
  link: (existing, path) => attempt(() => fs.linkSync(existing, path)),
  rename: (from, to) => attempt(() => fs.renameSync(from, to)),
  remove: (path) => attempt(() => fs.unlinkSync(path)),
  createDirectory: (path) => attempt(() => fs.mkdirSync(path, 0o700)),
  removeDirectory: (path) => attempt(() => fs.rmdirSync(path)),
  setDirectoryMode: (path, mode) =>
    withDirectory(path, (directory) => fs.fchmodSync(directory, mode), O_NOFOLLOW),
  setDirectoryOwner: (path, { user, group }) =>
    withDirectory(path, (directory) => fs.fchownSync(directory, user, group), O_NOFOLLOW),
  syncDirectory: (path) => withDirectory(path, (directory) => fs.fsyncSync(directory)),
  list: (path) => attempt(() => fs.readdirSync(path)),
  checkDirectory: (path) =>
    attempt(() => {
      close(fs.openSync(path, O_RDONLY | O_DIRECTORY));
      fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK);
    }),
  checkExecutable: (path) => {
    const stats = attempt(() => fs.statSync(path));
    if (stats.ok && !stats.value.isFile()) return refuse("EACCES");
    return stats.ok ? attempt(() => fs.accessSync(path, fs.constants.X_OK)) : stats;
  },
};

function readUpTo(file: number, maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(maxBytes);
  let length = 0;
  for (let count = -1; count !== 0 && length < maxBytes; length += count) {
    count = fs.readSync(file, bytes, length, maxBytes - length, null);
  }
  return bytes.subarray(0, length);
}

function openExisting(path: string): Outcome<OpenFile> {
  // O_NONBLOCK: a FIFO without a reader must fail here instead of holding the server.
  const opened = attempt(() => fs.openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK));
  if (!opened.ok) return opened;
  const stats = attempt(() => fs.fstatSync(opened.value));
  if (stats.ok && stats.value.isFile()) {
    const { mode, uid: user, gid: group } = stats.value;
    return accept({ file: opened.value, mode: mode & PERMISSIONS, owner: { user, group } });
  }
  close(opened.value);
  return refuse("EINVAL");
}

function examine(path: string, maxBytes: number): Outcome<Standing> {
  // O_NONBLOCK: a FIFO without a writer must not hold the server.
  const opened = attempt(() => fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (!opened.ok) return opened;
  const examined = attempt((): Standing | undefined => {
    const stats = fs.fstatSync(opened.value);
    const { uid: user, gid: group } = stats;
    const status = { mode: stats.mode & PERMISSIONS, owner: { user, group } };
    if (!stats.isDirectory() && !stats.isFile()) return undefined;
    const content: Standing["content"] = stats.isDirectory()
      ? { kind: "directory", names: fs.readdirSync(path) }
      : { kind: "file", bytes: readUpTo(opened.value, Math.min(maxBytes, stats.size + 1)) };
    fs.fsyncSync(opened.value);
    return { ...status, content };
  });
  close(opened.value);
  if (!examined.ok) return examined;
  return examined.value === undefined ? refuse("EINVAL") : accept(examined.value);
}

function close(file: number): Outcome {
  return attempt(() => fs.closeSync(file));
}

function withDirectory(path: string, use: (directory: number) => void, flags = 0): Outcome {
  const opened = attempt(() => fs.openSync(path, O_RDONLY | O_DIRECTORY | flags));
  if (!opened.ok) return opened;
  const used = attempt(() => use(opened.value));
  close(opened.value);
  return used;
}

/** What `call` gives, or the errno that it failed with. Anything else thrown is a bug. */
export function attempt<Value>(call: () => Value): Outcome<Value> {
  try {
    return accept(call());
  } catch (thrown) {
    return refuse(errnoOf(thrown));
  }
}

/** The errno's name of a failed call of Node's, which itself knows fewer names than the system has. */
export function errnoOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !("errno" in thrown) || !("code" in thrown)) throw thrown;
  const named = Object.entries(constants.errno).find(
    ([, number]) => number === -Number(thrown.errno),
  );
  return named?.[0] ?? String(thrown.code);
}
