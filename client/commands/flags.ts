/** The flags of the claim command. */

import {
  parseFilePath,
  parseOneOf,
  parseSwitch,
  parseWholeNumber,
} from "../../src/setting-values.ts";
import { accept, refuse, type Result } from "../../src/result.ts";
import { DEFAULT_ATTEMPT_MS, DEFAULT_DEADLINE_MS } from "../time-line.ts";
import { type FlagsOf, row, type Row } from "./flag-table.ts";

function path(help: string): Row<string> {
  return row({ placeholder: "PATH", fallback: "", help, parse: parsePath });
}

/** A file's path, `-` for standard input, or nothing. */
function parsePath(text: string): Result<string, string> {
  return text === "" || text === "-" ? accept(text) : parseFilePath(text);
}

const LONGEST_MS = 24 * 3_600_000;

export const CLAIM_FLAGS = {
  "env-file": path("variables, as NAME=value lines; - is standard input"),
  "env-json": path("variables, as one JSON object of strings; - is standard input"),
  "allow-empty": row({
    placeholder: "",
    fallback: "false",
    help: "claim without any variables",
    parse: parseSwitch,
  }),
  targets: path(
    'targets, one a line: a URL, or {"url": ..., "variables": {...}}; - is standard input',
  ),
  resume: row({
    placeholder: "PATH",
    fallback: "",
    help: "results of earlier runs: what is settled there is not claimed again",
    parse: (text) => (text === "-" ? refuse("the path of a file") : parsePath(text)),
  }),
  concurrency: row({
    placeholder: "COUNT",
    fallback: "64",
    help: "targets that are claimed at the same time",
    parse: (text) => parseWholeNumber(text, 1, 10_000),
  }),
  deadline: row({
    placeholder: "MS",
    fallback: String(DEFAULT_DEADLINE_MS),
    help: "how long one target may take, the waiting for it included",
    parse: (text) => parseWholeNumber(text, 1, LONGEST_MS),
  }),
  "request-timeout": row({
    placeholder: "MS",
    fallback: String(DEFAULT_ATTEMPT_MS),
    help: "how long one request may take to be answered",
    parse: (text) => parseWholeNumber(text, 1, LONGEST_MS),
  }),
  "token-file": path("file with the servers' token; or STARTUP_SERVER_TOKEN holds it"),
  generation: row({
    placeholder: "GENERATION",
    fallback: "json",
    help: "json, or query for the older generations, which take nothing but GET",
    parse: (text) => parseOneOf(text, ["json", "query"] as const),
  }),
};

export type ClaimFlags = FlagsOf<typeof CLAIM_FLAGS>;
