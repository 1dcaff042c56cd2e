/** The flag table: one row a setting. Parsing, usage text and README all come from it. */

import { parseAddress } from "./address.ts";
import { isName, isNamePattern, NAME_SETS } from "./claim/names.ts";
import { DIALECT_NAMES } from "./dialects/dialect-names.ts";
import type { Address } from "./host.ts";
import { isIpAddress } from "./ip-address.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./log.ts";
import { accept, refuse, type Result } from "./result.ts";
import {
  parseFilePath,
  parseMode,
  parseNames,
  parseOneOf,
  parseOutputs,
  parseOwner,
  parseSwitch,
  parseWholeNumber,
} from "./setting-values.ts";

/** One setting: `--name VALUE` or `STARTUP_SERVER_NAME=VALUE`. */
interface Row<Value> {
  /** What this row and those behind it are about, up to the next that has a heading of its own. */
  readonly heading?: string;
  /** What stands for the value in the usage text; empty for a switch, which takes none. */
  readonly placeholder: string;
  readonly fallback: string;
  readonly help: string;
  /** The value, or the sentence of what was expected. */
  parse(text: string): Result<Value, string>;
}

function row<Value>(definition: Row<Value>): Row<Value> {
  return definition;
}

/** A size in bytes. The greatest keeps every buffer far below what an engine can hold. */
function byteLimit(fallback: number, help: string): Row<number> {
  return row({
    placeholder: "BYTES",
    fallback: String(fallback),
    help,
    parse: (text) => parseWholeNumber(text, 1, 64 * 1024 * 1024),
  });
}

function timeLimit(fallbackMs: number, help: string): Row<number> {
  return row({
    placeholder: "MS",
    fallback: String(fallbackMs),
    help,
    parse: (text) => parseWholeNumber(text, 1, 3_600_000),
  });
}

function switched(help: string): Row<boolean> {
  return row({ placeholder: "", fallback: "false", help, parse: parseSwitch });
}

function namesOrPatterns(help: string): Row<readonly string[]> {
  return row({
    placeholder: "NAMES",
    fallback: "",
    help,
    parse: (text) => parseNames(text, isNamePattern),
  });
}

export const SETTINGS = {
  port: row({
    heading: "Where it listens",
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
  listen: row<Address | undefined>({
    placeholder: "ADDRESS",
    fallback: "",
    help: "where to listen, in place of --host and --port: IPV4:PORT, [IPV6]:PORT or unix:PATH",
    parse: (text) => (text === "" ? accept(undefined) : parseAddress(text)),
  }),
  file: row({
    heading: "What it writes",
    placeholder: "PATH",
    fallback: ".env",
    help: "where the env file is written; none writes no file where there is a command",
    parse: parseFilePath,
  }),
  format: row({
    placeholder: "DIALECT",
    fallback: "portable",
    help: `how the env file is written: ${DIALECT_NAMES.join(", ")}`,
    parse: (text) => parseOneOf(text, DIALECT_NAMES),
  }),
  output: row({
    placeholder: "DIALECT:PATH",
    fallback: "",
    help: "one more file, or with several of these all files; in place of --format and --file",
    parse: parseOutputs,
  }),
  mode: row({
    placeholder: "OCTAL",
    fallback: "0600",
    help: "permission bits of the env file, whatever the umask",
    parse: parseMode,
  }),
  owner: row({
    placeholder: "UID[:GID]",
    fallback: "",
    help: "user and group, in numbers, whose the env file is to be; else the server's own",
    parse: parseOwner,
  }),
  "if-exists": row({
    placeholder: "ACTION",
    fallback: "overwrite",
    help: "what becomes of an env file that stands at the start: overwrite, reuse or refuse",
    parse: (text) => parseOneOf(text, ["overwrite", "reuse", "refuse"]),
  }),
  names: row({
    heading: "What it takes, and from whom",
    placeholder: "SET",
    fallback: "posix",
    help: "names that variables may have: posix, or dotenv, which also takes . and -",
    parse: (text) => parseOneOf(text, NAME_SETS),
  }),
  allow: namesOrPatterns("dangerous names to accept all the same; * ends a pattern"),
  deny: namesOrPatterns("names to refuse; * ends a pattern"),
  require: row({
    placeholder: "NAMES",
    fallback: "",
    help: "names without which a claim is refused",
    parse: (text) => parseNames(text, (name) => isName(name, "dotenv")),
  }),
  "refuse-empty": switched("refuse a claim without variables"),
  "token-file": row({
    placeholder: "PATH",
    fallback: "",
    help: "file with the token that a claim must bear; or STARTUP_SERVER_TOKEN holds it",
    parse: (text) => (text === "" ? accept(text) : parseFilePath(text)),
  }),
  "max-target": {
    heading: "What a caller may cost",
    ...byteLimit(1_048_576, "longest request target"),
  },
  "max-header": byteLimit(32_768, "longest header section"),
  "max-body": byteLimit(1_048_576, "longest body"),
  "max-variables": row({
    placeholder: "COUNT",
    fallback: "10000",
    help: "most variables in a claim",
    parse: (text) => parseWholeNumber(text, 1, 100_000),
  }),
  "request-timeout": timeLimit(10_000, "how long a request may take to arrive"),
  "idle-timeout": timeLimit(30_000, "how long a connection may be idle between requests"),
  "max-connections": row({
    placeholder: "COUNT",
    fallback: "128",
    help: "connections at once; the one that waited longest gives way",
    parse: (text) => parseWholeNumber(text, 1, 10_000),
  }),
  drain: row({
    heading: "How it ends",
    placeholder: "MS",
    fallback: "250",
    help: "how long the caller may take to close before the server leaves anyway",
    parse: (text) => parseWholeNumber(text, 0, 60_000),
  }),
  "max-wait": row({
    placeholder: "MS",
    fallback: "",
    help: "how long to wait for a claim before the server ends with status 75; else for ever",
    // The longest time that poll(2) and Node's timers take.
    parse: (text) => (text === "" ? accept(Infinity) : parseWholeNumber(text, 1, 2_147_483_647)),
  }),
  pristine: switched("give the command no inherited variables but PATH"),
  "no-sandbox": {
    heading: "How it runs, and what it logs",
    ...switched("do without the filter of system calls"),
  },
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

export type SettingName = keyof typeof SETTINGS;
type ValueOf<Definition> = Definition extends Row<infer Value> ? Value : never;

/** The parsed settings, by their flags' names. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** Whether the flag may come several times; its values are then lines of one text. */
export function isRepeatable(name: SettingName): boolean {
  return name === "output";
}

/** Whether the setting is a switch, which is on by its presence and takes no value. */
export function isSwitch(name: SettingName): boolean {
  return SETTINGS[name].placeholder === "";
}

/** With it begin the names of the settings' variables. */
export const VARIABLE_PREFIX = "STARTUP_SERVER_";

/** `log-format` -> `STARTUP_SERVER_LOG_FORMAT`. */
export function variableOf(name: string): string {
  return `${VARIABLE_PREFIX}${name.toUpperCase().split("-").join("_")}`;
}
