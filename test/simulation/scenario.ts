/** Everything that a seed decides before a run: the disk, the settings, the callers, what goes wrong. */

import type { Signal } from "../../src/host.ts";
import type { CallerPlan } from "./caller.ts";
import { planEnvironment, type SimulatedEnvironment } from "./environments.ts";
import { type Crash, type Fault, planCrash, planFaults } from "./faults.ts";
import type { Random } from "./random.ts";
import {
  planClaim,
  planQuestion,
  planRefusal,
  planUnfinished,
  type SimulatedRequest,
} from "./requests.ts";
import { createInode, type Inode, type InodeKind } from "./simulated-disk.ts";

export interface Scenario {
  /** Stands in every value of a claim. */
  readonly marker: string;
  readonly environments: readonly SimulatedEnvironment[];
  readonly callers: readonly CallerPlan[];
  readonly directory: string;
  readonly targetName: string;
  readonly names: ReadonlyMap<string, Inode>;
  /** Names in the directory that a killed predecessor left. */
  readonly leftovers: readonly string[];
  readonly args: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
  readonly mode: number;
  readonly drainMs: number;
  readonly maxConnections: number;
  readonly faults: readonly Fault[];
  readonly crash: Crash | undefined;
  readonly shortWritePercent: number;
  readonly listenErrno: string | undefined;
  readonly opens: "at_once" | "later";
  readonly signals: readonly { readonly signal: Signal; readonly atMs: number }[];
  /** How many steps of a thousand the clock jumps before. */
  readonly jumpPermille: number;
  /** How many accepts of a hundred find no descriptor. */
  readonly shortagePercent: number;
}

const OLD_FILE = new TextEncoder().encode("OLD=file\nTHAT=stands\n");

export function planScenario(random: Random): Scenario {
  const marker = `Zq${random.text(10)}`;
  const environments = [planEnvironment(random, marker)];
  while (random.chance(40) && environments.length < 4) {
    environments.push(planEnvironment(random, marker));
  }
  const target = random.pick(["none", "file", "file", "mounted", "symlink", "directory"] as const);
  const targetName = random.pick([".env", "app.env"]);
  const directory = random.pick([".", "/data", "etc/app"]);
  const mode = random.pick([0o600, 0o600, 0o640, 0o644]);
  const drainMs = random.pick([0, 1, 20, 250, 250, 1000, 5000]);
  const leftovers = planLeftovers(random, targetName);
  return {
    marker,
    environments,
    callers: planCallers(random, environments),
    directory,
    targetName,
    names: planNames(random, target === "none" ? undefined : target, targetName, leftovers),
    leftovers,
    ...planSettings(random, directory, targetName, mode, drainMs),
    mode,
    drainMs,
    maxConnections: random.pick([1, 2, 3, 8, 512, 512, 512]),
    faults: planFaults(random, target),
    crash: planCrash(random),
    shortWritePercent: random.pick([0, 0, 30, 90]),
    listenErrno: random.chance(1) ? random.pick(["EADDRINUSE", "EACCES"]) : undefined,
    opens: random.pick(["at_once", "later"]),
    signals: planSignals(random),
    jumpPermille: random.pick([0, 0, 0, 5, 30]),
    shortagePercent: random.pick([0, 0, 0, 20]),
  };
}

function planSettings(
  random: Random,
  directory: string,
  targetName: string,
  mode: number,
  drainMs: number,
): Pick<Scenario, "args" | "variables"> {
  const path = directory === "." && random.chance(50) ? targetName : `${directory}/${targetName}`;
  const settings = [
    ["file", path],
    ["mode", mode.toString(8).padStart(4, "0")],
    ["drain", String(drainMs)],
    ["log-level", random.pick(["debug", "debug", "info"])],
    ["log-format", random.pick(["json", "json", "text"])],
  ] as const;
  const args: string[] = [];
  const variables = new Map<string, string>();
  for (const [name, value] of settings) {
    if (random.chance(50)) args.push(`--${name}=${value}`);
    else variables.set(`STARTUP_SERVER_${name.toUpperCase().replace("-", "_")}`, value);
  }
  return { args, variables };
}

/** What a predecessor that was killed in mid-commit left behind. */
function planLeftovers(random: Random, targetName: string): readonly string[] {
  const leftovers: string[] = [];
  while (random.chance(25)) {
    const digits = Buffer.from(random.bytes(16)).toString("hex");
    const suffix = random.pick(["", ".old"]);
    leftovers.push(`.${targetName}.startup-server-${digits}${suffix}`);
  }
  return leftovers;
}

function planNames(
  random: Random,
  target: InodeKind | undefined,
  targetName: string,
  leftovers: readonly string[],
): ReadonlyMap<string, Inode> {
  const create = (kind: InodeKind): Inode =>
    createInode(kind, random.pick([0o600, 0o644]), kind === "directory" ? EMPTY : OLD_FILE);
  const names = new Map<string, Inode>();
  if (target !== undefined) names.set(targetName, create(target));
  for (const name of leftovers) names.set(name, create("file"));
  // What looks like a leftover and is none, or is another server's.
  if (random.chance(30)) {
    const digits = "0123456789abcdef";
    names.set(`.${targetName}.startup-server-${digits}`, create("file"));
    names.set(`.${targetName}.startup-server-${digits}${digits.toUpperCase()}`, create("file"));
    names.set(`.other.env.startup-server-${digits}${digits}`, create("file"));
    names.set(`${targetName}.old`, create("file"));
  }
  return names;
}

const EMPTY = new Uint8Array(0);

function planSignals(random: Random): Scenario["signals"] {
  const signals: { signal: Signal; atMs: number }[] = [];
  while (random.chance(15) && signals.length < 3) {
    const signal = random.pick(["SIGHUP", "SIGINT", "SIGTERM"]);
    signals.push({ signal, atMs: random.pick([random.below(5), random.below(100), 3000]) });
  }
  return signals;
}

function planCallers(
  random: Random,
  environments: readonly SimulatedEnvironment[],
): readonly CallerPlan[] {
  const count = random.pick([1, 1, 2, 2, 3, 4, 6]);
  return Array.from({ length: count }, () => planCaller(random, environments));
}

function planCaller(random: Random, environments: readonly SimulatedEnvironment[]): CallerPlan {
  const requests: SimulatedRequest[] = [];
  do requests.push(planRequest(random, environments));
  while (requests.length < 4 && random.chance(45) && isComplete(requests.at(-1)));
  const length = requests.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    requests,
    startMs: random.pick([0, 0, random.below(30), random.below(400)]),
    isPipelining: random.chance(40),
    sendsBytes: random.pick([length > 600 ? 50 : 1, 7, 100, Infinity, Infinity, Infinity]),
    readsBytes: random.pick([0, 9, 50, Infinity, Infinity, Infinity, Infinity, Infinity]),
    windowBytes: random.pick([1, 60, 300, 65_536, 65_536, 65_536, 65_536]),
    ending: random.pick(["close", "close", "close", "half_close", "half_close", "reset", "stay"]),
    resetsAt: random.below(length + 1),
  };
}

/** What comes behind an unfinished request would finish it. */
function isComplete(request: SimulatedRequest | undefined): boolean {
  return request?.expectation.kind !== "unfinished";
}

function planRequest(
  random: Random,
  environments: readonly SimulatedEnvironment[],
): SimulatedRequest {
  const [first = { variables: [], file: EMPTY }] = environments;
  const environment = environments[random.below(environments.length)] ?? first;
  const kind = random.below(100);
  if (kind < 50) return planClaim(random, environment);
  if (kind < 75) return planQuestion(random);
  return kind < 92 ? planRefusal(random, environment) : planUnfinished(random, environment);
}
