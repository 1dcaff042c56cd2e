/** Puts a staged output in its target's place, in a way that can be taken back until it is durable. */

import type { Files, Outcome } from "../host.ts";
import { accept, refuse, type Result } from "../result.ts";
import { backupPath } from "./paths.ts";
import { type CommitFailure, failAt, type Output, removeWhole, writeAll } from "./output.ts";

/** How a target came by its new content, and what stood there before. */
export type Published =
  | {
      readonly method: "renamed";
      readonly path: string;
      readonly backup: string;
      /** `linked`: the old one has the backup's name; `absent`: there was none; `lost`: it has no second name. */
      readonly old: "linked" | "absent" | "lost";
    }
  | { readonly method: "in_place"; readonly path: string; readonly oldBytes: Uint8Array };

export function publish(
  files: Files,
  output: Output,
  temporary: string,
): Result<Published, CommitFailure> {
  return output.content.kind === "file"
    ? publishFile(files, output, temporary, output.content.bytes)
    : publishDirectory(files, output.path, temporary);
}

/**
 * Renames over the target. What stood there keeps a second name: if the directory cannot be synced,
 * the caller hears 500, and the old file has to stand again.
 */
function publishFile(
  files: Files,
  output: Output,
  temporary: string,
  bytes: Uint8Array,
): Result<Published, CommitFailure> {
  const { path } = output;
  const backup = backupPath(temporary);
  const old = oldOf(files.link(path, backup));
  const renamed = files.rename(temporary, path);
  if (renamed.ok) return accept({ method: "renamed", path, backup, old });
  if (old === "linked") files.remove(backup);
  const failure: CommitFailure = { step: "rename", errno: renamed.problem, path };
  const isMountPoint = renamed.problem === "EBUSY" || renamed.problem === "EXDEV";
  if (!isMountPoint) return refuse(failure);
  files.remove(temporary);
  return overwrite(files, output, bytes, failure);
}

/** A directory cannot be renamed over one that holds files: the old one steps aside for an instant. */
function publishDirectory(
  files: Files,
  path: string,
  temporary: string,
): Result<Published, CommitFailure> {
  const backup = backupPath(temporary);
  const moved = files.rename(path, backup);
  if (!moved.ok && moved.problem !== "ENOENT") {
    return refuse({ step: "rename", errno: moved.problem, path });
  }
  const renamed = failAt("rename", path, files.rename(temporary, path));
  if (!renamed.ok && moved.ok) files.rename(backup, path);
  const old = oldOf(moved);
  return renamed.ok ? accept({ method: "renamed", path, backup, old }) : renamed;
}

function oldOf(kept: Outcome): "linked" | "absent" | "lost" {
  if (kept.ok) return "linked";
  return kept.problem === "ENOENT" ? "absent" : "lost";
}

/** What is read of the old file, to put it back: more than any claim can write. */
const MAX_RESTORED_BYTES = 4 * 1024 * 1024;

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
  const { path, mode } = output;
  const opened = files.openExisting(path);
  if (!opened.ok) return refuse(failure);
  const file = opened.value;
  const old = failAt("read", path, files.read(file, MAX_RESTORED_BYTES));
  // The mode of a mounted file may be another owner's to set; what matters is that it is written.
  files.setMode(file, mode);
  const written = old.ok ? replaceBytes(files, file, bytes, path) : old;
  if (old.ok && !written.ok) replaceBytes(files, file, old.value, path);
  const closed = failAt("close", path, files.close(file));
  if (!old.ok) return old;
  if (!written.ok) return written;
  return closed.ok ? accept({ method: "in_place", path, oldBytes: old.value }) : closed;
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
  const { path } = published;
  if (published.method === "in_place") {
    const opened = files.openExisting(path);
    if (!opened.ok) return;
    replaceBytes(files, opened.value, published.oldBytes, path);
    files.close(opened.value);
    return;
  }
  if (published.old === "linked" && !files.rename(published.backup, path).ok) {
    // A directory is in the way of the one that it replaced.
    removeWhole(files, path);
    files.rename(published.backup, path);
  }
  if (published.old === "absent") removeWhole(files, path);
}
