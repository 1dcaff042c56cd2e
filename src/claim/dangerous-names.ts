/** Names that are refused because their values become code. */

import { characterSet } from "../bytes/character-set.ts";
import { span } from "../bytes/primitives.ts";
import { matchesAny } from "./names.ts";

const LOADER = "the dynamic loader runs or reads what it names";
const SHELL = "shells run it, or find commands through it";
const RUNTIME = "the language runtime loads code through it";
const GIT = "git runs what it names";
const OWN = "it is a setting of startup-server itself";

/**
 * Pattern -> why a variable of that name is refused; `*` stands for any rest.
 * README shows this table, and a test holds the two equal.
 */
export const DANGEROUS_NAMES: Readonly<Record<string, string>> = {
  "LD_*": LOADER,
  GLIBC_TUNABLES: LOADER,
  GCONV_PATH: LOADER,
  PATH: SHELL,
  IFS: SHELL,
  BASH_ENV: SHELL,
  ENV: SHELL,
  SHELLOPTS: SHELL,
  BASHOPTS: SHELL,
  PS4: SHELL,
  PROMPT_COMMAND: SHELL,
  "BASH_FUNC_*": SHELL,
  NODE_OPTIONS: RUNTIME,
  PYTHONPATH: RUNTIME,
  PYTHONSTARTUP: RUNTIME,
  PYTHONHOME: RUNTIME,
  PERL5OPT: RUNTIME,
  PERL5LIB: RUNTIME,
  RUBYOPT: RUNTIME,
  RUBYLIB: RUNTIME,
  JAVA_TOOL_OPTIONS: RUNTIME,
  _JAVA_OPTIONS: RUNTIME,
  GIT_SSH_COMMAND: GIT,
  GIT_SSH: GIT,
  GIT_EXTERNAL_DIFF: GIT,
  "GIT_CONFIG_*": GIT,
  "STARTUP_SERVER_*": OWN,
};

/** Those of the table that are patterns: all others are looked up. */
const PATTERNS = Object.keys(DANGEROUS_NAMES).filter((name) => name.endsWith("*"));
/** How the patterns begin: few names have to be compared with each. */
const INITIALS = characterSet(...PATTERNS.map((pattern) => pattern.charAt(0)));

/** Why that name is refused, or undefined where it is harmless. */
export function dangerOf(name: string): string | undefined {
  if (Object.hasOwn(DANGEROUS_NAMES, name)) return DANGEROUS_NAMES[name];
  if (span(name, 0, INITIALS) === 0) return undefined;
  const pattern = PATTERNS.find((each) => matchesAny([each], name));
  return pattern && DANGEROUS_NAMES[pattern];
}
