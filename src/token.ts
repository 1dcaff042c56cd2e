/** The token that a claim must bear: where it comes from, and what it may be. */

import { Secret } from "./claim/variable.ts";
import type { Host } from "./host.ts";
import { decodeLatin1 } from "./bytes/primitives.ts";
import { accept, refuse, type Result } from "./result.ts";

/** Never a flag: command lines are there for everybody on the machine to see (proc(5), cmdline). */
export const TOKEN_VARIABLE = "STARTUP_SERVER_TOKEN";

const MAX_TOKEN_BYTES = 4096;

/** The token of the file or of the variable; undefined where there is neither; else what is wrong. */
export function readToken(
  host: Pick<Host, "variable" | "files">,
  path: string,
): Result<Secret | undefined, string> {
  const inherited = host.variable(TOKEN_VARIABLE) ?? "";
  if (path === "")
    return inherited === "" ? accept(undefined) : parseToken(TOKEN_VARIABLE, inherited);
  if (inherited !== "")
    return refuse(`--token-file: expected no ${TOKEN_VARIABLE} beside it, got both`);
  const bytes = host.files.load(path, MAX_TOKEN_BYTES + 1);
  if (!bytes.ok) {
    return refuse(
      `--token-file: expected a file to read, got ${bytes.problem} at ${JSON.stringify(path)}`,
    );
  }
  return parseToken(
    "--token-file",
    withoutNewline(decodeLatin1(bytes.value, 0, bytes.value.length)),
  );
}

/** Editors and `echo` end a file with a newline, which nobody means to be part of the token. */
function withoutNewline(text: string): string {
  const end = text.endsWith("\r\n") ? -2 : text.endsWith("\n") ? -1 : text.length;
  return text.slice(0, end);
}

/** What a header can carry as it stands: visible ASCII without blanks (RFC 6750 section 2.1 takes less). */
export function parseToken(source: string, text: string): Result<Secret, string> {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x21 || code > 0x7e) return refuse(`${source}: ${EXPECTED}, got another character`);
  }
  if (text === "") return refuse(`${source}: ${EXPECTED}, got nothing`);
  if (text.length > MAX_TOKEN_BYTES) return refuse(`${source}: ${EXPECTED}, got a longer one`);
  return accept(new Secret(text));
}

const EXPECTED = `expected a token of visible ASCII without blanks, at most ${MAX_TOKEN_BYTES} characters`;
