/** The same source gives the same bytes, whoever builds it, wherever and whenever. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, symlinkSync, utimesSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { makeDirectory } from "../blackbox/program.ts";

const ARTEFACTS = ["dist/startup-server", "dist/startup-server.mjs", "dist/client.mjs"];
const TIMEOUT_MS = 600_000;

/** The source in a folder of its own, at another time, with what was downloaded. */
function copySource(): string {
  const copy = join(makeDirectory(), "elsewhere, in a folder with another and longer name");
  mkdirSync(join(copy, ".cache"), { recursive: true });
  const listed = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const files = execFileSync("git", listed, { encoding: "utf8" }).split("\0");
  for (const file of files.filter((name) => name !== "")) {
    cpSync(file, join(copy, file));
    utimesSync(join(copy, file), 86_400, 86_400);
  }
  cpSync(".cache/sources", join(copy, ".cache/sources"), { recursive: true });
  symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
  return copy;
}

function digestsOf(root: string): readonly string[] {
  return ARTEFACTS.map((file) => {
    const bytes = readFileSync(join(root, file));
    return `${createHash("sha256").update(bytes).digest("hex")} ${file} ${bytes.length}`;
  });
}

describe.runIf(process.env["REPRODUCE"] === "1")("the build", () => {
  it(
    "gives the same bytes in another folder, at another time, for another user's habits",
    {
      timeout: TIMEOUT_MS,
    },
    () => {
      const script = ["-c", "umask 077 && exec node scripts/build.mjs"];
      execFileSync("node", ["scripts/build.mjs"], { stdio: "ignore" });
      const copy = copySource();
      execFileSync("sh", script, {
        cwd: copy,
        env: { PATH: process.env["PATH"], HOME: copy, LC_ALL: "C", TZ: "Pacific/Kiritimati" },
        stdio: "pipe",
      });
      expect(digestsOf(copy)).toEqual(digestsOf("."));
    },
  );
});
