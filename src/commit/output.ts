/** What a commit writes, how it can fail, and the steps that its stages share. */

import type { FileHandle, Files, Outcome, Owner } from "../host.ts";
import { accept, refuse, type Result } from "../result.ts";

/** One target of a commit, and what is to stand there. */
export interface Output {
  readonly path: string;
  /** Permission bits of each file, whatever the umask. */
  readonly mode: number;
  /** Whose everything is that is written; undefined for the process's own. */
  readonly owner: Owner | undefined;
  readonly content: Content;
}

export type Content =
  | { readonly kind: "file"; readonly bytes: Uint8Array }
  | { readonly kind: "directory"; readonly files: readonly NamedBytes[] };

/** One file of a directory. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The step that failed, with the errno's name and the target that it was for. */
export interface CommitFailure {
  readonly step: keyof Files;
  readonly errno: string;
  readonly path: string;
}

/** Names the step and the target of a call's failure. */
export function failAt<Value>(
  step: keyof Files,
  path: string,
  outcome: Outcome<Value>,
): Result<Value, CommitFailure> {
  return outcome.ok ? outcome : refuse({ step, errno: outcome.problem, path });
}

/** Writes all the bytes from the file's start; a write may take only a part of what it is given. */
export function writeAll(
  files: Files,
  file: FileHandle,
  bytes: Uint8Array,
  path: string,
): Result<unknown, CommitFailure> {
  let offset = 0;
  while (offset < bytes.length) {
    const written = failAt("write", path, files.write(file, bytes.subarray(offset), offset));
    if (!written.ok) return written;
    // A call that takes nothing and names no error would be repeated for ever.
    if (written.value === 0) return refuse({ step: "write", errno: "EIO", path });
    offset += written.value;
  }
  return accept(offset);
}

/** Whether that is what unlink(2) says of a directory, on Linux and elsewhere. */
export function isOfDirectory(errno: string): boolean {
  return errno === "EISDIR" || errno === "EPERM";
}

/** Removes a file, or a directory with the files in it; whether it is gone. */
export function removeWhole(files: Files, path: string): boolean {
  const removed = files.remove(path);
  if (removed.ok || !isOfDirectory(removed.problem)) return removed.ok;
  // Whoever may not write a directory may not remove what is in it. It fails at a symlink, which
  // somebody else may have put there: what it leads to is not ours.
  const opened = files.setDirectoryMode(path, 0o700);
  if (!opened.ok && (opened.problem === "ELOOP" || opened.problem === "ENOTDIR")) return false;
  const listed = files.list(path);
  // One that cannot be listed may be empty.
  for (const name of listed.ok ? listed.value : []) {
    if (name !== "." && name !== "..") files.remove(`${path}/${name}`);
  }
  return files.removeDirectory(path).ok;
}
