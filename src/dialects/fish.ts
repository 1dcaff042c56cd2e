/**
 * The fish dialect: commands for `source .env.fish`.
 *
 *     file     = *( "set -gx " NAME " '" *( literal / "\\" / "\'" ) "'" LF )
 *     literal  = <any character, line breaks included, but "'" and "\">
 *
 * There is no bare form: fish expands a bare `%self`.
 */

import { common, type Encoded, type Entry, fileDialect, notRepresentable } from "./dialect.ts";
import { escapeWithBackslash } from "./quoting.ts";
import { isShellName } from "./shell-names.ts";

export const fish = fileDialect("fish", encode, formatCommands);

/** Variables that fish 3.6 refuses to set, or sets itself: found by setting each. */
const KEPT_BY_FISH: ReadonlySet<string> = new Set(
  (
    "_ FISH_VERSION PWD SHLVL fish_kill_signal fish_killring fish_pid history hostname " +
    "pipestatus status status_generation umask version"
  ).split(" "),
);

function encode(value: string, name: string): Encoded {
  if (!isShellName(name)) return notRepresentable("has a name with a dot or a hyphen");
  if (KEPT_BY_FISH.has(name)) return notRepresentable("has a name that fish keeps for itself");
  return common(`'${escapeWithBackslash(value, "'")}'`);
}

function formatCommands(entries: readonly Entry[]): string {
  return entries.map(({ name, text }) => `set -gx ${name} ${text}\n`).join("");
}
