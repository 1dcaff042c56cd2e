/** Examines a server by the rules: one that was started for each rule, or the one at an address. */

import { join } from "node:path";
import process from "node:process";
import type { Verdict } from "./report.ts";
import type { Finding, Rule } from "./rule.ts";
import { type Address, type Manner, ServerProcess, Subject } from "./subject.ts";

/** Tells each rule's verdict as soon as it is known; what it is told itself is why nothing can be said. */
export type Tell = (rule: Rule, verdict: Verdict) => void;

export interface Started {
  readonly command: readonly string[];
  readonly manner: Manner;
}

/** Starts the command anew for each rule. The reason, where it never begins to wait. */
export async function examineCommand(
  rules: readonly Rule[],
  { command, manner }: Started,
  tell: Tell,
): Promise<string | undefined> {
  let hasStarted = false;
  for (const rule of rules) {
    // oxlint-disable-next-line no-await-in-loop -- one server at a time
    const server = await ServerProcess.launch({
      command,
      manner,
      settings: ("settings" in rule && rule.settings) || {},
      prepare: ("prepare" in rule && rule.prepare) || ((directory) => join(directory, ".env")),
    });
    // oxlint-disable-next-line no-await-in-loop -- one server at a time
    const finding = await withServer(rule, server);
    if (finding.kind === "not_started" && !hasStarted) return finding.reason;
    hasStarted = true;
    tell(rule, verdictOf(finding.kind === "not_started" ? finding.reason : finding.finding));
  }
  return undefined;
}

type Examined =
  | { readonly kind: "not_started"; readonly reason: string }
  | { readonly kind: "checked"; readonly finding: Finding };

async function withServer(rule: Rule, server: ServerProcess): Promise<Examined> {
  const stop = (): void => server.abandon();
  process.once("exit", stop);
  try {
    if (rule.kind !== "starts") {
      const ready = await server.awaitReadiness();
      if (!ready.ok) return { kind: "not_started", reason: ready.problem };
    }
    return { kind: "checked", finding: await rule.check(server) };
  } finally {
    process.off("exit", stop);
    await server.dispose();
  }
}

export interface Examination {
  readonly address: Address;
  readonly manner: Manner;
  /** Whether the server may be spent. */
  readonly spending: "spend" | "spare";
}

/** Examines the server that waits there. The reason, where nothing answers. */
export async function examineAddress(
  rules: readonly Rule[],
  { address, manner, spending }: Examination,
  tell: Tell,
): Promise<string | undefined> {
  const subject = new Subject(address, manner);
  const first = await subject.call({ target: "{health}" });
  if (first.status === 0) return `nothing answers there (${first.failure})`;
  let spentBy: string | undefined;
  for (const rule of rules) {
    const hindrance = hindranceOf(rule, spending, spentBy);
    if (rule.needs === "process" || hindrance !== undefined) {
      tell(rule, { kind: "skipped", reason: hindrance ?? "" });
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop -- one rule after the other
    const verdict = verdictOf(await rule.check(subject));
    tell(rule, verdict);
    if (verdict.kind === "not_ok") {
      // oxlint-disable-next-line no-await-in-loop -- one rule after the other
      const untouched = await subject.expectUntouched();
      if (untouched !== undefined) spentBy = rule.id;
    }
  }
  return undefined;
}

function hindranceOf(
  rule: Rule,
  spending: Examination["spending"],
  spentBy: string | undefined,
): string | undefined {
  if (rule.needs === "process") return "needs a command that starts the server";
  if (spentBy !== undefined) return `the server has not answered since ${spentBy}`;
  return rule.kind !== "asks" && spending === "spare" ? "needs --spend" : undefined;
}

function verdictOf(finding: Finding): Verdict {
  return finding === undefined ? { kind: "ok" } : { kind: "not_ok", finding };
}
