/** README's tables are those of the code. `npm run readme` writes them. */

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DANGEROUS_NAMES } from "../src/claim/names.ts";
import { PROBLEMS } from "../src/problems.ts";
import { SETTINGS } from "../src/settings.ts";
import { VERSION } from "../src/version.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

function namesByReason(): (readonly string[])[] {
  const byReason = new Map<string, string[]>();
  for (const [pattern, reason] of DANGEROUS_NAMES) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), `\`${pattern}\``]);
  }
  return [...byReason].map(([reason, patterns]) => [patterns.join(", "), reason]);
}

const TABLES: Readonly<Record<string, string>> = {
  names: table(["names", "why"], namesByReason()),
  problems: table(
    ["code", "status", "what it says"],
    Object.entries(PROBLEMS).map(([code, [status, sentence]]) => [
      `\`${code}\``,
      String(status),
      sentence,
    ]),
  ),
  flags: table(
    ["flag", "default", "what it sets"],
    Object.entries(SETTINGS).map(([name, { placeholder, fallback, help }]) => [
      `\`${`--${name} ${placeholder}`.trimEnd()}\``,
      fallback === "" || placeholder === "" ? "" : `\`${fallback}\``,
      help,
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
