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
    "status watch zsh_eval_context KSHEGID KSH_VERSION PGRP USER_ID " +
    "BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_LINENO BASH_SOURCE COLUMNS COMP_WORDBREAKS FUNCNEST HISTCHARS HISTSIZE JOBMAX KEYBOARD_HACK KEYTIMEOUT KSHGID KSHUID LINES LISTMAX MAILCHECK OPTIND SAVEHIST TMOUT TRY_BLOCK_INTERRUPT WATCH ZSH_EVAL_CONTEXT ZSH_SUBSHELL builtins constructor dirstack fignore funcstack hasOwnProperty history historywords isPrototypeOf jobdirs jobtexts module_path modules nameddirs propertyIsEnumerable saliases termcap terminfo toLocaleString toString userdirs usergroups valueOf " +
    "dis_aliases dis_builtins dis_functions dis_functions_source dis_galiases dis_patchars dis_reswords dis_saliases " +
    "functions_source functrace funcfiletrace funcsourcetrace galiases patchars reswords widgets keymaps zsh_scheduled_events"
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
