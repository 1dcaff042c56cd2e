/** What a server does at its start about env files that stand already (`--if-exists`). */

import type { Environment } from "../claim/variable.ts";
import type { Host } from "../host.ts";
import type { Log } from "../log.ts";
import type { Settings } from "../settings.ts";
import { findClaimed } from "./find-claimed.ts";
import type { Recording } from "./recording.ts";

/** `reuse` has the environment where it was recorded for a command, else an empty one. */
export type Verdict =
  | { readonly kind: "wait" }
  | { readonly kind: "refuse" }
  | { readonly kind: "reuse"; readonly environment: Environment };

/** Decides, and logs why; to be called when leftovers are gone, since some go back to their place. */
export function judgeStanding(
  host: Host,
  log: Log,
  settings: Pick<Settings, "if-exists" | "mode" | "owner">,
  paths: readonly string[],
  recording: Recording | undefined,
): Verdict {
  if (settings["if-exists"] === "refuse") return refuseStanding(host, log, paths);
  if (recording === undefined) return { kind: "wait" };
  const { mode, owner } = settings;
  const found = findClaimed(host, { terms: recording.terms, paths, mode, owner });
  if (!found.ok) {
    const { code, path } = found.problem;
    const level = code === "no_record" ? "info" : "warn";
    log.write(level, "nothing to reuse", { reason: code, file: path });
    return { kind: "wait" };
  }
  const { names, environment } = found.value;
  log.write("info", "reused what was claimed before", {
    count: names.length,
    names,
    files: paths,
  });
  return { kind: "reuse", environment };
}

/** Whatever stands there counts, a broken symlink too. */
function refuseStanding(host: Host, log: Log, paths: readonly string[]): Verdict {
  for (const path of paths) {
    const examined = host.files.examine(path, 0);
    if (!examined.ok && examined.problem === "ENOENT") continue;
    log.write("error", "an env file stands already", { file: path });
    return { kind: "refuse" };
  }
  return { kind: "wait" };
}
