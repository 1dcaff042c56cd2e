/** Makes the env file durable under its name, whole or not at all; knows nothing of what is in it. */

import { formatHex } from "./bytes/hex.ts";
import type { FileHandle, Files, Outcome } from "./host.ts";
import { accept, refuse, type Result } from "./result.ts";

/** A file to be written, and how. */
export interface CommitTarget {
  readonly path: string;
  /** Permission bits of the file, whatever the umask. */
  readonly mode: number;
}

/** `in_place`: the target is a mount point, so its bytes were overwritten under its own name. */
export type CommitMethod = "renamed" | "in_place";

/** The step that failed, with the errno's name. What stood at the target stands there again. */
export interface CommitFailure {
  readonly step: keyof Files;
  readonly errno: string;
}

/**
 * Write, fsync, rename, fsync of the directory: after it the bytes survive a power cut, and at
 * every instant a reader sees the old file or the whole new one. `unguessable` makes the temporary
 * names; on failure they are gone, and the next commit makes a new file: a failed fsync says that
 * bytes were lost, and a second one on the same file would not (fsync(2)).
 */
export function commit(
  files: Files,
  target: CommitTarget,
  bytes: Uint8Array,
  unguessable: Uint8Array,
): Result<CommitMethod, CommitFailure> {
  const temporary = temporaryPath(target.path, unguessable);
  const written = writeTemporary(files, temporary, target.mode, bytes);
  const published = written.ok ? publish(files, temporary, target.path) : written;
  if (published.ok) return accept("renamed");
  files.remove(temporary);
  const { step, errno } = published.problem;
  const isMountPoint = step === "rename" && (errno === "EBUSY" || errno === "EXDEV");
  return isMountPoint ? overwrite(files, target, bytes, published.problem) : published;
}

/** The directory that holds `path`, `.` where it has none of its own. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash === -1) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
}

/** Removes what a predecessor that was killed in mid-commit left behind, and only that. */
export function removeLeftovers(files: Files, path: string): number {
  const listed = files.list(directoryOf(path));
  if (!listed.ok) return 0;
  const prefix = temporaryPrefix(path);
  const leftovers = listed.value.filter((name) => isTemporaryName(name, prefix));
  for (const name of leftovers) files.remove(`${directoryOf(path)}/${name}`);
  return leftovers.length;
}

const UNGUESSABLE_DIGITS = 32;
export const UNGUESSABLE_BYTES = UNGUESSABLE_DIGITS / 2;

function temporaryPrefix(path: string): string {
  return `.${path.slice(path.lastIndexOf("/") + 1)}.startup-server-`;
}

function temporaryPath(path: string, unguessable: Uint8Array): string {
  return `${directoryOf(path)}/${temporaryPrefix(path)}${formatHex(unguessable)}`;
}

function isTemporaryName(name: string, prefix: string): boolean {
  const end = name.endsWith(BACKUP_SUFFIX) ? -BACKUP_SUFFIX.length : name.length;
  const digits = name.slice(prefix.length, end);
  if (!name.startsWith(prefix) || digits.length !== UNGUESSABLE_DIGITS) return false;
  for (const digit of digits) if (!"0123456789abcdef".includes(digit)) return false;
  return true;
}

function writeTemporary(
  files: Files,
  path: string,
  mode: number,
  bytes: Uint8Array,
): Result<unknown, CommitFailure> {
  const created = failAt("create", files.create(path));
  if (!created.ok) return created;
  const file = created.value;
  const moded = failAt("setMode", files.setMode(file, mode));
  const written = moded.ok ? writeAll(files, file, bytes) : moded;
  const synced = written.ok ? failAt("sync", files.sync(file)) : written;
  const closed = failAt("close", files.close(file));
  return synced.ok ? closed : synced;
}

function writeAll(
  files: Files,
  file: FileHandle,
  bytes: Uint8Array,
): Result<unknown, CommitFailure> {
  let offset = 0;
  while (offset < bytes.length) {
    const written = failAt("write", files.write(file, bytes.subarray(offset), offset));
    if (!written.ok) return written;
    // A call that takes nothing and names no error would be repeated for ever.
    if (written.value === 0) return refuse({ step: "write", errno: "EIO" });
    offset += written.value;
  }
  return accept(offset);
}

const BACKUP_SUFFIX = ".old";

/**
 * Renames over the target and makes that durable. The old file keeps a second name until then: if
 * the directory cannot be synced, the caller hears 500, and so the old file has to stand again.
 */
function publish(files: Files, temporary: string, path: string): Result<unknown, CommitFailure> {
  const backup = temporary + BACKUP_SUFFIX;
  const linked = files.link(path, backup);
  const renamed = failAt("rename", files.rename(temporary, path));
  const synced = renamed.ok
    ? failAt("syncDirectory", files.syncDirectory(directoryOf(path)))
    : renamed;
  if (renamed.ok && !synced.ok) withdraw(files, path, linked, backup);
  if (linked.ok) files.remove(backup);
  return synced;
}

function withdraw(files: Files, path: string, linked: Outcome, backup: string): void {
  if (linked.ok) files.rename(backup, path);
  else if (linked.problem === "ENOENT") files.remove(path);
  files.syncDirectory(directoryOf(path));
}

/** What is read of the old file, to put it back: more than any claim can write. */
const MAX_RESTORED_BYTES = 4 * 1024 * 1024;

/**
 * Writes into the file that is mounted at the target. It is the one case in which a reader may see
 * a part, so the old bytes are put back where it fails; `failure` is told where it cannot begin.
 */
function overwrite(
  files: Files,
  target: CommitTarget,
  bytes: Uint8Array,
  failure: CommitFailure,
): Result<CommitMethod, CommitFailure> {
  const opened = files.openExisting(target.path);
  if (!opened.ok) return refuse(failure);
  const file = opened.value;
  const old = failAt("read", files.read(file, MAX_RESTORED_BYTES));
  // The mode of a mounted file may be another owner's to set; what matters is that it is written.
  files.setMode(file, target.mode);
  const written = old.ok ? replaceBytes(files, file, bytes) : old;
  if (old.ok && !written.ok) replaceBytes(files, file, old.value);
  const closed = failAt("close", files.close(file));
  if (!written.ok) return written;
  return closed.ok ? accept("in_place") : closed;
}

function replaceBytes(
  files: Files,
  file: FileHandle,
  bytes: Uint8Array,
): Result<unknown, CommitFailure> {
  const written = writeAll(files, file, bytes);
  const cut = written.ok ? failAt("truncate", files.truncate(file, bytes.length)) : written;
  return cut.ok ? failAt("sync", files.sync(file)) : cut;
}

function failAt<Value>(step: keyof Files, outcome: Outcome<Value>): Result<Value, CommitFailure> {
  return outcome.ok ? outcome : refuse({ step, errno: outcome.problem });
}
