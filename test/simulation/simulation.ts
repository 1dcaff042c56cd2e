/** A whole run from one seed: a process, its end or its crash, and where that matters the next process. */

import type { CallerPlan } from "./caller.ts";
import { withoutTrouble } from "./command.ts";
import { formsOf, planEnvironment } from "./environments.ts";
import { findClaimed, tamper } from "./claimed.ts";
import { Life, type LifeParts } from "./life.ts";
import { Random } from "./random.ts";
import { planClaim } from "./requests.ts";
import { planScenario, planSettings, planTargets, type Scenario } from "./scenario.ts";
import { SimulatedDirectory, SimulatedDisk, split } from "./simulated-disk.ts";
import type { Clock } from "./simulated-host.ts";
import { contentOf, holds } from "./targets.ts";
import { type Keeping, Trace } from "./trace.ts";
import { type Violation, Violations } from "./violation.ts";

export interface Run {
  readonly seed: number;
  /** The same for two runs in which the same things happened. */
  readonly digest: string;
  /** What happened, where it was to be kept. */
  readonly lines: readonly string[];
  readonly violation: Violation | undefined;
  /** What became of the run, to be counted. */
  readonly ending: string;
}

export function simulate(seed: number, keeping: Keeping = "digest"): Run {
  const random = new Random(seed);
  const trace = new Trace(keeping);
  const violations = new Violations();
  const scenario = planScenario(random);
  trace.note(`seed ${seed}, ${describe(scenario)}`);
  const clock: Clock = { monotonicMs: 0, epochMs: 1_800_000_000_000 };
  const directories = [...scenario.directories].map(
    ([path, names]) => [path, new SimulatedDirectory(names)] as const,
  );
  const disk = new SimulatedDisk(random, new Map(directories));
  if (scenario.earlier.length > 0 && random.chance(70)) {
    tamper(random, disk, scenario, scenario.marker);
  }
  const parts = { scenario, disk, random, trace, clock, violations };
  const life = new Life(parts);
  life.run();
  checkSecrecy(life, scenario.marker, violations);
  const cause = life.calls.hasCrashed ? (scenario.crash?.cause ?? "kill") : "kill";
  const isReusing = scenario.ifExists === "reuse";
  if (isReusing && life.calls.hasCrashed && cause === "kill") checkReuseAtOnce(parts);
  const surviving = disk.survive(cause);
  if (life.calls.hasCrashed) life.fileJudge.checkSurviving(surviving);
  const isNeeded =
    life.calls.hasCrashed || life.files.stuckPaths.size > 0 || isReusing || random.chance(10);
  if (isNeeded && violations.first === undefined) {
    trace.note("the next process starts");
    if (isReusing && random.chance(60)) tamper(random, surviving, scenario, scenario.marker);
    const changed = random.pick([{}, {}, {}, {}, {}, {}, { mode: 0o604 }, { deny: ["NOBODY*"] }]);
    const next = planNext(random, scenario, surviving, changed);
    const nextLife = new Life({ ...parts, scenario: next, disk: surviving });
    nextLife.run();
    checkSecrecy(nextLife, next.marker, violations);
    const isClaimable = scenario.targets.every(({ path, dialect }) => {
      const kind = surviving.find(path)?.kind;
      return dialect === "files" ? kind !== "mounted" : kind !== "directory";
    });
    const { status, program } = nextLife.host;
    const hasGoneOn = next.command === undefined ? status === 0 : program !== undefined;
    if (isClaimable && scenario.ifExists !== "refuse" && !hasGoneOn) {
      violations.report("right_answer", "the next process could not be claimed");
    }
  }
  const { lines, digest } = trace;
  return { seed, digest, lines, violation: violations.first, ending: endingOf(life) };
}

/**
 * A restart before the kernel has written what was not synced: what is reused then must be durable
 * behind the exit status 0, as what is claimed.
 */
function checkReuseAtOnce(parts: LifeParts): void {
  const { scenario, disk, random, trace, violations } = parts;
  const environments = [...scenario.environments, ...scenario.earlier];
  const claimed = findClaimed(disk, scenario, environments);
  if (claimed === undefined || violations.first !== undefined) return;
  trace.note("the next process starts at once");
  const next = planNext(random, scenario, disk);
  // Its judges take what it finds for durable.
  const life = new Life({ ...parts, scenario: next, violations: new Violations() });
  life.run();
  if (!life.hasReused) return;
  for (const target of scenario.targets) {
    for (const inode of disk.findPossible(target.path)) {
      if (holds(inode, contentOf(claimed, target), "durable")) continue;
      violations.report("exit_0_only_if_durable", "a power cut would undo what was reused");
    }
  }
}

function endingOf(life: Life): string {
  if (life.calls.hasCrashed) return "crashed";
  if (life.host.program !== undefined) return "command";
  return life.host.status === undefined ? "waiting" : `exit ${life.host.status}`;
}

/** A claim without any trouble, on what the process before has left. */
function planNext(
  random: Random,
  scenario: Scenario,
  disk: SimulatedDisk,
  changed: Partial<Pick<Scenario, "mode" | "deny">> = {},
): Scenario {
  const marker = `Zn${random.text(10)}`;
  const environment = planEnvironment(random, marker);
  const caller: CallerPlan = {
    requests: [planClaim(random, environment)],
    startMs: 0,
    isPipelining: false,
    sendsBytes: Infinity,
    readsBytes: Infinity,
    windowBytes: 65_536,
    ending: "close",
    resetsAt: 0,
  };
  const isForeign = (path: string): boolean => {
    const [directory, name] = split(path);
    if (scenario.targets.some((target) => target.path === path)) return true;
    const wasThere = scenario.directories.get(directory)?.has(name) === true;
    return wasThere && !scenario.leftovers.includes(path);
  };
  const settings = { ...scenario, ...changed, maxWaitMs: Infinity };
  return {
    ...settings,
    ...planSettings(random, settings),
    targets: planTargets(settings),
    earlier: [...scenario.environments, ...scenario.earlier],
    marker,
    environments: [environment],
    callers: [caller],
    leftovers: [...disk.inodes.keys()].filter((path) => !isForeign(path)),
    maxConnections: 512,
    command: withoutTrouble(scenario.command),
    faults: [],
    crash: undefined,
    listenErrno: undefined,
    signals: [],
    jumpPermille: 0,
    shortagePercent: 0,
  };
}

function checkSecrecy(life: Life, marker: string, violations: Violations): void {
  const outputs = { log: life.host.lines.join(""), answer: life.answerJudge.sent.join("") };
  for (const form of formsOf(marker)) {
    for (const [place, text] of Object.entries(outputs)) {
      if (text.includes(form)) violations.report("no_value_leaks", `a value is in a ${place}`);
    }
  }
}

function describe(scenario: Scenario): string {
  const { targets, command, directories, faults, crash, callers, drainMs, maxConnections } =
    scenario;
  const outputs = targets.map(({ directory, name, dialect, setting }) => {
    return [dialect, setting, directories.get(directory)?.get(name)?.kind ?? "none"];
  });
  return JSON.stringify({
    outputs,
    command: command && [command.name, ...command.behindClaim],
    faults,
    crash,
    callers: callers.length,
    drainMs,
    maxConnections,
  });
}
