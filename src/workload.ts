/** The command behind `--`: where it is found, what environment it gets, and how the process becomes it. */

import { utf8Length } from "./bytes/primitives.ts";
import type { Environment } from "./claim/variable.ts";
import type { Host, InheritedVariable, Outcome, Passed } from "./host.ts";
import type { Log } from "./log.ts";
import { refuse } from "./result.ts";

export interface Command {
  /** As it stands behind `--`. */
  readonly name: string;
  /** Its place in the host's `args`; its arguments stand behind it. */
  readonly place: number;
}

/** What the command gets beside the claimed variables: all that is not the server's own, or PATH alone. */
export type Inheritance = "whole" | "pristine";

/** As shells and env(1) tell it. */
const EXIT_NOT_EXECUTABLE = 126;
const EXIT_NOT_FOUND = 127;

/** What runs a file that is no program and names none in its first line (execvp(3)). */
const SHELL = "/bin/sh";

export class Workload {
  readonly command: Command;
  readonly #host: Host;
  readonly #log: Log;
  readonly #inheritance: Inheritance;

  constructor(host: Host, log: Log, command: Command, inheritance: Inheritance) {
    this.command = command;
    this.#host = host;
    this.#log = log;
    this.#inheritance = inheritance;
  }

  /** Whether there is such a command now, on the inherited PATH; else why it could not be started. */
  find(): Outcome {
    let failure = "ENOENT";
    for (const path of this.#pathsWith([])) {
      // What the system gave in other bytes has come to us changed, and names another file.
      const found = path.includes("\ufffd")
        ? refuse("EILSEQ")
        : this.#host.files.checkExecutable(path);
      if (found.ok) return found;
      if (!isPassedOver(found.problem)) return found;
      if (found.problem === "EACCES") failure = found.problem;
    }
    return refuse(failure);
  }

  /** Whether the system starts a program with that much: it would refuse when the claim is spent. */
  fits(claimed: Environment): boolean {
    const inherited = this.#host.inherited();
    const most = mostBytes(this.#host.maxStackBytes()) - ADDED_BYTES;
    const args = this.#host.args.slice(this.command.place);
    const passed = [...args, ...mergeEnvironment(inherited, claimed, this.#inheritance)];
    const takes = (measure: (text: string) => number): number =>
      passed.reduce<number>((sum, each) => {
        const bytes = typeof each === "string" ? measure(each) : (inherited[each]?.bytes ?? 0);
        return sum + bytes + BYTES_BESIDE;
      }, 0);
    // Counted only where it is in doubt.
    return takes((text) => text.length * 3) <= most || takes(utf8Length) <= most;
  }

  /** Becomes the command; where that fails, says so and ends. */
  start(claimed: Environment): void {
    const { command } = this;
    const host = this.#host;
    this.#log.write("info", "becoming the command", { command: command.name });
    const environment = mergeEnvironment(host.inherited(), claimed, this.#inheritance);
    const rest = [...host.args.keys()].slice(command.place + 1);
    const paths = this.#pathsWith(claimed);
    let failure = "ENOENT";
    const tryFrom = (index: number): void => {
      const path = paths[index];
      if (path === undefined) return this.fail(failure);
      host.become({ path, args: [command.place, ...rest], environment }, (errno) => {
        if (errno === "ENOEXEC") {
          const args = [SHELL, path, ...rest];
          return host.become({ path: SHELL, args, environment }, () => this.fail(errno));
        }
        if (!isPassedOver(errno)) return this.fail(errno);
        if (errno === "EACCES") failure = errno;
        tryFrom(index + 1);
      });
    };
    tryFrom(0);
  }

  /** Says why the command cannot be started, and ends as shells do. */
  fail(errno: string): void {
    const fields = { command: this.command.name, errno };
    this.#log.write("error", "the command cannot be started", fields);
    this.#host.exit(errno === "ENOENT" ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
  }

  /** On the PATH that the command itself will have. */
  #pathsWith(claimed: Environment): readonly string[] {
    const path = claimed.find(({ name }) => name === "PATH")?.value.reveal();
    return candidatePaths(this.command.name, path ?? this.#host.variable("PATH"));
  }
}

/** Where a program is looked for without a PATH. */
const DEFAULT_PATH = "/usr/local/bin:/bin:/usr/bin";

/** The paths at which the command may be, in the order of execvp(3). */
export function candidatePaths(name: string, path: string | undefined): readonly string[] {
  if (name === "" || name.includes("/")) return [name];
  const directories = (path ?? DEFAULT_PATH).split(":");
  return directories.map((directory) => `${directory === "" ? "." : directory}/${name}`);
}

/** Whether execvp(3) looks on behind such a failure. */
function isPassedOver(errno: string): boolean {
  return PASSED_OVER.includes(errno);
}

const PASSED_OVER = "ENOENT ENOTDIR EACCES ENAMETOOLONG ENODEV ESTALE ETIMEDOUT".split(" ");

/** The claimed variables, behind the inherited ones that they leave. */
export function mergeEnvironment(
  inherited: readonly InheritedVariable[],
  claimed: Environment,
  inheritance: Inheritance,
): readonly Passed[] {
  const names = new Set(claimed.map(({ name }) => name));
  const merged: Passed[] = [];
  for (const [place, { name }] of inherited.entries()) {
    const isKept = inheritance === "whole" ? !isOwn(name) : name === "PATH";
    if (isKept && !names.has(name)) merged.push(place);
  }
  for (const { name, value } of claimed) merged.push(`${name}=${value.reveal()}`);
  return merged;
}

/** Whether the variable was for the server alone: its settings, its token, and what systemd told it. */
function isOwn(name: string): boolean {
  return name.startsWith("STARTUP_SERVER_") || SYSTEMD_NAMES.includes(name);
}

/** sd_listen_fds(3), sd_notify(3). */
const SYSTEMD_NAMES = "LISTEN_PID LISTEN_FDS LISTEN_FDNAMES LISTEN_PIDFDID NOTIFY_SOCKET".split(
  " ",
);

/** What Linux takes of arguments and environment in all, by the stack's limit (execve(2), limits on size). */
function mostBytes(maxStackBytes: number): number {
  return Math.max(128 * 1024, Math.min(maxStackBytes / 4, 6 * 1024 * 1024));
}

/** What an argument or a variable takes beside its text: a NUL and a pointer. */
const BYTES_BESIDE = 9;

/** More than what comes in addition: the program's path, and before a script's path its interpreter. */
const ADDED_BYTES = 3 * 4096;
