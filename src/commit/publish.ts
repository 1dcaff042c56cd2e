/** Puts a staged output in its target's place, in a way that can be taken back until it is durable. */

import type { Files, Outcome, Owner } from "../host.ts";
import { accept, refuse, type Result } from "../result.ts";
import { backupPath, directoryOf } from "./paths.ts";
import { type CommitFailure, failAt, type Output, writeAll } from "./output.ts";
import { stage } from "./stage.ts";

/** How a target came by its new content, and what stood there before. */
export type Published =
  | {
      readonly method: "renamed";
      readonly output: Output;
      readonly temporary: string;
      readonly old: Old;
    }
  | {
      readonly method: "in_place";
      readonly output: Output;
      readonly oldBytes: Uint8Array;
      readonly oldMode: number;
      readonly oldOwner: Owner;
    };

/**
 * `linked`: it has the backup's name. `kept`: the file system gave it no second name, so its bytes
 * are in memory. `lost`: it is no file that could be read, such as a symlink.
 */
type Old =
  | { readonly kind: "linked" }
  | { readonly kind: "absent" }
  | {
      readonly kind: "kept";
      readonly bytes: Uint8Array;
      readonly mode: number;
      readonly owner: Owner;
    }
  | { readonly kind: "lost" };

export function publish(
  files: Files,
  output: Output,
  temporary: string,
): Result<Published, CommitFailure> {
  return output.content.kind === "file"
    ? publishFile(files, output, temporary, output.content.bytes)
    : publishDirectory(files, output, temporary);
}

/**
 * Renames over the target. What stood there is kept: if the directory cannot be synced, the caller
 * hears 500, and the old file has to stand again.
 */
function publishFile(
  files: Files,
  output: Output,
  temporary: string,
  bytes: Uint8Array,
): Result<Published, CommitFailure> {
  const { path } = output;
  const old = keepOld(files, path, files.link(path, backupPath(temporary)));
  const renamed = files.rename(temporary, path);
  if (renamed.ok) return accept({ method: "renamed", output, temporary, old });
  if (old.kind === "linked") files.remove(backupPath(temporary));
  const failure: CommitFailure = { step: "rename", errno: renamed.problem, path };
  const isMountPoint = renamed.problem === "EBUSY" || renamed.problem === "EXDEV";
  if (!isMountPoint) return refuse(failure);
  files.remove(temporary);
  return overwrite(files, output, bytes, failure);
}

/** What is kept of an old file to put it back: more than a claim within the default limits can write. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/** Where the file system has no hard links, or denies one, the old bytes are read instead. */
function keepOld(files: Files, path: string, linked: Outcome): Old {
  if (linked.ok) return { kind: "linked" };
  if (linked.problem === "ENOENT") return { kind: "absent" };
  const opened = files.openExisting(path);
  if (!opened.ok) return { kind: "lost" };
  const { file, mode, owner } = opened.value;
  const bytes = files.read(file, MAX_KEPT_BYTES + 1);
  files.close(file);
  if (!bytes.ok || bytes.value.length > MAX_KEPT_BYTES) return { kind: "lost" };
  return { kind: "kept", bytes: bytes.value, mode, owner };
}

/** A directory cannot be renamed over one that holds files: the old one steps aside for an instant. */
function publishDirectory(
  files: Files,
  output: Output,
  temporary: string,
): Result<Published, CommitFailure> {
  const { path } = output;
  const backup = backupPath(temporary);
  const moved = files.rename(path, backup);
  if (!moved.ok && moved.problem !== "ENOENT") {
    return refuse({ step: "rename", errno: moved.problem, path });
  }
  const renamed = failAt("rename", path, files.rename(temporary, path));
  if (!renamed.ok && moved.ok) {
    files.rename(backup, path);
    files.syncDirectory(directoryOf(path));
  }
  const old: Old = { kind: moved.ok ? "linked" : "absent" };
  return renamed.ok ? accept({ method: "renamed", output, temporary, old }) : renamed;
}

/**
 * Writes into the file that is mounted at the target. It is the one case in which a reader may see
 * a part, so the old bytes are put back where it fails; `failure` is told where it cannot begin.
 */
function overwrite(
  files: Files,
  output: Output,
  bytes: Uint8Array,
  failure: CommitFailure,
): Result<Published, CommitFailure> {
  const { path, mode, owner } = output;
  const opened = files.openExisting(path);
  if (!opened.ok) return refuse(failure);
  const { file, mode: oldMode, owner: oldOwner } = opened.value;
  const old = failAt("read", path, files.read(file, MAX_KEPT_BYTES + 1));
  if (!old.ok || old.value.length > MAX_KEPT_BYTES) {
    files.close(file);
    return old.ok ? refuse({ step: "read", errno: "EFBIG", path }) : old;
  }
  const isToBeGiven = owner !== undefined && !isSameOwner(oldOwner, owner);
  const owned = isToBeGiven ? failAt("setOwner", path, files.setOwner(file, owner)) : opened;
  if (!owned.ok) {
    files.close(file);
    return owned;
  }
  // The mode of a mounted file may be another owner's to set; what matters is that it is written.
  files.setMode(file, mode);
  const written = replaceBytes(files, file, bytes, path);
  if (!written.ok) {
    replaceBytes(files, file, old.value, path);
    files.setMode(file, oldMode);
    if (isToBeGiven) files.setOwner(file, oldOwner);
  }
  // What has been synced is not undone by a close that fails.
  files.close(file);
  return written.ok
    ? accept({ method: "in_place", output, oldBytes: old.value, oldMode, oldOwner })
    : written;
}

function isSameOwner(owner: Owner, wanted: Owner): boolean {
  return owner.user === wanted.user && (wanted.group === -1 || owner.group === wanted.group);
}

function replaceBytes(
  files: Files,
  file: number,
  bytes: Uint8Array,
  path: string,
): Result<unknown, CommitFailure> {
  const written = writeAll(files, file, bytes, path);
  const cut = written.ok ? failAt("truncate", path, files.truncate(file, bytes.length)) : written;
  return cut.ok ? failAt("sync", path, files.sync(file)) : cut;
}

/** Takes back what was published: the old content stands again, or nothing where there was nothing. */
export function withdraw(files: Files, published: Published): void {
  const { output } = published;
  if (published.method === "in_place") return withdrawInPlace(files, published);
  const { old, temporary } = published;
  const backup = backupPath(temporary);
  // A directory cannot be replaced as a file can: it goes back to its temporary name first.
  if (output.content.kind === "directory") files.rename(output.path, temporary);
  if (old.kind === "linked") files.rename(backup, output.path);
  if (old.kind === "absent" && output.content.kind === "file") files.remove(output.path);
  if (old.kind === "kept") {
    const content = { kind: "file", bytes: old.bytes } as const;
    // Who may give files away gives it back; to all others it would only be one more way to fail.
    const owner = output.owner && old.owner;
    const staged = stage(files, { path: output.path, mode: old.mode, owner, content }, temporary);
    if (staged.ok) files.rename(temporary, output.path);
  }
}

function withdrawInPlace(
  files: Files,
  published: Extract<Published, { method: "in_place" }>,
): void {
  const { path, owner } = published.output;
  const opened = files.openExisting(path);
  if (!opened.ok) return;
  const { file } = opened.value;
  replaceBytes(files, file, published.oldBytes, path);
  files.setMode(file, published.oldMode);
  if (owner !== undefined) files.setOwner(file, published.oldOwner);
  files.close(file);
}
