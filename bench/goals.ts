/** What the figures are meant to reach, and whether they do. */

import type { ContenderName } from "./contenders.ts";
import type { Results } from "./results.ts";
import {
  CLAIMS,
  HEALTH,
  POOL_MEMORY,
  POOL_TIME,
  RESIDENT,
  type Row,
  SIZE,
  START,
  WAKE_UPS,
} from "./rows.ts";
import { ratioTo } from "./table.ts";

/** Ours divided by theirs, or ours alone, and the bound that it keeps to. */
interface Goal {
  readonly row: Row;
  readonly against: ContenderName | undefined;
  readonly bound: number;
  readonly direction: "at most" | "at least";
}

const GOALS: readonly Goal[] = [
  atMost(SIZE, 0.6),
  atMost(START, 0.5, "go"),
  atMost(START, 2.5, "c"),
  atMost(RESIDENT, 0.2, "go"),
  atMost(RESIDENT, 1),
  atMost(WAKE_UPS, 0),
  ...CLAIMS.map((claim) => atMost(claim, 1, "go")),
  ...HEALTH.map((row): Goal => ({ row, bound: 1.5, against: "go", direction: "at least" })),
  atMost(POOL_TIME, 0.5, "go"),
  atMost(POOL_MEMORY, 0.25, "go"),
];

function atMost(row: Row, bound: number, against?: ContenderName): Goal {
  return { row, bound, against, direction: "at most" };
}

/** A line a goal: whether it is reached, and by how much. */
export function formatGoals(results: Results): string {
  return GOALS.flatMap((goal) => formatGoal(goal, results)).join("\n");
}

function formatGoal({ row, against, bound, direction }: Goal, results: Results): string[] {
  const ours = results.measured.find(({ name }) => name === "startup-server");
  const figure =
    against === undefined ? ours && row.of(ours.figures) : ratioTo(against, row, results);
  if (figure === undefined) return [];
  const isReached = direction === "at most" ? figure <= bound : figure >= bound;
  const unit = against === undefined ? "" : ` x ${against}`;
  const verdict = isReached ? "reached" : "MISSED ";
  const [label] = row.label.split(" (");
  return [`${verdict} ${label}: ${figure.toFixed(2)}, ${direction} ${bound}${unit}`];
}
