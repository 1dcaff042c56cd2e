/** Where a claim is written: which outputs the settings ask for, whether they can be, what is recorded of them. */

import { removeLeftovers } from "./commit/leftovers.ts";
import { directoryOf } from "./commit/paths.ts";
import type { Host } from "./host.ts";
import type { Later } from "./later.ts";
import type { Fields, Log } from "./log.ts";
import type { Recording } from "./reuse/recording.ts";
import type { OutputTarget } from "./server/prepared-output.ts";
import { NO_FILE } from "./setting-values.ts";
import type { Settings } from "./settings.ts";
import type { Command } from "./workload.ts";

/** Every output of a claim; `--file` and `--format` are the short form for one. */
export function targetsOf(settings: Settings): readonly OutputTarget[] {
  if (settings.output.length > 0) return settings.output;
  return settings.file === NO_FILE ? [] : [{ path: settings.file, dialect: settings.format }];
}

/** What keeps an output from being written, as a log line says it. */
export interface Obstacle {
  readonly message: string;
  readonly fields: Fields;
}

/** Removes leftovers beside the outputs; undefined where these can be written, as far as that can be seen. */
export function findObstacle(
  host: Host,
  later: () => Later,
  log: Log,
  settings: Settings,
): Obstacle | undefined {
  for (const { path } of targetsOf(settings)) {
    const directory = directoryOf(path);
    const checked = host.files.checkDirectory(directory);
    if (!checked.ok) {
      const fields = { directory, errno: checked.problem };
      return { message: "the env file's directory cannot be written", fields };
    }
    const count = removeLeftovers(host.files, path);
    if (count > 0) log.write("info", "leftovers of a killed server removed", { count });
    const owned = settings.owner && later().checkOwner(host.files, path, settings.owner);
    if (owned?.ok === false) {
      const fields = { file: path, errno: owned.problem };
      return { message: "the env file cannot be given to its owner", fields };
    }
  }
  return undefined;
}

/** What is recorded of a claim: something only for a server that would reuse it, with what a command needs. */
export function recordingOf(
  settings: Settings,
  command: Command | undefined,
  later: () => Later,
): Recording | undefined {
  const targets = targetsOf(settings);
  const [first] = targets;
  if (settings["if-exists"] !== "reuse" || first === undefined) return undefined;
  const kept = command === undefined ? "digests" : "variables";
  return { path: first.path, terms: later().formatTerms(settings, targets, kept), kept };
}
