/** The pages as a build writes them, and the tools of this machine that read them. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { TestContext } from "vitest";
import { writePages } from "../../scripts/pages.mjs";
import { isCi } from "../blackbox/ci.ts";

export const PLACES = {
  man: "man/man1/startup-server.1",
  bash: "bash-completion/completions/startup-server",
  zsh: "zsh/site-functions/_startup-server",
  fish: "fish/vendor_completions.d/startup-server.fish",
} as const;

export class InstalledPages {
  readonly folder = mkdtempSync(join(tmpdir(), "startup-server-pages-"));

  static async write(): Promise<InstalledPages> {
    const pages = new InstalledPages();
    await writePages(pages.folder);
    return pages;
  }

  path(page: keyof typeof PLACES): string {
    return join(this.folder, PLACES[page]);
  }

  read(page: keyof typeof PLACES): string {
    return readFileSync(this.path(page), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Skips the running test, or fails it in CI, where the machine lacks the program. */
export function needProgram({ skip }: TestContext, program: string): void {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
  } catch {
    if (isCi()) throw new Error(`CI lacks ${program}`);
    process.stderr.write(`SKIPPED a test that needs ${program}\n`);
    skip(`needs ${program}`);
  }
}
