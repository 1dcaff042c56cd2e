/** Everything that a seed decides before a run: the disk, the settings, the callers, what goes wrong. */

import type { Owner, Signal } from "../../src/host.ts";
import type { CallerPlan } from "./caller.ts";
import { planCommand, type SimulatedCommand } from "./command.ts";
import { planEnvironment, type SimulatedEnvironment } from "./environments.ts";
import { type Crash, type Fault, type OutputKinds, planCrash, planFaults } from "./faults.ts";
import type { Random } from "./random.ts";
import {
  planClaim,
  planQuestion,
  planRefusal,
  planUnfinished,
  planValidation,
  type SimulatedRequest,
} from "./requests.ts";
import { makeClaimed } from "./claimed.ts";
import { createInode, type Inode, type InodeKind } from "./simulated-disk.ts";
import { isLeftoverOf, recordOf, type SimulatedTarget } from "./targets.ts";

export interface Scenario {
  /** Stands in every value of a claim. */
  readonly marker: string;
  readonly environments: readonly SimulatedEnvironment[];
  readonly callers: readonly CallerPlan[];
  /** What the settings name; nothing only where there is a command. */
  readonly outputs: readonly SimulatedTarget[];
  /** All that a commit writes: the outputs, and where the claim is recorded that. */
  readonly targets: readonly SimulatedTarget[];
  readonly command: SimulatedCommand | undefined;
  readonly ifExists: "overwrite" | "reuse" | "refuse";
  /** Names that the settings refuse; none that any claim has. */
  readonly deny: readonly string[];
  /** Environments that claims before this process may have written. */
  readonly earlier: readonly SimulatedEnvironment[];
  /** What is in each directory. */
  readonly directories: ReadonlyMap<string, ReadonlyMap<string, Inode>>;
  /** Paths of what a killed predecessor left. */
  readonly leftovers: readonly string[];
  readonly args: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
  readonly mode: number;
  /** The owner that the settings ask for. */
  readonly owner: Owner | undefined;
  readonly drainMs: number;
  /** Infinity where it waits for ever. */
  readonly maxWaitMs: number;
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
  const command = planCommand(random);
  const outputs = command !== undefined && random.chance(40) ? [] : planOutputs(random);
  const ifExists = outputs.length === 0 ? "overwrite" : random.pick(IF_EXISTS);
  const mode = random.pick([0o600, 0o600, 0o640, 0o644]);
  const owner = random.pick([undefined, undefined, ...OWNERS]);
  const drainMs = random.pick([0, 1, 20, 250, 250, 1000, 5000]);
  const maxWaitMs = random.chance(80) ? Infinity : random.pick([1, 100, 400, 15_000]);
  const deny: readonly string[] = [];
  const settings = { outputs, ifExists, deny, mode, owner, drainMs, maxWaitMs, command };
  const targets = planTargets(settings);
  const directories = new Map(
    targets.map(({ directory }) => [directory, new Map<string, Inode>()]),
  );
  const kinds: OutputKinds[] = [];
  for (const target of targets) {
    const names = directories.get(target.directory);
    const kind = random.pick(KINDS[target.dialect === "files" ? "directory" : "file"]);
    if (names !== undefined) fillNames(random, names, target, kind === "none" ? undefined : kind);
    const [hasMounted, hasDirectory] = [kind === "mounted", target.dialect === "files"];
    kinds.push({ count: 1, hasMounted, hasDirectory });
  }
  const written: OutputKinds = {
    count: targets.length,
    hasMounted: kinds.some(({ hasMounted }) => hasMounted),
    hasDirectory: kinds.some(({ hasDirectory }) => hasDirectory),
  };
  return {
    marker,
    environments,
    callers: planCallers(random, environments, outputs),
    ...settings,
    targets,
    earlier: planEarlier(random, directories, { targets, mode, owner }, marker),
    directories,
    leftovers: findLeftovers(directories, outputs),
    ...planSettings(random, settings),
    maxConnections: random.pick([1, 2, 3, 8, 512, 512, 512]),
    faults: planFaults(random, written),
    crash: planCrash(random, written),
    shortWritePercent: random.pick([0, 0, 30, 90]),
    listenErrno: random.chance(1) ? random.pick(["EADDRINUSE", "EACCES"]) : undefined,
    opens: random.pick(["at_once", "later"]),
    signals: planSignals(random),
    jumpPermille: random.pick([0, 0, 0, 5, 30]),
    shortagePercent: random.pick([0, 0, 0, 20]),
  };
}

const OWNERS: readonly Owner[] = [
  { user: 1000, group: -1 },
  { user: 1000, group: 2000 },
];

function formatOwner({ user, group }: Owner): string {
  return group === -1 ? String(user) : `${user}:${group}`;
}

/** What may stand where a file goes, and where a directory goes. */
const KINDS = {
  file: ["none", "file", "file", "file", "mounted", "mounted", "symlink", "directory"],
  directory: [
    ...(["none", "none", "directory", "directory", "directory", "directory", "file"] as const),
    ...(["symlink", "mounted"] as const),
  ],
} as const;

/** One output, or some: one in the portable dialect, which alone refuses a carriage return. */
function planOutputs(random: Random): readonly SimulatedTarget[] {
  const directory = random.pick([".", "/data", "etc/app"]);
  const name = random.pick([".env", "app.env"]);
  const targets = [planTarget(random, directory, name, "portable")];
  if (random.chance(40)) return targets;
  if (random.chance(80)) {
    targets.push(planTarget(random, random.pick([directory, "/run"]), "secrets", "files"));
  }
  if (random.chance(30)) {
    targets.push(planTarget(random, random.pick([directory, "/run"]), "env.0", "null"));
  }
  return random.chance(50) ? targets : targets.toReversed();
}

function planTarget(
  random: Random,
  directory: string,
  name: string,
  dialect: SimulatedTarget["dialect"],
): SimulatedTarget {
  const path = `${directory}/${name}`;
  const setting = directory === "." && random.chance(50) ? name : path;
  return { setting, directory, name, path, dialect };
}

const IF_EXISTS = ["overwrite", "overwrite", "overwrite", "reuse", "reuse", "refuse"] as const;

type Settings = Pick<
  Scenario,
  "outputs" | "ifExists" | "deny" | "mode" | "owner" | "drainMs" | "maxWaitMs" | "command"
>;

/** A claim is recorded where a restarted server would reuse it. */
export function planTargets({
  outputs,
  ifExists,
  deny,
  mode,
  owner,
  command,
}: Settings): Scenario["targets"] {
  const [first] = outputs;
  if (ifExists !== "reuse" || first === undefined) return outputs;
  const kept = command === undefined ? "digests" : "variables";
  const terms = JSON.stringify({
    outputs: outputs.map(({ dialect, setting }) => `${dialect}:${setting}`),
    mode,
    ...(owner === undefined ? {} : { owner }),
    names: "posix",
    allow: [],
    deny,
    require: [],
    refuse_empty: false,
    kept,
  });
  return [...outputs, recordOf(first, { terms, outputs, kept })];
}

/** Lays out a claim before this process, whole or not. */
function planEarlier(
  random: Random,
  directories: ReadonlyMap<string, Map<string, Inode>>,
  settings: Pick<Scenario, "targets" | "mode" | "owner">,
  marker: string,
): readonly SimulatedEnvironment[] {
  if (!random.chance(30)) return [];
  const environment = planEnvironment(random, marker);
  for (const target of settings.targets) {
    const names = directories.get(target.directory);
    const isMounted = names?.get(target.name)?.kind === "mounted" && target.dialect !== "files";
    const kind = isMounted ? "mounted" : "file";
    const inode = makeClaimed(target, environment, settings, kind);
    if (random.chance(95)) names?.set(target.name, inode);
  }
  return [environment];
}

export function planSettings(
  random: Random,
  { outputs: targets, ifExists, deny, mode, owner, drainMs, maxWaitMs, command }: Settings,
): Pick<Scenario, "args" | "variables"> {
  const outputs = targets.map(({ dialect, setting }) => `${dialect}:${setting}`);
  const isShort = targets.length === 0 || (targets.length === 1 && random.chance(80));
  const isRepeated = !isShort && random.chance(50);
  const file = targets[0]?.setting ?? "none";
  const settings = [
    ...(isRepeated ? [] : [[isShort ? "file" : "output", isShort ? file : outputs.join(",")]]),
    ["mode", mode.toString(8).padStart(4, "0")],
    ["drain", String(drainMs)],
    ...(ifExists === "overwrite" ? [] : [["if-exists", ifExists] as const]),
    ...(deny.length === 0 ? [] : [["deny", deny.join(",")] as const]),
    ...(owner === undefined ? [] : [["owner", formatOwner(owner)] as const]),
    ...(maxWaitMs === Infinity ? [] : [["max-wait", String(maxWaitMs)] as const]),
    ["log-level", random.pick(["debug", "debug", "info"])],
    ["log-format", random.pick(["json", "json", "text"])],
    ...(command?.isPristine === true ? [["pristine", "true"]] : []),
  ] as const;
  const args = isRepeated ? outputs.map((output) => `--output=${output}`) : [];
  const variables = new Map<string, string>(command?.inherited);
  for (const [name = "", value = ""] of settings) {
    if (name !== "output" && random.chance(50)) args.push(`--${name}=${value}`);
    else variables.set(`STARTUP_SERVER_${name.toUpperCase().replace("-", "_")}`, value);
  }
  const behind = command === undefined ? [] : ["--", command.name, ...command.args];
  return { args: [...args, ...behind], variables };
}

/** What stands at the target, what a predecessor that was killed in mid-commit left, and what is none of both. */
function fillNames(
  random: Random,
  names: Map<string, Inode>,
  { name: targetName, dialect }: SimulatedTarget,
  target: InodeKind | undefined,
): void {
  const isDirectory = dialect === "files";
  if (target !== undefined) names.set(targetName, planInode(random, target, isDirectory));
  while (random.chance(25)) {
    const digits = Buffer.from(random.bytes(16)).toString("hex");
    const suffix = random.pick(["", ".old"]);
    const kind = isDirectory && random.chance(80) ? "directory" : "file";
    const name = `.${targetName}.startup-server-${digits}${suffix}`;
    names.set(name, planInode(random, kind, isDirectory));
  }
  // What looks like a leftover and is none, or is another server's.
  if (random.chance(30)) {
    const digits = "0123456789abcdef";
    for (const name of [
      `.${targetName}.startup-server-${digits}`,
      `.${targetName}.startup-server-${digits}${digits.toUpperCase()}`,
      `.other.env.startup-server-${digits}${digits}`,
      `${targetName}.old`,
    ]) {
      names.set(name, planInode(random, "file", false));
    }
  }
}

function planInode(random: Random, kind: InodeKind, mayBeFilled: boolean): Inode {
  const mode = random.pick([0o600, 0o644]);
  if (kind !== "directory") return createInode(kind, mode, OLD_FILE);
  const count = mayBeFilled ? random.below(4) : 0;
  const files = Array.from({ length: count }, (_, index) => {
    return [`OLD${index}`, createInode("file", mode, OLD_FILE)] as const;
  });
  return createInode(kind, 0o700, EMPTY, new Map(files));
}

function findLeftovers(
  directories: Scenario["directories"],
  outputs: readonly SimulatedTarget[],
): readonly string[] {
  const paths = [...directories].flatMap(([directory, names]) =>
    [...names.keys()].map((name) => `${directory}/${name}`),
  );
  return paths.filter((path) => {
    const isLeftover = /\.startup-server-[0-9a-f]{32}(\.old)?$/.test(path);
    return isLeftover && outputs.some((output) => isLeftoverOf(output, path));
  });
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
  targets: readonly SimulatedTarget[],
): readonly CallerPlan[] {
  const count = random.pick([1, 1, 2, 2, 3, 4, 6]);
  return Array.from({ length: count }, () => planCaller(random, environments, targets));
}

function planCaller(
  random: Random,
  environments: readonly SimulatedEnvironment[],
  targets: readonly SimulatedTarget[],
): CallerPlan {
  const requests: SimulatedRequest[] = [];
  do requests.push(planRequest(random, environments, targets));
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
  targets: readonly SimulatedTarget[],
): SimulatedRequest {
  const [first = { variables: [], file: EMPTY }] = environments;
  const environment = environments[random.below(environments.length)] ?? first;
  const kind = random.below(100);
  if (kind < 42) return planClaim(random, environment);
  if (kind < 50) return planValidation(random, environment);
  if (kind < 75) return planQuestion(random);
  return kind < 92
    ? planRefusal(random, environment, targets)
    : planUnfinished(random, environment);
}
