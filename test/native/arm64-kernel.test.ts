/** The arm64 binary on a Linux of its own, emulated as a whole: there the filter of system calls is real. */

import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { isCi } from "../blackbox/ci.ts";
import { makeDirectory } from "../blackbox/program.ts";
import { bootstrap } from "../readers/install.ts";

const isAsked = process.env["ARM64"] === "1";
const EMULATOR = "qemu-system-aarch64";
const SYSTEM = ".cache/arm64-system";
const MUSL = ".cache/musl-arm64";
const COMPILER = process.arch === "arm64" ? "gcc" : "aarch64-linux-gnu-gcc";
const TIMEOUT_MS = 300_000;

function isMet(): boolean {
  const hasEmulator = spawnSync(EMULATOR, ["--version"]).status === 0;
  if (hasEmulator && process.getuid?.() === 0) return true;
  if (isCi()) throw new Error(`CI lacks ${EMULATOR}`);
  process.stderr.write(`SKIPPED: arm64 on a Linux of its own, for want of ${EMULATOR} and root\n`);
  return false;
}

/** Debian's kernel and busybox for arm64, unpacked. */
function installSystem(): void {
  if (existsSync(`${SYSTEM}/boot`)) return;
  bootstrap("extract", ["linux-image-arm64", "busybox-static"], "bookworm", SYSTEM, "arm64");
}

/** test/native/sandbox.c, linked as the binary is. */
function compileTrial(target: string): void {
  const print = (flag: string): string =>
    execFileSync(COMPILER, [flag], { encoding: "utf8" }).trim();
  const headers = [`${MUSL}/include`, print("-print-file-name=include"), ".cache/quickjs"];
  const start = ["crt1.o", "crti.o"].map((file) => `${MUSL}/lib/${file}`);
  const libraries = [`${MUSL}/lib/libc.a`, print("-print-libgcc-file-name")];
  const flags = ["-static", "-nostdlib", "-nostdinc", "-fno-pie", "-D_GNU_SOURCE"];
  const included = headers.flatMap((folder) => ["-isystem", folder]);
  const linked = ["-Wl,--start-group", ...libraries, "-Wl,--end-group", `${MUSL}/lib/crtn.o`];
  const sources = [...start, "test/native/sandbox.c"];
  execFileSync(COMPILER, [...flags, ...included, "-o", target, ...sources, ...linked]);
}

/** An archive of what the kernel starts with. */
function makeInitramfs(): string {
  const root = join(makeDirectory(), "root");
  for (const folder of ["bin", "dev", "env", "proc"])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(`${SYSTEM}/bin/busybox`, join(root, "bin/busybox"));
  copyFileSync("dist/startup-server-arm64", join(root, "startup-server"));
  copyFileSync("test/native/arm64-init.sh", join(root, "init"));
  chmodSync(join(root, "init"), 0o755);
  compileTrial(join(root, "try"));
  const archive = `${root}.cpio`;
  const list = ["sh", "-c", "find . | cpio --quiet -o -H newc"];
  writeFileSync(archive, execFileSync("env", list, { cwd: root, maxBuffer: 64 * 1024 * 1024 }));
  return archive;
}

it.runIf(isAsked)(
  "the binary for arm64 is confined, is claimed, and becomes its command on a Linux for arm64",
  { timeout: TIMEOUT_MS },
  ({ skip }) => {
    if (!isMet()) return skip();
    installSystem();
    const kernel = readdirSync(`${SYSTEM}/boot`).find((name) => name.startsWith("vmlinuz-"));
    const machine = ["-M", "virt", "-cpu", "cortex-a57", "-m", "512", "-nographic", "-nic", "none"];
    const start = ["-kernel", resolve(SYSTEM, "boot", kernel ?? ""), "-initrd", makeInitramfs()];
    const line = ["-no-reboot", "-append", "console=ttyAMA0 quiet panic=-1"];
    const console = execFileSync(EMULATOR, [...machine, ...start, ...line], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT_MS,
    });
    const told = console.split(/\r*\n/).filter((text) => text !== "" && !/^(\{|\[)/.test(text));
    expect(told).toEqual([
      '"success"',
      "NoNewPrivs:\t1",
      "Seccomp:\t2",
      "Seccomp_filters:\t1",
      "OK",
      "ended with 0",
      "KEY1=value1",
      "KEY2=value2",
      "a file a secret: value2",
      "OK",
      "the command has value",
      "ended with 42",
      "0 failures",
    ]);
    expect(console).not.toContain("without a sandbox");
    return undefined;
  },
);
