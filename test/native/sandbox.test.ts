import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const hasCompiler = spawnSync("cc", ["--version"]).status === 0;
const canBuild = hasCompiler && existsSync(".cache/quickjs/quickjs.h");
if (!canBuild && process.env["CI"] === undefined)
  console.warn("SKIPPED: the sandbox, for want of a C compiler");

describe.skipIf(!canBuild && process.env["CI"] === undefined)("the native host's sandbox", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sandbox-"));
    const flags = ["-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-isystem", ".cache/quickjs"];
    execFileSync("cc", [...flags, "-o", join(folder, "try"), "test/native/sandbox.c"]);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("starts no program, calls nobody, makes no memory executable, and still opens files", () => {
    const tried = spawnSync(join(folder, "try"), { encoding: "utf8" });
    expect(tried.stdout).toBe("0 failures\n");
    expect(tried.status).toBe(0);
  });
});
