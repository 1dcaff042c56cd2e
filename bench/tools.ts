/** The small C programs that measure, compiled on first use. */

import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { BUILT } from "./place.ts";

/** The path of the compiled tool; throws where there is no C compiler. */
export function compileTool(name: "launch" | "waiting"): string {
  const source = `bench/tools/${name}.c`;
  const binary = join(BUILT, name);
  const isFresh = existsSync(binary) && statSync(binary).mtimeMs > statSync(source).mtimeMs;
  if (!isFresh) {
    const flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-Wconversion"];
    execFileSync("cc", [...flags, "-o", binary, source, "-lpthread"], { stdio: "pipe" });
  }
  return binary;
}
