/** `startup-server claim`: one target or thousands, a result line each. */

import process from "node:process";
import type { Outcome } from "../outcome.ts";
import { Walk } from "../walk.ts";
import { findWayOfWriting } from "./appending.ts";
import { parseClaimArguments } from "./arguments.ts";
import { formatClaimUsage } from "./claim-usage.ts";
import { workThrough } from "./crew.ts";
import { Interruption } from "./interruption.ts";
import { type Assignment, makePlan, type Plan, type Surroundings } from "./plan.ts";
import { Progress } from "./progress.ts";
import { formatResult } from "./result-line.ts";
import { ResultsOutput } from "./results-output.ts";
import { EX_IOERR, EX_USAGE, statusOf, Tally } from "./tally.ts";

/** Runs to its end and gives the exit status. */
export async function claimCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const invocation = parseClaimArguments(args);
  if (!invocation.ok) return refuseUsage(invocation.problem);
  if (invocation.value.kind === "help") {
    process.stdout.write(formatClaimUsage());
    return 0;
  }
  const plan = makePlan(invocation.value, surroundings);
  if (!plan.ok) return refuseUsage(plan.problem);
  const { resume } = plan.value.flags;
  const writing = resume === "" ? "elsewhere" : findWayOfWriting(resume);
  if (writing === "overwriting") return refuseUsage(EMPTIED);
  const output = new ResultsOutput(process.stdout, process.stderr);
  if (plan.value.isCutOff && writing === "appending") await output.write("\n");
  return await run(plan.value, output);
}

function refuseUsage(sentence: string): number {
  process.stderr.write(`startup-server claim: ${sentence}\n`);
  return EX_USAGE;
}

const EMPTIED = "--resume: expected results to be appended to that file by >>, got it emptied by >";

async function run(plan: Plan, output: ResultsOutput): Promise<number> {
  const { assignments, flags } = plan;
  const beganAtMs = Date.now();
  const tally = new Tally();
  const todo: Assignment[] = [];
  for (const assignment of assignments) {
    if (assignment.step.kind === "skip") tally.count(assignment.step.outcome);
    else todo.push(assignment);
  }
  const interruption = Interruption.listen();
  const progress = process.stderr.isTTY
    ? new Progress(assignments.length, process.stderr)
    : undefined;
  progress?.show(tally.counts, performance.now());
  await workThrough(todo, flags.concurrency, interruption.hold, async (assignment) => {
    const outcome = await claimOne(assignment, plan, interruption);
    tally.count(outcome.outcome);
    const { planned, step } = assignment;
    const sinceMs = step.kind === "ask" ? step.sentAtMs : beganAtMs;
    if (process.stdout.isTTY) progress?.hide();
    await output.write(formatResult(planned.url, sinceMs, outcome));
    progress?.show(tally.counts, performance.now());
  });
  progress?.finish(tally.counts);
  interruption.ignore();
  if (output.hasFailed) return EX_IOERR;
  return interruption.status ?? statusOf(tally.counts);
}

function claimOne(assignment: Assignment, plan: Plan, stops: Interruption): Promise<Outcome> {
  const { planned, step } = assignment;
  const { flags, token } = plan;
  const { target, environment } = planned;
  const sentAtMs = step.kind === "ask" ? step.sentAtMs : undefined;
  const { generation, deadline: deadlineMs } = flags;
  return new Walk(
    { target, environment, token, generation, sentAtMs },
    {
      deadlineMs,
      attemptMs: flags["request-timeout"],
      signal: stops.signal,
      hold: stops.hold,
    },
  ).run();
}
