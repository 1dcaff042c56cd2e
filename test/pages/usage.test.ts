import { describe, expect, it } from "vitest";
import { EXAMPLES, EXIT_STATUSES } from "../../src/pages/program.ts";
import { listSections, wrap } from "../../src/pages/sections.ts";
import { formatUsage } from "../../src/pages/usage.ts";
import { parseSettings } from "../../src/command-line.ts";
import { SETTING_NAMES, SETTINGS } from "../../src/settings.ts";

const USAGE = formatUsage();

/** What is said of a term, its lines joined. */
function explained(term: string): string {
  const at = USAGE.indexOf(`\n  ${term} `) + `\n  ${term}`.length;
  const end = /\n {2}\S|\n\n/.exec(USAGE.slice(at))?.index ?? USAGE.length;
  return USAGE.slice(at, at + end)
    .trim()
    .split(/\s+/)
    .join(" ");
}

describe("formatUsage", () => {
  it("explains every setting, with its default", () => {
    for (const [name, { placeholder, fallback, help }] of Object.entries(SETTINGS)) {
      const shown = fallback === "" || placeholder === "" ? help : `${help} (${fallback})`;
      expect(explained(`--${name} ${placeholder}`.trimEnd())).toBe(shown);
    }
  });

  it("explains every exit status", () => {
    for (const [status, meaning] of EXIT_STATUSES) {
      expect(explained(status)).toBe(meaning.replaceAll("`", ""));
    }
  });

  it("fits a terminal of 80 columns, with no blanks at the end of a line", () => {
    for (const line of USAGE.split("\n")) {
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line).toBe(line.trimEnd());
    }
  });

  it("has each setting in one section, in the table's order", () => {
    expect(listSections().flatMap(({ names }) => names)).toEqual(SETTING_NAMES);
    for (const { heading } of listSections()) expect(USAGE).toContain(`\n\n${heading}:\n`);
  });

  it("shows no example that is refused", () => {
    for (const [, command] of EXAMPLES) {
      expect(USAGE).toContain(`      ${command}\n`);
      const [own = ""] = command.split(" && ");
      const [program, ...args] = own.split(" ");
      if (program !== "startup-server") continue;
      expect([command, parseSettings(args, [])]).toMatchObject([command, { ok: true }]);
    }
  });
});

describe("wrap", () => {
  it.each<[sentence: string, text: string, width: number, expected: string[]]>([
    ["parts at blanks", "aa bb cc", 5, ["aa bb", "cc"]],
    ["fills a line to its last column", "aa bb", 5, ["aa bb"]],
    ["gives a word that is too long a line of its own", "a bbbbbb c", 3, ["a", "bbbbbb", "c"]],
    ["makes one line of nothing", "", 3, [""]],
  ])("%s", (_sentence, text, width, expected) => {
    expect(wrap(text, width)).toEqual(expected);
  });
});
