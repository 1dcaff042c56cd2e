/** Where the claim command's variables come from: one place, whichever it is. */

import { readFileSync } from "node:fs";
import type { Entry } from "../../src/claim/environment.ts";
import { parseJsonObject } from "../../src/claim/json-object.ts";
import { accept, refuse, type Result } from "../../src/result.ts";
import type { ClaimArguments } from "./arguments.ts";
import { parseEnvFile } from "./env-file.ts";
import { readToEnd } from "./read-to-end.ts";

const STANDARD_INPUT = 0;

/** The variables that every target gets, in their order, or what is wrong; no value is quoted. */
export function readEntries(given: ClaimArguments): Result<readonly Entry[], string> {
  const { flags, entries, isFromInput } = given;
  const sources = [
    ["--env-file", flags["env-file"], parseEnvFile],
    ["--env-json", flags["env-json"], parseEnvJson],
    ["-", isFromInput ? "-" : "", parseEither],
  ] as const;
  const chosen = sources.filter(([, path]) => path !== "");
  const isMixed = chosen.length > 1 || (chosen.length === 1 && entries.length > 0);
  if (isMixed) {
    return refuse("expected variables from one of --env-file, --env-json, - and the command line");
  }
  const [source] = chosen;
  if (source === undefined) return accept(entries);
  const [name, path, parse] = source;
  const text = readText(path);
  if (!text.ok) return refuse(`${name}: ${text.problem}`);
  const parsed = parse(text.value);
  return parsed.ok ? parsed : refuse(`${name}: ${parsed.problem}`);
}

/** The file's text, or standard input's for `-`; or why there is none. */
export function readText(path: string): Result<string, string> {
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  try {
    return accept(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.value));
  } catch {
    return refuse("expected UTF-8, got other bytes");
  }
}

/** As readText(), but with U+FFFD for a character of which only a part is there. */
export function readCutText(path: string): Result<string, string> {
  const bytes = readBytes(path);
  return bytes.ok ? accept(new TextDecoder().decode(bytes.value)) : bytes;
}

function readBytes(path: string): Result<Uint8Array, string> {
  try {
    return accept(path === "-" ? readToEnd(STANDARD_INPUT) : readFileSync(path));
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "an error";
    return refuse(`expected a file to read, got ${code} at ${JSON.stringify(path)}`);
  }
}

function parseEnvJson(text: string): Result<readonly Entry[], string> {
  const entries = parseJsonObject(text, Infinity);
  return entries === undefined ? refuse("expected one JSON object of strings") : accept(entries);
}

/** No line of an env file begins with a brace. */
function parseEither(text: string): Result<readonly Entry[], string> {
  return text.trimStart().startsWith("{") ? parseEnvJson(text) : parseEnvFile(text);
}
