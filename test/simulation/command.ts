/** The command of a run: where it is, what starting it fails with, and what it must be given. */

import type { SimulatedEnvironment } from "./environments.ts";
import type { Random } from "./random.ts";

/** What stands at a path: execve(2) works, or fails so. */
type State = "runs" | "ENOENT" | "ENOTDIR" | "EACCES" | "ENOEXEC" | "ETXTBSY";

export interface SimulatedCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly isPristine: boolean;
  /** What is inherited beside the settings. */
  readonly inherited: readonly (readonly [name: string, value: string])[];
  /** Every path at which the command may be, in the order in which it is looked for. */
  readonly paths: readonly string[];
  readonly atStart: ReadonlyMap<string, State>;
  /** When it is to begin. */
  readonly behindClaim: ReadonlyMap<string, State>;
}

/** What the process became, in whole texts. */
export interface StartedProgram {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: readonly string[];
}

const STATES = ["runs", "runs", "runs", "ENOENT", "ENOTDIR", "EACCES", "ENOEXEC"] as const;
const SHELL = "/bin/sh";

export function planCommand(random: Random): SimulatedCommand | undefined {
  if (!random.chance(40)) return undefined;
  const search = random.pick([
    { path: "/a:/b/:/c", name: "app", paths: ["/a/app", "/b//app", "/c/app"] },
    { path: ":/b", name: "app", paths: ["./app", "/b/app"] },
    { path: undefined, name: "app", paths: ["/usr/local/bin/app", "/bin/app", "/usr/bin/app"] },
    { path: "/a", name: "/opt/app", paths: ["/opt/app"] },
    { path: "/a", name: "bin/app", paths: ["bin/app"] },
  ]);
  const states = new Map(
    [...search.paths, SHELL].map((path) => [path, random.pick(STATES)] as const),
  );
  const changed = [...states].map(
    ([path, state]) =>
      [path, random.chance(15) ? random.pick([...STATES, "ETXTBSY"]) : state] as const,
  );
  return {
    name: search.name,
    args: random.pick([[], ["--file", "x"], ["--", "\u00fc", ""]]),
    isPristine: random.chance(30),
    inherited: [
      ["KEY0", "inherited"],
      ...(search.path === undefined ? [] : [["PATH", search.path] as const]),
      ["NOTIFY_SOCKET", "/run/notify"],
      ["LISTEN_ADDRESS", "kept"],
      ["_T1", ""],
    ],
    paths: search.paths,
    atStart: states,
    behindClaim: new Map(changed),
  };
}

/** A command that runs, whatever it was before. */
export function withoutTrouble(
  command: SimulatedCommand | undefined,
): SimulatedCommand | undefined {
  if (command === undefined) return undefined;
  const runs = new Map(command.paths.map((path) => [path, "runs"] as const));
  return { ...command, atStart: runs, behindClaim: runs };
}

/** The status with which the program refuses to begin; undefined where it must not. */
export function refusalAtStart({ paths, atStart }: SimulatedCommand): number | undefined {
  return decide(paths, atStart).status;
}

/** What it must become behind a claim, or the status of its failure. */
export function expectBehindClaim(
  command: SimulatedCommand,
  { variables }: SimulatedEnvironment,
): StartedProgram | number {
  const { path, state, status } = decide(command.paths, command.behindClaim);
  if (status !== undefined) return status;
  const kept = command.isPristine ? ["PATH"] : ["KEY0", "PATH", "LISTEN_ADDRESS", "_T1"];
  const isClaimed = (name: string): boolean => variables.some(([claimed]) => claimed === name);
  const inherited = command.inherited.filter(([name]) => kept.includes(name) && !isClaimed(name));
  const environment = [...inherited, ...variables].map(([name, value]) => `${name}=${value}`);
  if (state === "runs") return { path, args: [command.name, ...command.args], environment };
  if (state !== "ENOEXEC" || command.behindClaim.get(SHELL) !== "runs") return 126;
  return { path: SHELL, args: [SHELL, path, ...command.args], environment };
}

/** The first path at which anything is that can be tried; else 126 for what is there, 127 for nothing. */
function decide(
  paths: readonly string[],
  states: ReadonlyMap<string, State>,
): { readonly path: string; readonly state: State; readonly status: number | undefined } {
  const isThere = (path: string): boolean => {
    const state = states.get(path) ?? "ENOENT";
    return state !== "ENOENT" && state !== "ENOTDIR";
  };
  const found = paths.find((path) => isThere(path) && states.get(path) !== "EACCES");
  if (found !== undefined) {
    return { path: found, state: states.get(found) ?? "ENOENT", status: undefined };
  }
  return { path: "", state: "ENOENT", status: paths.some(isThere) ? 126 : 127 };
}
