/**
 * Reads an env file whose every value means the same to dotenv, Node and a person; what they read
 * differently is refused, since a secret must not change silently.
 *
 *     file     = *( line LF ) [ line ]   ; CR LF too
 *     line     = spaces [ "#" text ] / spaces [ "export" SP ] NAME "=" value
 *     value    = bare / "'" single "'" / DQUOTE double DQUOTE
 *     bare     = <one line, no blank at either end; none of # ' " ` \ $ CR>
 *     single   = <any text, line breaks included; none of "'" CR; no "\" at its end>
 *     double   = <any text, line breaks included; none of DQUOTE ` \ $ CR>
 */

import type { Entry } from "../../src/claim/environment.ts";
import { isName } from "../../src/claim/names.ts";
import { accept, refuse, type Result } from "../../src/result.ts";

/** The variables in their order, or the sentence of the first line that is wrong. It quotes no value. */
export function parseEnvFile(text: string): Result<readonly Entry[], string> {
  const entries: Entry[] = [];
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = (lines[index] ?? "").replace(/^ +/, "");
    if (line === "" || line === "\r" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    const name = line.slice(0, Math.max(equals, 0)).replace(/^export /, "");
    if (!isName(name, "dotenv")) return refuse(`line ${index + 1}: expected NAME=value`);
    // A value in quotes goes on over lines until they are closed.
    const rest = [line.slice(equals + 1), ...lines.slice(index + 1)];
    const read = readValue(rest);
    if (!read.ok) return refuse(`line ${index + 1}: ${name}: ${read.problem}`);
    entries.push({ name, kind: "text", text: read.value.text });
    index += read.value.lines - 1;
  }
  return accept(entries);
}

interface Read {
  readonly text: string;
  readonly lines: number;
}

function readValue(rest: readonly string[]): Result<Read, string> {
  const [first = ""] = rest;
  const quote = first.charAt(0);
  if (quote === "'" || quote === '"') return readQuoted(rest, quote);
  const text = first.endsWith("\r") ? first.slice(0, -1) : first;
  if (/^[ \t]|[ \t]$|[#'"`\\$\r]/.test(text)) return refuse(QUOTES_EXPECTED);
  return accept({ text, lines: 1 });
}

const QUOTES_EXPECTED =
  "expected quotes around a value with a blank at its start or end, or one of # ' \" ` \\ $; or use --env-json";
const TELLING = {
  "'": "expected no carriage return, and no backslash at the end, in single quotes; use --env-json",
  '"': "expected none of \\ $ ` and no carriage return in double quotes; use single ones, or --env-json",
};

function readQuoted(rest: readonly string[], quote: "'" | '"'): Result<Read, string> {
  const [first = ""] = rest;
  const firstEnd = first.indexOf(quote, 1);
  const parts = [first.slice(1, firstEnd === -1 ? undefined : firstEnd)];
  let end = firstEnd;
  while (end === -1) {
    const line = rest[parts.length];
    if (line === undefined) return refuse(`expected a closing ${quote}`);
    end = line.indexOf(quote);
    parts.push(line.slice(0, end === -1 ? undefined : end));
  }
  const last = rest[parts.length - 1] ?? "";
  if (!/^[ \t]*\r?$/.test(last.slice(end + 1)))
    return refuse(`expected nothing behind the closing ${quote}`);
  const text = parts.join("\n");
  const isTold = quote === '"' ? /[\\$`\r]/.test(text) : text.includes("\r") || text.endsWith("\\");
  return isTold ? refuse(TELLING[quote]) : accept({ text, lines: parts.length });
}
