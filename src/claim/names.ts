/** Which names a variable may have, and which are refused because their values become code. */

/** Which names a variable may have. */
export const NAME_SETS = ["posix", "dotenv"] as const;
export type NameSet = (typeof NAME_SETS)[number];

/**
 * `posix`: `[A-Za-z_][A-Za-z0-9_]*`, what shells and every reader take for a name. `dotenv` also
 * takes `.` and `-` behind the first character.
 */
export function isName(text: string, set: NameSet): boolean {
  if (text === "" || isDigit(text.charCodeAt(0)) || isDotOrDash(text.charCodeAt(0))) return false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const lower = code | 0x20;
    const isWordCharacter = isDigit(code) || code === 0x5f || (lower >= 0x61 && lower <= 0x7a);
    if (!isWordCharacter && !(set === "dotenv" && isDotOrDash(code))) return false;
  }
  return true;
}

/** Whether the text is a name, or a name's beginning and `*`. */
export function isNamePattern(text: string): boolean {
  return isName(text.endsWith("*") ? `${text.slice(0, -1)}_` : text, "dotenv");
}

function isDotOrDash(code: number): boolean {
  return code === 0x2d || code === 0x2e;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const LOADER = "the dynamic loader runs or reads what it names";
const SHELL = "shells run it, or find commands through it";
const RUNTIME = "the language runtime loads code through it";
const GIT = "git runs what it names";
const OWN = "it is a setting of startup-server itself";

/**
 * Pattern -> why a variable of that name is refused; `*` stands for any rest.
 * README shows this table, and a test holds the two equal.
 */
export const DANGEROUS_NAMES: readonly (readonly [pattern: string, reason: string])[] = [
  ["LD_*", LOADER],
  ["GLIBC_TUNABLES", LOADER],
  ["GCONV_PATH", LOADER],
  ["PATH", SHELL],
  ["IFS", SHELL],
  ["BASH_ENV", SHELL],
  ["ENV", SHELL],
  ["SHELLOPTS", SHELL],
  ["BASHOPTS", SHELL],
  ["PS4", SHELL],
  ["PROMPT_COMMAND", SHELL],
  ["BASH_FUNC_*", SHELL],
  ["NODE_OPTIONS", RUNTIME],
  ["PYTHONPATH", RUNTIME],
  ["PYTHONSTARTUP", RUNTIME],
  ["PYTHONHOME", RUNTIME],
  ["PERL5OPT", RUNTIME],
  ["PERL5LIB", RUNTIME],
  ["RUBYOPT", RUNTIME],
  ["RUBYLIB", RUNTIME],
  ["JAVA_TOOL_OPTIONS", RUNTIME],
  ["_JAVA_OPTIONS", RUNTIME],
  ["GIT_SSH_COMMAND", GIT],
  ["GIT_SSH", GIT],
  ["GIT_EXTERNAL_DIFF", GIT],
  ["GIT_CONFIG_*", GIT],
  ["STARTUP_SERVER_*", OWN],
];

/** Why that name is refused, or undefined where it is harmless. */
export function dangerOf(name: string): string | undefined {
  return DANGEROUS_NAMES.find(([pattern]) => matches(pattern, name))?.[1];
}

export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matches(pattern, name));
}

/** Whether `name` is `pattern`, or begins as a pattern that ends in `*` does. */
function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
