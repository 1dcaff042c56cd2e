/** Writes an output under a temporary name, complete and synced, before anything is published. */

import type { Files } from "../host.ts";
import type { Result } from "../result.ts";
import { type CommitFailure, failAt, type NamedBytes, type Output, writeAll } from "./output.ts";

export function stage(
  files: Files,
  output: Output,
  temporary: string,
): Result<unknown, CommitFailure> {
  const { content } = output;
  return content.kind === "file"
    ? stageFile(files, temporary, content.bytes, output)
    : stageDirectory(files, temporary, content.files, output);
}

/** It is the owner's before its mode lets a group read it: the process's own group never may. */
function stageFile(
  files: Files,
  temporary: string,
  bytes: Uint8Array,
  { path, mode, owner }: Output,
): Result<unknown, CommitFailure> {
  const created = failAt("create", path, files.create(temporary));
  if (!created.ok) return created;
  const file = created.value;
  const owned =
    owner === undefined ? created : failAt("setOwner", path, files.setOwner(file, owner));
  const moded = owned.ok ? failAt("setMode", path, files.setMode(file, mode)) : owned;
  const written = moded.ok ? writeAll(files, file, bytes, path) : moded;
  const synced = written.ok ? failAt("sync", path, files.sync(file)) : written;
  const closed = failAt("close", path, files.close(file));
  return synced.ok ? closed : synced;
}

function stageDirectory(
  files: Files,
  temporary: string,
  members: readonly NamedBytes[],
  output: Output,
): Result<unknown, CommitFailure> {
  const { path, mode, owner } = output;
  const created = failAt("createDirectory", path, files.createDirectory(temporary));
  if (!created.ok) return created;
  for (const { name, bytes } of members) {
    const staged = stageFile(files, `${temporary}/${name}`, bytes, output);
    if (!staged.ok) return staged;
  }
  if (owner !== undefined) {
    const owned = files.setDirectoryOwner(temporary, owner);
    if (!owned.ok) return failAt("setDirectoryOwner", path, owned);
  }
  const directoryMode = searchable(mode);
  const moded = failAt("setDirectoryMode", path, files.setDirectoryMode(temporary, directoryMode));
  return moded.ok ? failAt("syncDirectory", path, files.syncDirectory(temporary)) : moded;
}

/** A directory's mode for files of that mode: whoever may read them may search it too. */
export function searchable(mode: number): number {
  return mode | ((mode & 0o444) >> 2);
}
