/** Makes all outputs durable under their names, whole or not at all; knows nothing of what is in them. */

import type { Files } from "../host.ts";
import { accept, refuse, type Result } from "../result.ts";
import { type CommitFailure, failAt, isOfDirectory, type Output, removeWhole } from "./output.ts";
import { backupPath, directoryOf, isBackup, isTemporaryName, temporaryPath } from "./paths.ts";
import { type Published, publish, withdraw } from "./publish.ts";
import { stage } from "./stage.ts";

/** `in_place`: the target is a mount point, so its bytes were overwritten under its own name. */
export type CommitMethod = Published["method"];

/**
 * All outputs are written and synced under temporary names, then renamed, then their directories
 * synced: after it the bytes survive a power cut, and at every instant a reader sees the old file or
 * the whole new one. On failure everything is as before; the next commit makes new files: a failed
 * fsync says that bytes were lost, and a second one on the same file would not (fsync(2)).
 * `unguessable` makes the temporary names. The methods come in the outputs' order.
 */
export function commit(
  files: Files,
  outputs: readonly Output[],
  unguessable: Uint8Array,
): Result<readonly CommitMethod[], CommitFailure> {
  const published: Published[] = [];
  const done = commitAll(files, outputs, unguessable, published);
  if (!done.ok) {
    for (const each of published) withdraw(files, each);
    for (const [directory] of directoriesOf(published)) files.syncDirectory(directory);
    for (const { path } of outputs) {
      if (!isOthers(path, done.problem)) removeWhole(files, temporaryPath(path, unguessable));
    }
  }
  for (const each of published) {
    if (each.method !== "renamed" || each.old.kind !== "linked") continue;
    // A directory that could not be put back waits under this name for the next start.
    if (done.ok || each.output.content.kind === "file") {
      removeWhole(files, backupPath(each.temporary));
    }
  }
  return done.ok ? accept(published.map(({ method }) => method)) : refuse(done.problem);
}

/** Every step in its order, up to the first that fails; `published` gets what has to be taken back then. */
function commitAll(
  files: Files,
  outputs: readonly Output[],
  unguessable: Uint8Array,
  published: Published[],
): Result<unknown, CommitFailure> {
  for (const output of outputs) {
    const staged = stage(files, output, temporaryPath(output.path, unguessable));
    if (!staged.ok) return staged;
  }
  for (const output of outputs) {
    const renamed = publish(files, output, temporaryPath(output.path, unguessable));
    if (!renamed.ok) return renamed;
    published.push(renamed.value);
  }
  return syncDirectories(files, published);
}

/** Whether what has the temporary name was there before, which nothing but a stranger can have done. */
function isOthers(path: string, { step, errno, path: failedPath }: CommitFailure): boolean {
  return path === failedPath && errno === "EEXIST" && step.startsWith("create");
}

/** Directories with changed names, each with a target in it. What was written in place has its old name. */
function directoriesOf(published: readonly Published[]): ReadonlyMap<string, string> {
  const renamed = published.filter(({ method }) => method === "renamed");
  return new Map(renamed.map(({ output: { path } }) => [directoryOf(path), path]));
}

/** Makes the new names durable. */
function syncDirectories(
  files: Files,
  published: readonly Published[],
): Result<unknown, CommitFailure> {
  const directories = directoriesOf(published);
  for (const [directory, path] of directories) {
    const synced = failAt("syncDirectory", path, files.syncDirectory(directory));
    if (!synced.ok) return synced;
  }
  return accept(directories);
}

/**
 * Removes what a predecessor that was killed in mid-commit left behind, and only that; how many. A
 * directory that had stepped aside takes its place again where nothing stands there.
 */
export function removeLeftovers(files: Files, path: string): number {
  const directory = directoryOf(path);
  const listed = files.list(directory);
  if (!listed.ok) return 0;
  const leftovers = listed.value.filter((name) => isTemporaryName(name, path));
  return leftovers.filter((name) => removeLeftover(files, `${directory}/${name}`, path)).length;
}

/** Whether it is gone. A file is never put back: the one that replaced it may have been acknowledged. */
function removeLeftover(files: Files, leftover: string, path: string): boolean {
  const removed = files.remove(leftover);
  if (removed.ok || !isOfDirectory(removed.problem)) return removed.ok;
  if (isBackup(leftover)) {
    const standing = files.list(path);
    // rename(2) would replace an empty directory, which may be what a claim has written.
    if (!standing.ok && standing.problem !== "ENOTDIR") {
      return standing.problem === "ENOENT" && files.rename(leftover, path).ok;
    }
  }
  return removeWhole(files, leftover);
}
