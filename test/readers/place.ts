/** Where readers run: inside a Debian tree as `nobody`, without a network; else on this machine. */

import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";

const NOBODY = 65_534;
const TIMEOUT_MS = 60_000;

export interface Command {
  readonly argv: readonly string[];
  /** A directory inside the place; `/reading` when left out. */
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The command did not end in time and was killed: nothing is known of what it would have read. */
export class TooSlow extends Error {}

/** What a command printed; it is rejected where the command fails, with what it said. */
export interface Printed {
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Place {
  readonly name: string;
  /** The same path as this process sees it. */
  outside(path: string): string;
  /** A fresh directory inside the place, which the readers may write to. */
  makeDirectory(): string;
  removeDirectory(path: string): void;
  run(command: Command): Promise<Printed>;
}

/** The little that every reader finds in its environment. */
const AMBIENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/reading/home", LC_ALL: "C.UTF-8" };

/** Mounts proc, which some clients need, goes to the directory and leaves root behind. */
const ENTER = `
root=$1 cwd=$2; shift 2
mount -t proc proc "$root/proc"
exec chroot "$root" /usr/bin/setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups --no-new-privs \
  /usr/bin/env -i --chdir="$cwd" "$@"
`;

/** A Debian tree; entering it takes root. */
export function tree(name: string, root: string): Place {
  const work = join(root, "reading");
  mkdirSync(join(work, "home"), { recursive: true });
  for (const directory of [work, join(work, "home")]) chownSync(directory, NOBODY, NOBODY);
  return {
    name,
    outside: (path) => join(root, path),
    makeDirectory: () => {
      const made = mkdtempSync(join(work, "read-"));
      chmodSync(made, 0o755);
      chownSync(made, NOBODY, NOBODY);
      return made.slice(root.length);
    },
    removeDirectory: (path) => rmSync(join(root, path), { recursive: true, force: true }),
    run: ({ argv, cwd = "/reading", environment = {}, input = "" }) =>
      capture(
        "unshare",
        [
          "--mount",
          "--net",
          "sh",
          "-c",
          ENTER,
          "sh",
          root,
          cwd,
          ...assignments({ ...AMBIENT, ...environment }),
          ...argv,
        ],
        input,
      ),
  };
}

/** This machine, for the readers of the npm registry where no tree can be entered. */
export function machine(work: string): Place {
  mkdirSync(join(work, "home"), { recursive: true });
  return {
    name: "this machine",
    outside: (path) => path,
    makeDirectory: () => mkdtempSync(join(work, "read-")),
    removeDirectory: (path) => rmSync(path, { recursive: true, force: true }),
    run: ({ argv, cwd = work, environment = {}, input = "" }) =>
      capture(
        "env",
        [
          "-i",
          "-C",
          cwd,
          ...assignments({ ...AMBIENT, HOME: join(work, "home"), ...environment }),
          ...argv,
        ],
        input,
      ),
  };
}

function assignments(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function capture(file: string, argv: readonly string[], input: string): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, argv, { stdio: "pipe", timeout: TIMEOUT_MS, killSignal: "SIGKILL" });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (status, signal) => {
      if (child.killed) return reject(new TooSlow(`did not end within ${TIMEOUT_MS / 1_000} s`));
      const said = Buffer.concat(stderr).toString("utf8");
      if (status === 0) return resolve({ stdout: Buffer.concat(stdout), stderr: said });
      const end = signal ?? `status ${status}`;
      return reject(new Error(`ended with ${end}: ${said.trim().slice(0, 300)}`));
    });
  });
}

/** Lets \`nobody\` read what root has written: the modes of env files are tested elsewhere. */
export function letEveryoneRead(path: string): void {
  const isDirectory = statSync(path).isDirectory();
  chmodSync(path, isDirectory ? 0o755 : 0o644);
  if (isDirectory) for (const name of readdirSync(path)) chmodSync(join(path, name), 0o644);
}
