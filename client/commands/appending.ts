/** Whether what is printed goes to the end of the file of earlier results, as it must. */

import { constants, fstatSync, readFileSync, statSync } from "node:fs";
import process from "node:process";

/**
 * `elsewhere`: standard output is not that file. `overwriting`: it is, and the shell has emptied it
 * before anything could be read of it. Where the system does not tell, it is taken for appending.
 */
export function findWayOfWriting(path: string): "appending" | "overwriting" | "elsewhere" {
  const { fd } = process.stdout;
  const [file, output] = [statSync(path), fstatSync(fd)];
  const isSame = file.isFile() && file.dev === output.dev && file.ino === output.ino;
  if (!isSame) return "elsewhere";
  return isAppending(fd) ? "appending" : "overwriting";
}

/** By the flags with which it was opened, which Linux tells in octal (proc_pid_fdinfo(5)). */
function isAppending(descriptor: number): boolean {
  try {
    const told = readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
    const [, flags = ""] = /^flags:\s*([0-7]+)$/m.exec(told) ?? [];
    return flags === "" || (Number.parseInt(flags, 8) & constants.O_APPEND) !== 0;
  } catch {
    return true;
  }
}
