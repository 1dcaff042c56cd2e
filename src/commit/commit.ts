/** Makes all outputs durable under their names, whole or not at all; knows nothing of what is in them. */

import type { Files, Outcome, Owner } from "../host.ts";
import { accept, refuse, type Result } from "../result.ts";
import { type CommitFailure, failAt, type Output, removeWhole } from "./output.ts";
import { backupPath, directoryOf, temporaryPath, UNGUESSABLE_DIGITS } from "./paths.ts";
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
  unguessable: string,
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
  unguessable: string,
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
 * Whether a file beside the target can be given to that owner, found out by doing so. Where no file
 * can be made nothing is known. It stays empty, so that its name may be guessed.
 */
export function checkOwner(files: Files, path: string, owner: Owner): Outcome {
  const probe = temporaryPath(path, "0".repeat(UNGUESSABLE_DIGITS));
  const created = files.create(probe);
  if (!created.ok) return accept(undefined);
  const owned = files.setOwner(created.value, owner);
  files.close(created.value);
  files.remove(probe);
  return owned;
}
