/** The claim command's command line: from text to what is asked for, or one sentence of what is wrong. */

import type { Entry } from "../../src/claim/environment.ts";
import { isName } from "../../src/claim/names.ts";
import { accept, refuse, type Result } from "../../src/result.ts";
import { parseCommandLine } from "./flag-table.ts";
import { CLAIM_FLAGS, type ClaimFlags } from "./flags.ts";

export interface ClaimArguments {
  readonly flags: ClaimFlags;
  readonly urls: readonly string[];
  /** The variables that stand on the command line. */
  readonly entries: readonly Entry[];
  /** Whether `-` stands there: variables come from standard input, in either form. */
  readonly isFromInput: boolean;
}

export type ClaimInvocation =
  | { readonly kind: "help" }
  | ({ readonly kind: "claim" } & ClaimArguments);

/** What stands in the wrong place may be a secret: only flags' own values are quoted back. */
export function parseClaimArguments(args: readonly string[]): Result<ClaimInvocation, string> {
  const line = parseCommandLine(args, CLAIM_FLAGS);
  if (!line.ok) return line;
  if (line.value.kind === "help") return accept({ kind: "help" });
  const parsed = parseWords(line.value.words);
  if (!parsed.ok) return parsed;
  return accept({ kind: "claim", flags: line.value.flags, ...parsed.value });
}

function parseWords(
  words: readonly string[],
): Result<Pick<ClaimArguments, "urls" | "entries" | "isFromInput">, string> {
  const urls: string[] = [];
  const entries: Entry[] = [];
  let isFromInput = false;
  for (const [index, word] of words.entries()) {
    const equals = word.indexOf("=");
    const name = word.slice(0, Math.max(equals, 0));
    if (word === "-") isFromInput = true;
    else if (/^(https?:\/\/|unix:)/i.test(word)) urls.push(word);
    else if (isName(name, "dotenv")) {
      entries.push({ name, kind: "text", text: word.slice(equals + 1) });
    } else {
      return refuse(`argument ${index + 1}: expected a URL, NAME=VALUE or -`);
    }
  }
  return accept({ urls, entries, isFromInput });
}
