/** What a story needs of the machine: without it, it is skipped loudly on a laptop and fails in CI. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { onTestFinished, type TestContext } from "vitest";
import { isCi } from "./ci.ts";
import { makeDirectory } from "./program.ts";

export type Need =
  | "linux"
  | "root"
  | "mounts"
  | "loop"
  | "strace"
  | "cc"
  | "wrk"
  | "setpriv"
  | "prlimit"
  | "unshare"
  | "go"
  | "netns"
  | "ipv6"
  | "cc"
  | "musl-gcc"
  | "script";

/** Skips the running test, or fails it in CI, where the machine lacks one of `needs`. */
export function need({ skip }: TestContext, ...needs: readonly Need[]): void {
  for (const lacking of needs) {
    if (isMet(lacking)) continue;
    if (isCi()) throw new Error(`CI lacks ${lacking}`);
    process.stderr.write(`SKIPPED a story that needs ${lacking}\n`);
    skip(`needs ${lacking}`);
  }
}

function isMet(lacking: Need): boolean {
  switch (lacking) {
    case "linux":
      return process.platform === "linux";
    case "root":
      return process.getuid?.() === 0;
    case "mounts":
      return canMount();
    case "loop":
      return runs("losetup", ["--find"]) && runs("mkfs.ext4", ["-V"]);
    case "strace":
      return runs("strace", ["-o", "/dev/null", "true"]);
    case "wrk":
      return runs("which", ["wrk"]);
    case "setpriv":
      return runs("setpriv", ["--version"]);
    case "prlimit":
      return runs("prlimit", ["--version"]);
    case "go":
      return runs("go", ["version"]);
    case "unshare":
      return runs("unshare", ["--pid", "--fork", "true"]);
    case "netns":
      return runs("unshare", ["--net", "sh", "-c", IN_NETNS]);
    case "ipv6":
      return Object.values(networkInterfaces())
        .flat()
        .some((at) => at?.address === "::1");
    case "cc":
      return runs("cc", ["--version"]);
    case "musl-gcc":
      return runs("musl-gcc", ["--version"]);
    case "script":
      return runs("script", ["-qec", "true", "/dev/null"]);
  }
}

/** A network of its own whose settings can be changed, and a way into it. */
const IN_NETNS = "ip link set lo up && sysctl -w net.ipv6.bindv6only=1 && command -v nsenter";

function runs(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "startup-server-"));
  try {
    const isMounted = runs("mount", ["-t", "tmpfs", "none", directory]);
    return isMounted && runs("umount", [directory]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A file system of its own that holds `kilobytes`, gone after the test. */
export function mountSmallDisk(kilobytes: number): string {
  const directory = makeDirectory();
  mount("-t", "tmpfs", "-o", `size=${kilobytes}k,mode=0755`, "none", directory);
  onTestFinished(() => unmount(directory));
  return directory;
}

/** Puts the file `source` over the file `target`, until the test is over. */
export function bindMount(source: string, target: string): void {
  mount("--bind", source, target);
  onTestFinished(() => unmount(target));
}

export function mount(...args: readonly string[]): void {
  execFileSync("mount", args, { stdio: "pipe" });
}

function unmount(path: string): void {
  execFileSync("umount", ["-l", path], { stdio: "pipe" });
}
