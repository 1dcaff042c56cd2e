/** A whole run from one seed: a process, its end or its crash, and where that matters the next process. */

import type { CallerPlan } from "./caller.ts";
import { formsOf, planEnvironment } from "./environments.ts";
import { Life } from "./life.ts";
import { Random } from "./random.ts";
import { planClaim } from "./requests.ts";
import { planScenario, type Scenario } from "./scenario.ts";
import { SimulatedDirectory, SimulatedDisk, split } from "./simulated-disk.ts";
import type { Clock } from "./simulated-host.ts";
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
  const parts = { scenario, disk, random, trace, clock, violations };
  const life = new Life(parts);
  life.run();
  checkSecrecy(life, scenario.marker, violations);
  const cause = life.calls.hasCrashed ? (scenario.crash?.cause ?? "kill") : "kill";
  const surviving = disk.survive(cause);
  if (life.calls.hasCrashed) life.fileJudge.checkSurviving(surviving);
  const isNeeded = life.calls.hasCrashed || life.files.stuckPaths.size > 0 || random.chance(10);
  if (isNeeded && violations.first === undefined) {
    trace.note("the next process starts");
    const next = planNext(random, scenario, surviving);
    const nextLife = new Life({ ...parts, scenario: next, disk: surviving });
    nextLife.run();
    checkSecrecy(nextLife, next.marker, violations);
    const isClaimable = scenario.targets.every(({ path, dialect }) => {
      const kind = surviving.find(path)?.kind;
      return dialect === "files" ? kind !== "mounted" : kind !== "directory";
    });
    if (isClaimable && nextLife.host.status !== 0) {
      violations.report("right_answer", "the next process could not be claimed");
    }
  }
  const { lines, digest } = trace;
  return { seed, digest, lines, violation: violations.first, ending: endingOf(life) };
}

function endingOf(life: Life): string {
  if (life.calls.hasCrashed) return "crashed";
  return life.host.status === undefined ? "waiting" : `exit ${life.host.status}`;
}

/** A claim without any trouble, on what the process before has left. */
function planNext(random: Random, scenario: Scenario, disk: SimulatedDisk): Scenario {
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
  return {
    ...scenario,
    marker,
    environments: [environment],
    callers: [caller],
    leftovers: [...disk.inodes.keys()].filter((path) => !isForeign(path)),
    maxConnections: 512,
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
  const { targets, directories, faults, crash, callers, drainMs, maxConnections } = scenario;
  const outputs = targets.map(({ directory, name, dialect, setting }) => {
    return [dialect, setting, directories.get(directory)?.get(name)?.kind ?? "none"];
  });
  return JSON.stringify({
    outputs,
    faults,
    crash,
    callers: callers.length,
    drainMs,
    maxConnections,
  });
}
