/** Which names shells do not read as plain variables. */

import { hasAnyOf } from "./quoting.ts";

/** Whether a POSIX shell can assign that name at all: those of --names=dotenv it takes for commands. */
export function isShellName(name: string): boolean {
  return !hasAnyOf(name, ".-");
}

/**
 * Names that bash, zsh or mksh keep read-only, compute themselves or tie to others: found by
 * sourcing a file with each. zsh calls setuid(2) or setgid(2) for UID, EUID, GID, EGID, USERNAME.
 */
const KEPT_BY_SHELLS: ReadonlySet<string> = new Set(
  (
    "_ BASHOPTS BASHPID BASH_SUBSHELL BASH_VERSINFO DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID " +
    "FUNCNAME GROUPS HISTCMD LINENO PIPESTATUS PPID RANDOM SECONDS SHELLOPTS SHLVL SRANDOM UID " +
    "ARGC EGID ERRNO GID TRY_BLOCK_ERROR TTYIDLE USERNAME aliases argv cdpath commands fpath " +
    "functions histchars jobstates mailpath manpath options parameters path pipestatus psvar " +
    "status watch zsh_eval_context KSHEGID KSH_VERSION PGRP USER_ID"
  ).split(" "),
);

const MAX_COMMON_LENGTH = 253;

/**
 * Whether all readers agree on the name: at most one leading underscore, at most 253 characters,
 * neither dot nor hyphen, and none that a shell keeps for itself.
 */
export function isCommonName(name: string): boolean {
  if (name.startsWith("__") || name.length > MAX_COMMON_LENGTH) return false;
  return isShellName(name) && !KEPT_BY_SHELLS.has(name);
}
