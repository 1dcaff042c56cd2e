/** Which names shells do not read as plain variables. */

import { allBut, isAllOf } from "../bytes/character-set.ts";

const SHELL_NAME = allBut(".", "-");

/** Whether a POSIX shell can assign that name at all: those of --names=dotenv it takes for commands. */
export function isShellName(name: string): boolean {
  return isAllOf(name, SHELL_NAME);
}

/**
 * Names that bash, zsh or mksh keep read-only, compute themselves or tie to others: found by
 * sourcing a file with each. zsh calls setuid(2) or setgid(2) for UID, EUID, GID, EGID, USERNAME.
 * A row for each first letter, by its place in the alphabet, the last for `_`; each name is between
 * blanks. No set of them has to be made first.
 */
const KEPT_BY_SHELLS = [
  "",
  " ARGC aliases argv ",
  " BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO builtins ",
  " COLUMNS COMP_WORDBREAKS cdpath commands constructor ",
  " DIRSTACK dirstack dis_aliases dis_builtins dis_functions dis_functions_source dis_galiases dis_patchars dis_reswords dis_saliases ",
  " EGID EPOCHREALTIME EPOCHSECONDS ERRNO EUID ",
  " FUNCNAME FUNCNEST fignore fpath funcfiletrace funcsourcetrace funcstack functions functions_source functrace ",
  " GID GROUPS galiases ",
  " HISTCHARS HISTCMD HISTSIZE hasOwnProperty histchars history historywords ",
  " isPrototypeOf ",
  " JOBMAX jobdirs jobstates jobtexts ",
  " KEYBOARD_HACK KEYTIMEOUT KSHEGID KSHGID KSHUID KSH_VERSION keymaps ",
  " LINENO LINES LISTMAX ",
  " MAILCHECK mailpath manpath module_path modules ",
  " nameddirs ",
  " OPTIND options ",
  " PGRP PIPESTATUS PPID parameters patchars path pipestatus propertyIsEnumerable psvar ",
  "",
  " RANDOM reswords ",
  " SAVEHIST SECONDS SHELLOPTS SHLVL SRANDOM saliases status ",
  " TMOUT TRY_BLOCK_ERROR TRY_BLOCK_INTERRUPT TTYIDLE termcap terminfo toLocaleString toString ",
  " UID USERNAME USER_ID userdirs usergroups ",
  " valueOf ",
  " WATCH watch widgets ",
  "",
  "",
  " ZSH_EVAL_CONTEXT ZSH_SUBSHELL zsh_eval_context zsh_scheduled_events ",
  "",
  "",
  "",
  "",
  " _ ",
];

const MAX_COMMON_LENGTH = 253;

/**
 * Whether all readers agree on the name: at most one leading underscore, at most 253 characters,
 * neither dot nor hyphen, and none that a shell keeps for itself.
 */
export function isCommonName(name: string): boolean {
  if (name.length > MAX_COMMON_LENGTH || !isShellName(name)) return false;
  return !isKeptByShells(name) && !name.startsWith("__");
}

function isKeptByShells(name: string): boolean {
  // In ASCII, the lowest five bits of a letter are its place in the alphabet.
  const row = KEPT_BY_SHELLS[name.charCodeAt(0) & 31];
  return row !== undefined && row !== "" && row.includes(` ${name} `);
}
