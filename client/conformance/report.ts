/** What the conformance command prints: one line a rule, as the Test Anything Protocol has it (TAP 14). */

import type { Rule } from "./rule.ts";

export type Verdict =
  | { readonly kind: "ok" }
  | { readonly kind: "not_ok"; readonly finding: string }
  | { readonly kind: "skipped"; readonly reason: string };

export function formatPlan(count: number): string {
  return `TAP version 14\n1..${count}\n`;
}

export function formatVerdict(number: number, rule: Rule, verdict: Verdict): string {
  const stated = escape(`${rule.id}: ${rule.sentence} (${rule.clause})`);
  switch (verdict.kind) {
    case "ok":
      return `ok ${number} - ${stated}\n`;
    case "not_ok":
      return `not ok ${number} - ${stated}: ${escape(verdict.finding)}\n`;
    case "skipped":
      return `ok ${number} - ${stated} # SKIP ${escape(verdict.reason)}\n`;
  }
}

/** Nothing more can be said of the server. */
export function formatBailOut(reason: string): string {
  return `Bail out! ${escape(reason)}\n`;
}

/** A number sign would begin a directive, and a line break another line. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("#", "\\#").replaceAll(/\s+/g, " ");
}
