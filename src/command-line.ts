/** The command line and the variables: from text to settings, or one sentence of what is wrong. */

import { accept, refuse, type Result } from "./result.ts";
import {
  isRepeatable,
  isSwitch,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  SETTINGS,
  variableOf,
} from "./settings.ts";

/** What the command line asks for; a usage problem is one sentence. */
export type Invocation =
  | { readonly kind: "serve"; readonly settings: Settings }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** A flag wins over its variable, the variable over the default. */
export function parseSettings(
  args: readonly string[],
  variable: (name: string) => string | undefined,
): Result<Invocation, string> {
  const flags = parseFlags(args);
  if (!flags.ok) return flags;
  if (flags.value === "help" || flags.value === "version") return accept({ kind: flags.value });
  const isShort = flags.value.has("file") || flags.value.has("format");
  if (isShort && flags.value.has("output")) {
    return refuse("--output: expected without --file and --format, its short form, got both");
  }
  const values: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const flag = flags.value.get(name);
    const inherited = isShort && name === "output" ? undefined : readVariable(variable, name);
    const text = flag ?? inherited ?? SETTINGS[name].fallback;
    const source = flag === undefined ? variableOf(name) : `--${name}`;
    // What the system gave in other bytes has come to us changed.
    if (text.includes("\ufffd")) return refuse(`${source}: expected UTF-8, got other bytes`);
    const parsed = SETTINGS[name].parse(text);
    if (!parsed.ok) {
      return refuse(
        `${source}: expected ${parsed.problem}, got ${quoted(text)}${serviceLinkHint(text)}`,
      );
    }
    values[name] = parsed.value;
  }
  return accept({ kind: "serve", settings: values as Settings });
}

/** An empty variable is as good as none. One text holds what several flags would say, between commas. */
function readVariable(
  variable: (name: string) => string | undefined,
  name: SettingName,
): string | undefined {
  const text = variable(variableOf(name)) || undefined;
  return isRepeatable(name) ? text?.split(",").join("\n") : text;
}

type Flags = "help" | "version" | ReadonlyMap<string, string>;

function parseFlags(args: readonly string[]): Result<Flags, string> {
  const flags = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--help" || arg === "-h") return accept("help");
    if (arg === "--version" || arg === "-V") return accept("version");
    if (!arg.startsWith("--") || arg === "--") {
      return refuse(`expected a flag, got ${quoted(arg)}; --help lists them`);
    }
    const equals = arg.indexOf("=");
    const name = equals === -1 ? arg.slice(2) : arg.slice(2, equals);
    if (!isSettingName(name)) return refuse(unknownFlag(name));
    const earlier = flags.get(name);
    if (earlier !== undefined && !isRepeatable(name)) {
      return refuse(`--${name}: expected once, got twice`);
    }
    if (equals === -1 && !isSwitch(name)) index += 1;
    const value = equals === -1 ? flagValue(name, args[index]) : arg.slice(equals + 1);
    if (value === undefined || (value === "" && !mayBeEmpty(name))) {
      return refuse(`--${name}: expected a value, got none`);
    }
    flags.set(name, earlier === undefined ? value : `${earlier}\n${value}`);
  }
  return accept(flags);
}

function flagValue(name: SettingName, next: string | undefined): string | undefined {
  return isSwitch(name) ? "true" : next;
}

/** An empty path comes of a shell's unset variable: to do without the token then would fail open. */
function mayBeEmpty(name: SettingName): boolean {
  return name !== "token-file" && name !== "output";
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function unknownFlag(name: string): string {
  const nearest = [...SETTING_NAMES, "help", "version"].find((known) => isNear(known, name));
  const hint = nearest === undefined ? "--help lists all flags" : `did you mean --${nearest}?`;
  return `--${name}: no such flag; ${hint}`;
}

/** Whether one edit, two swapped letters, or a part left out at the end make the one of the other. */
function isNear(known: string, given: string): boolean {
  if (given.length > 2 && (known.startsWith(given) || given.startsWith(known))) return true;
  let start = 0;
  while (start < given.length && known[start] === given[start]) start += 1;
  let end = 0;
  const shorter = Math.min(known.length, given.length);
  while (end < shorter - start && known.at(-1 - end) === given.at(-1 - end)) end += 1;
  const [left = "", right = ""] = known.slice(start, known.length - end);
  const isSwapped = given.slice(start, given.length - end) === right + left;
  return isSwapped || Math.max(known.length, given.length) - start - end <= 1;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Kubernetes gives pods `STARTUP_SERVER_PORT=tcp://...` where a Service is named startup-server. */
function serviceLinkHint(text: string): string {
  if (!text.startsWith("tcp://")) return "";
  return "; Kubernetes sets this for a Service named startup-server: use enableServiceLinks: false";
}
