/** The flag table: one row a setting. Parsing, usage text and README all come from it. */

import { LOG_FORMATS, LOG_LEVELS } from "./log.ts";
import { accept, refuse, type Result } from "./result.ts";
import { isIpAddress } from "./ip-address.ts";

/** One setting: `--name VALUE` or `STARTUP_SERVER_NAME=VALUE`. */
interface Row<Value> {
  /** What stands for the value in the usage text. */
  readonly placeholder: string;
  readonly fallback: string;
  readonly help: string;
  /** The value, or the sentence of what was expected. */
  parse(text: string): Result<Value, string>;
}

function row<Value>(definition: Row<Value>): Row<Value> {
  return definition;
}

export const SETTINGS = {
  port: row({
    placeholder: "PORT",
    fallback: "8081",
    help: "TCP port to listen on; 0 lets the system choose",
    parse: (text) => parseWholeNumber(text, 0, 65_535),
  }),
  host: row({
    placeholder: "ADDRESS",
    fallback: "::",
    help: "IP address to listen on; :: is every one, IPv4 included",
    parse: (text) => (isIpAddress(text) ? accept(text) : refuse("an IPv4 or IPv6 address")),
  }),
  file: row({
    placeholder: "PATH",
    fallback: ".env",
    help: "where the env file is written",
    parse: parseFilePath,
  }),
  mode: row({
    placeholder: "OCTAL",
    fallback: "0600",
    help: "permission bits of the env file, whatever the umask",
    parse: parseMode,
  }),
  drain: row({
    placeholder: "MS",
    fallback: "250",
    help: "how long the caller may take to close before the server leaves anyway",
    parse: (text) => parseWholeNumber(text, 0, 60_000),
  }),
  "log-format": row({
    placeholder: "FORMAT",
    fallback: "json",
    help: "json, or text for people",
    parse: (text) => parseOneOf(text, LOG_FORMATS),
  }),
  "log-level": row({
    placeholder: "LEVEL",
    fallback: "info",
    help: "debug, info, warn or error",
    parse: (text) => parseOneOf(text, LOG_LEVELS),
  }),
};

type SettingName = keyof typeof SETTINGS;
type ValueOf<Definition> = Definition extends Row<infer Value> ? Value : never;

/** The parsed settings, by their flags' names. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> };

/** What the command line asks for; a usage problem is one sentence. */
export type Invocation =
  | { readonly kind: "serve"; readonly settings: Settings }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

const NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** A flag wins over its variable, the variable over the default; an empty variable is as good as none. */
export function parseSettings(
  args: readonly string[],
  variable: (name: string) => string | undefined,
): Result<Invocation, string> {
  const flags = parseFlags(args);
  if (!flags.ok) return flags;
  if (flags.value === "help" || flags.value === "version") return accept({ kind: flags.value });
  const values: Record<string, unknown> = {};
  for (const name of NAMES) {
    const flag = flags.value.get(name);
    const inherited = variable(variableOf(name)) || undefined;
    const text = flag ?? inherited ?? SETTINGS[name].fallback;
    const parsed = SETTINGS[name].parse(text);
    if (!parsed.ok) {
      const source = flag === undefined ? variableOf(name) : `--${name}`;
      return refuse(
        `${source}: expected ${parsed.problem}, got ${quoted(text)}${serviceLinkHint(text)}`,
      );
    }
    values[name] = parsed.value;
  }
  return accept({ kind: "serve", settings: values as Settings });
}

/** `log-format` -> `STARTUP_SERVER_LOG_FORMAT`. */
export function variableOf(name: string): string {
  return `STARTUP_SERVER_${name.toUpperCase().split("-").join("_")}`;
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
    if (flags.has(name)) return refuse(`--${name}: expected once, got twice`);
    const value = equals === -1 ? args[index + 1] : arg.slice(equals + 1);
    if (value === undefined) return refuse(`--${name}: expected a value, got none`);
    if (equals === -1) index += 1;
    flags.set(name, value);
  }
  return accept(flags);
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function unknownFlag(name: string): string {
  const nearest = [...NAMES, "help", "version"].find((known) => isNear(known, name));
  const hint = nearest === undefined ? "--help lists all flags" : `did you mean --${nearest}?`;
  return `--${name}: no such flag; ${hint}`;
}

/** Whether one edit, or a part left out at the end, makes the one of the other. */
function isNear(known: string, given: string): boolean {
  if (given.length > 2 && (known.startsWith(given) || given.startsWith(known))) return true;
  let start = 0;
  while (start < given.length && known[start] === given[start]) start += 1;
  let end = 0;
  const shorter = Math.min(known.length, given.length);
  while (end < shorter - start && known.at(-1 - end) === given.at(-1 - end)) end += 1;
  return Math.max(known.length, given.length) - start - end <= 1;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Kubernetes gives pods `STARTUP_SERVER_PORT=tcp://...` where a Service is named startup-server. */
function serviceLinkHint(text: string): string {
  if (!text.startsWith("tcp://")) return "";
  return "; Kubernetes sets this for a Service named startup-server: use enableServiceLinks: false";
}

/** Decimal digits only, within both bounds. */
function parseWholeNumber(text: string, least: number, greatest: number): Result<number, string> {
  const number = Number(text);
  const isPlain = String(number) === text && Number.isInteger(number);
  if (isPlain && number >= least && number <= greatest) return accept(number);
  return refuse(`a whole number from ${least} to ${greatest}`);
}

function parseOneOf<Choice extends string>(
  text: string,
  choices: readonly Choice[],
): Result<Choice, string> {
  const choice = choices.find((candidate) => candidate === text);
  return choice === undefined ? refuse(`one of ${choices.join(", ")}`) : accept(choice);
}

function parseMode(text: string): Result<number, string> {
  for (const digit of text) if (!"01234567".includes(digit)) return refuse(MODE_EXPECTED);
  const mode = Number.parseInt(text, 8);
  return mode <= 0o777 ? accept(mode) : refuse(MODE_EXPECTED);
}

const MODE_EXPECTED = "permission bits in octal from 0 to 0777";

function parseFilePath(text: string): Result<string, string> {
  const name = text.slice(text.lastIndexOf("/") + 1);
  const isFile = name !== "" && name !== "." && name !== ".." && !text.includes("\0");
  return isFile ? accept(text) : refuse("the path of a file");
}

/** The text of `--help`. */
export function formatUsage(): string {
  const rows = NAMES.map(
    (name) => [`--${name} ${SETTINGS[name].placeholder}`, describe(name)] as const,
  );
  const all = [...rows, ["--help", "print this"], ["--version", "print version, host and engine"]];
  const width = Math.max(...all.map(([flag = ""]) => flag.length));
  const lines = all.map(([flag = "", help = ""]) => `  ${flag.padEnd(width)}  ${help}`);
  return `${USAGE_HEAD}\n${lines.join("\n")}\n\n${USAGE_TAIL}`;
}

function describe(name: SettingName): string {
  return `${SETTINGS[name].help} (${SETTINGS[name].fallback})`;
}

const USAGE_HEAD = `Usage: startup-server [flags]

Waits for one HTTP request that carries environment variables, writes them to an env file,
durably and once, answers, and ends with status 0.

Flags, with their defaults:`;

const USAGE_TAIL = `Each flag is also a variable: --log-format is STARTUP_SERVER_LOG_FORMAT. A flag wins.

Exit status: 0 claimed, 64 usage, 69 address unavailable, 73 directory cannot be written,
129, 130, 143 ended by SIGHUP, SIGINT, SIGTERM before a claim.
`;
