/** Removes what a commit that was killed has left behind. */

import type { Files } from "../host.ts";
import { isOfDirectory, removeWhole } from "./output.ts";
import { directoryOf, isBackup, isTemporaryName } from "./paths.ts";

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
