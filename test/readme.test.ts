/** README's tables are those of the code. `npm run readme` writes them. */

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLAIM_FLAGS } from "../client/commands/flags.ts";
import { OUTCOMES } from "../client/commands/outcomes.ts";
import { CONFORMANCE_FLAGS } from "../client/conformance/conformance-command.ts";
import { DANGEROUS_NAMES } from "../src/claim/dangerous-names.ts";
import { EXIT_STATUSES } from "../src/pages/program.ts";
import { PROBLEMS } from "../src/problems.ts";
import type { DialectName } from "../src/dialects/dialect-names.ts";
import { DIALECT_NAMES } from "../src/dialects/dialect-names.ts";
import { SETTINGS } from "../src/settings.ts";
import { VERSION } from "../src/version.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

function namesByReason(): (readonly string[])[] {
  const byReason = new Map<string, string[]>();
  for (const [pattern, reason] of Object.entries(DANGEROUS_NAMES)) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), `\`${pattern}\``]);
  }
  return [...byReason].map(([reason, patterns]) => [patterns.join(", "), reason]);
}

/** Who reads each dialect, and what it cannot hold. A dialect without a row does not compile. */
const DIALECT_ROWS: Readonly<Record<DialectName, readonly [serves: string, cannotHold: string]>> = {
  portable: [
    "shells, systemd, dotenv, Node; and every quote-aware reader alike, but for the names that the receipt calls uncommon",
    "`'` beside `\"`, `\\`, `$` or a backtick; a carriage return; a backslash at the end of some values",
  ],
  strict: [
    "every quote-aware reader, all alike",
    "what portable calls uncommon, such as `$HOME` or two backslashes",
  ],
  sh: ["POSIX shells (`set -a; . ./.env`) and systemd's `EnvironmentFile=`", "-"],
  js: ["dotenv from 15 on, dotenv-flow, Node, Deno", "some mixtures of all quotes"],
  expand: ["Vite, Next, Bun, c12, dotenv-expand", "`$(`, and as js"],
  compose: ["Docker Compose from 2 on, phpdotenv (Laravel)", "-"],
  docker: [
    "`docker` and `podman --env-file`, `kubectl --from-env-file`, kustomize, Compose's `format: raw`",
    "line breaks; a carriage return at the end; lines over 65,535 bytes",
  ],
  python: ["python-dotenv from 1.0 on, pydantic-settings", "-"],
  kubelet: [
    "Kubernetes' `fileKeyRef` from 1.35 on",
    "`'`; a carriage return before a line break; lines over 65,535 bytes",
  ],
  fish: ["`source .env.fish`", "names that fish keeps for itself"],
  json: ["anything that reads JSON", "-"],
  envdir: ["a directory for `s6-envdir -Lf`, daemontools, runit", "names over 255 bytes"],
  files: ["a directory of secrets as in `/run/secrets`", "names over 255 bytes"],
  null: ["`xargs -0`, `env -0`", "-"],
  raw: ["the original's bytes: `NAME=value`, nothing quoted", "line breaks"],
};

function flagTable(
  flags: Readonly<
    Record<
      string,
      { readonly placeholder: string; readonly fallback: string; readonly help: string }
    >
  >,
): string {
  return table(
    ["flag", "default", "what it sets"],
    Object.entries(flags).map(([name, { placeholder, fallback, help }]) => [
      `\`${`--${name} ${placeholder}`.trimEnd()}\``,
      fallback === "" || placeholder === "" ? "" : `\`${fallback}\``,
      help,
    ]),
  );
}

const RESUME_WORDS = {
  skip: "skips it",
  claim: "claims it again",
  ask: "asks the same server, if it is still there, and claims it only there",
} as const;

const TABLES: Readonly<Record<string, string>> = {
  exits: table(["status", "meaning"], EXIT_STATUSES),
  names: table(["names", "why"], namesByReason()),
  problems: table(
    ["code", "status", "what it says"],
    Object.entries(PROBLEMS).map(([code, [status, sentence]]) => [
      `\`${code}\``,
      String(status),
      sentence,
    ]),
  ),
  dialects: table(
    ["`--format`", "serves", "cannot hold"],
    DIALECT_NAMES.map((name) => [`\`${name}\``].concat(DIALECT_ROWS[name])),
  ),
  flags: flagTable(SETTINGS),
  "claim-flags": flagTable(CLAIM_FLAGS),
  "conformance-flags": flagTable(CONFORMANCE_FLAGS),
  outcomes: table(
    ["outcome", "what it means", "what to do", "`--resume`", "status"],
    Object.entries(OUTCOMES).map(([name, { means, todo, resume, status }]) => [
      `\`${name}\``,
      means,
      todo,
      RESUME_WORDS[resume],
      String(status),
    ]),
  ),
};

function between(text: string, name: string): { before: string; inside: string; after: string } {
  const begin = `<!-- ${name}:begin -->\n`;
  const start = text.indexOf(begin) + begin.length;
  const end = text.indexOf(`<!-- ${name}:end -->`);
  if (start < begin.length || end < start) throw new Error(`README has no place for ${name}`);
  return { before: text.slice(0, start), inside: text.slice(start, end), after: text.slice(end) };
}

describe("README", () => {
  it.each(Object.entries(TABLES))("shows the table of %s as the code has it", (name, expected) => {
    if (process.env["WRITE_README"] === "1") {
      const { before, after } = between(readFileSync("README.md", "utf8"), name);
      writeFileSync("README.md", `${before}${expected}\n${after}`);
    }
    expect(between(readFileSync("README.md", "utf8"), name).inside).toBe(`${expected}\n`);
  });
});

describe("the version", () => {
  it("is package.json's", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(VERSION).toBe(manifest.version);
  });
});
