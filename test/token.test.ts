import { describe, expect, it } from "vitest";
import type { Host } from "../src/host.ts";
import { accept, refuse } from "../src/result.ts";
import { readToken } from "../src/token.ts";

/** A host that has one file and one variable. */
function hostWith(file: string | undefined, variable?: string): Host {
  const load = (path: string): unknown =>
    path === "/token" && file !== undefined
      ? accept(new TextEncoder().encode(file))
      : refuse("ENOENT");
  return { files: { load }, variable: () => variable } as unknown as Host;
}

function token(file: string | undefined, path: string, variable?: string): string | undefined {
  const read = readToken(hostWith(file, variable), path);
  return read.ok ? read.value?.reveal() : `refused: ${read.problem}`;
}

describe("readToken", () => {
  it.each<[string, string | undefined, string, string | undefined, string | undefined]>([
    ["none where none is configured", undefined, "", undefined, undefined],
    ["the variable's", undefined, "", "t0ken", "t0ken"],
    ["none for an empty variable", undefined, "", "", undefined],
    ["the file's", "t0ken", "/token", undefined, "t0ken"],
    ["the file's without its newline", "t0ken\n", "/token", undefined, "t0ken"],
    ["the file's without its CRLF", "t0ken\r\n", "/token", undefined, "t0ken"],
    ["punctuation as it stands", "a=b:c/d+e~!", "/token", undefined, "a=b:c/d+e~!"],
  ])("gives %s", (_sentence, file, path, variable, expected) => {
    expect(token(file, path, variable)).toBe(expected);
  });

  const EXPECTED = "expected a token of visible ASCII without blanks, at most 4096 characters";

  it.each<[string, string | undefined, string | undefined, string]>([
    [
      "a file that is not there",
      undefined,
      undefined,
      '--token-file: expected a file to read, got ENOENT at "/token"',
    ],
    ["an empty file", "\n", undefined, `--token-file: ${EXPECTED}, got nothing`],
    ["two lines", "a\nb\n", undefined, `--token-file: ${EXPECTED}, got another character`],
    ["a blank", "a b", undefined, `--token-file: ${EXPECTED}, got another character`],
    ["other characters", "\u00e9", undefined, `--token-file: ${EXPECTED}, got another character`],
    [
      "more than is read",
      "x".repeat(4097),
      undefined,
      `--token-file: ${EXPECTED}, got a longer one`,
    ],
    [
      "a variable beside the file",
      "a",
      "b",
      "--token-file: expected no STARTUP_SERVER_TOKEN beside it, got both",
    ],
  ])("refuses %s without quoting it", (_sentence, file, variable, expected) => {
    expect(token(file, "/token", variable)).toBe(`refused: ${expected}`);
  });
});
