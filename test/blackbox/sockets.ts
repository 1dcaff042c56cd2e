/** Builds sockets.c, which does with sockets what Node cannot, and says how to call it. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const SOURCE = join(import.meta.dirname, "sockets.c");

let built: string | undefined;

/** The program's path; it is built when the first story asks for it, which `need("cc")` before. */
export function socketsProgram(): string {
  if (built !== undefined) return built;
  const directory = mkdtempSync(join(tmpdir(), "startup-server-sockets-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  built = join(directory, "sockets");
  execFileSync("cc", ["-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", built, SOURCE]);
  return built;
}

/** What stands before a program's command, so that its descriptor 3 is of that kind. */
export function handOver(kind: string, count = "1"): readonly string[] {
  return [socketsProgram(), "hand-over", kind, count];
}
