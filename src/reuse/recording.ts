/** What is recorded of a claim beside its outputs, and under which settings it may be reused. */

import type { Receipt } from "../claim/receipt.ts";
import type { Environment } from "../claim/variable.ts";
import type { Output } from "../commit/output.ts";
import { recordPath } from "../commit/paths.ts";
import type { Settings } from "../settings.ts";
import { formatRecord, RECORD_MODE } from "./record.ts";

/** `variables`: a command is to be given them after a restart. */
export type Kept = "variables" | "digests";

export interface Recording {
  /** The first of the claim's outputs. */
  readonly path: string;
  readonly terms: string;
  readonly kept: Kept;
}

/** The settings that decide what is accepted and how it is written, on one line: the same line for the same. */
export function formatTerms(
  settings: Pick<
    Settings,
    "mode" | "owner" | "names" | "allow" | "deny" | "require" | "refuse-empty"
  >,
  outputs: readonly { readonly path: string; readonly dialect: string }[],
  kept: Kept,
): string {
  const { mode, owner, names, allow, deny, require } = settings;
  return JSON.stringify({
    outputs: outputs.map(({ dialect, path }) => `${dialect}:${path}`),
    mode,
    owner,
    names,
    allow,
    deny,
    require,
    refuse_empty: settings["refuse-empty"],
    kept,
  });
}

/** The record as one more output of the claim, committed with the others. */
export function recordClaim(
  { path, terms, kept }: Recording,
  { names, outputs }: Receipt,
  environment: Environment,
  sha256: (bytes: Uint8Array) => Uint8Array,
): Output {
  const keptEnvironment = kept === "variables" ? environment : [];
  const record = { terms, names, measures: outputs, environment: keptEnvironment };
  const content = { kind: "file", bytes: formatRecord(record, sha256) } as const;
  return { path: recordPath(path), mode: RECORD_MODE, owner: undefined, content };
}
