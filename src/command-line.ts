/** The command line and the variables: from text to settings, or one sentence of what is wrong. */

import type { NamedText } from "./host.ts";
import { accept, refuse, type Result } from "./result.ts";
import { NO_FILE } from "./setting-values.ts";
import {
  isRepeatable,
  isSwitch,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  SETTINGS,
  variableOf,
} from "./settings.ts";
import type { Command } from "./workload.ts";

/** What the command line asks for; a usage problem is one sentence. */
export type Invocation =
  | {
      readonly kind: "serve";
      readonly settings: Settings;
      /** What stands behind `--`, where that is there. */
      readonly command: Command | undefined;
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** The first word that asks a running server instead of being one. */
export const HEALTH = "health";

/** Flags that say in short what one flag says in general. */
const SHORT_FORMS: readonly (readonly [SettingName, SettingName, SettingName])[] = [
  ["output", "file", "format"],
  ["listen", "host", "port"],
];

/** What the settings are of which nothing is said. */
const DEFAULTS = Object.fromEntries(
  SETTING_NAMES.map((name) => {
    const parsed = SETTINGS[name].parse(SETTINGS[name].fallback);
    return [name, parsed.ok ? parsed.value : undefined];
  }),
) as Settings;

/** The settings' names, by their variables'. */
const NAMES_OF_VARIABLES: ReadonlyMap<string, SettingName> = new Map(
  SETTING_NAMES.map((name) => [variableOf(name), name]),
);

/** What is said of a setting, and where. */
interface Statement {
  readonly source: string;
  readonly text: string;
}

/**
 * A flag wins over its variable, the variable over the default. `variables` are those whose names begin
 * with {@link VARIABLE_PREFIX}.
 */
export function parseSettings(
  args: readonly string[],
  variables: readonly NamedText[],
): Result<Invocation, string> {
  const end = args.indexOf("--");
  const flags = parseFlags(end === -1 ? args : args.slice(0, end));
  if (!flags.ok) return flags;
  if (flags.value === "help" || flags.value === "version") return accept({ kind: flags.value });
  const statements = readVariables(variables);
  for (const [name, one, other] of SHORT_FORMS) {
    if (!flags.value.has(one) && !flags.value.has(other)) continue;
    statements.delete(name);
    if (flags.value.has(name)) {
      return refuse(
        `--${name}: expected without --${one} and --${other}, its short form, got both`,
      );
    }
  }
  for (const [name, text] of flags.value) statements.set(name, { source: `--${name}`, text });
  // What nothing is said of is found behind it, and need not be copied.
  const settings: Settings = Object.create(DEFAULTS);
  for (const [name, statement] of statements) {
    const problem = set(settings, name, statement);
    if (problem !== undefined) return refuse(problem);
  }
  const command = readCommand(args, end);
  if (!command.ok) return command;
  const problem = findContradiction(settings, command.value);
  if (problem !== undefined) return refuse(problem);
  return accept({ kind: "serve", settings, command: command.value });
}

/** What is wrong with what is said, if anything. */
function set(
  settings: Partial<Record<SettingName, unknown>>,
  name: SettingName,
  { source, text }: Statement,
): string | undefined {
  // What the system gave in other bytes has come to us changed.
  if (text.includes("\ufffd")) return `${source}: expected UTF-8, got other bytes`;
  const parsed = SETTINGS[name].parse(text);
  if (!parsed.ok) {
    return `${source}: expected ${parsed.problem}, got ${quoted(text)}${serviceLinkHint(text)}`;
  }
  settings[name] = parsed.value;
  return undefined;
}

/** What is missing where no file is written. */
function findContradiction(settings: Settings, command: Command | undefined): string | undefined {
  if (settings.file !== NO_FILE || settings.output.length > 0) return undefined;
  if (command === undefined) {
    return "--file: expected the path of a file where no command follows --, got none";
  }
  if (settings["if-exists"] === "overwrite") return undefined;
  return `--file: expected the path of a file for --if-exists=${settings["if-exists"]}, got none`;
}

/** The command behind the `--` at `end`, which ends the flags; none where there is no `--`. */
function readCommand(args: readonly string[], end: number): Result<Command | undefined, string> {
  if (end === -1) return accept(undefined);
  const name = args[end + 1];
  if (name === undefined) return refuse("--: expected a command behind it, got none");
  return accept({ name, place: end + 1 });
}

/** An empty variable is as good as none. One text holds what several flags would say, between commas. */
function readVariables(variables: readonly NamedText[]): Map<SettingName, Statement> {
  const statements = new Map<SettingName, Statement>();
  for (const [source, value] of variables) {
    const name = NAMES_OF_VARIABLES.get(source);
    if (name === undefined || value === "" || statements.has(name)) continue;
    const text = isRepeatable(name) ? value.split(",").join("\n") : value;
    statements.set(name, { source, text });
  }
  return statements;
}

type Flags = "help" | "version" | ReadonlyMap<SettingName, string>;

function parseFlags(args: readonly string[]): Result<Flags, string> {
  const flags = new Map<SettingName, string>();
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--help" || arg === "-h") return accept("help");
    if (arg === "--version" || arg === "-V") return accept("version");
    if (!arg.startsWith("--")) {
      return refuse(`expected a flag, got ${quoted(arg)}; ${wordHint(arg)}`);
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

/** Words that say what to do come first, and not all are there on every host. */
function wordHint(arg: string): string {
  if (arg === "claim" || arg === "conformance") return `npx startup-server ${arg} has it`;
  return isNear(HEALTH, arg) ? `did you mean startup-server ${HEALTH}?` : "--help lists them";
}

function flagValue(name: SettingName, next: string | undefined): string | undefined {
  return isSwitch(name) ? "true" : next;
}

const NEVER_EMPTY: readonly SettingName[] = ["token-file", "output", "owner", "max-wait", "listen"];

/** An empty value comes of a shell's unset variable: without the token, or on all addresses, it would fail open. */
function mayBeEmpty(name: SettingName): boolean {
  return !NEVER_EMPTY.includes(name);
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
