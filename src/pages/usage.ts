/** The text of `--help`, from the tables: 80 columns. */

import { SETTINGS } from "../settings.ts";
import {
  DESCRIPTION,
  EXAMPLES,
  EXIT_STATUSES,
  OTHER_FLAGS,
  SYNOPSIS,
  VARIABLES_SENTENCES,
  type Word,
  WORDS,
} from "./program.ts";
import { defaultOf, listSections, wrap } from "./sections.ts";

const WIDTH = 80;

/** What is explained, and how. */
type Entry = readonly [term: string, help: string];

export function formatUsage(): string {
  const words = WORDS.map(({ word, argument, help }): Entry => [`${word} ${argument}`, help]);
  const settings = listSections().map(({ heading, names }) => {
    const entries = names.map((name): Entry => {
      const { placeholder, help } = SETTINGS[name];
      const fallback = defaultOf(name);
      const told = fallback === undefined ? help : `${help} (${fallback})`;
      return [`--${name} ${placeholder}`.trimEnd(), told];
    });
    return formatEntries(heading, entries, FLAG_WIDTH);
  });
  const others = OTHER_FLAGS.map(([short, flag, help]): Entry => [`${short}, ${flag}`, help]);
  const statuses = EXIT_STATUSES.map(([status, meaning]): Entry => [status, unquote(meaning)]);
  return [
    `Usage: startup-server ${SYNOPSIS}\n`,
    ...WORDS.map(({ word, argument }) => `       startup-server ${word} ${argument}\n`),
    `\n${wrap(DESCRIPTION, WIDTH).join("\n")}\n`,
    formatEntries("In place of flags", words, FLAG_WIDTH),
    ...settings,
    formatEntries("Help", others, FLAG_WIDTH),
    `\n${wrap(VARIABLES, WIDTH).join("\n")}\n`,
    `\nExamples:\n${EXAMPLES.map(([sentence, command]) => `  ${sentence}\n      ${command}\n`).join("")}`,
    formatEntries("Exit status", statuses, STATUS_WIDTH),
    "\nThe npm package has more: npx startup-server claim --help, conformance --help.\n",
  ].join("");
}

/** The text of a word's own `--help`. */
export function formatWordUsage({ word, argument, details }: Word): string {
  return `Usage: startup-server ${word} ${argument}\n\n${wrap(details.join(" "), WIDTH).join("\n")}\n`;
}

const VARIABLES = [...VARIABLES_SENTENCES, "Defaults stand in parentheses."].join(" ");
const FLAG_WIDTH = Math.max(
  ...Object.entries(SETTINGS).map(([name, { placeholder }]) => `--${name} ${placeholder}`.length),
);
const STATUS_WIDTH = Math.max(...EXIT_STATUSES.map(([status]) => status.length));

/** Terms in one column, what they mean in another. */
function formatEntries(heading: string, entries: readonly Entry[], termWidth: number): string {
  const indent = " ".repeat(2 + termWidth + 2);
  const lines = entries.map(([term, help]) => {
    const explained = wrap(help, WIDTH - indent.length).join(`\n${indent}`);
    return `  ${term.padEnd(termWidth)}  ${explained}\n`;
  });
  return `\n${heading}:\n${lines.join("")}`;
}

function unquote(text: string): string {
  return text.split("`").join("");
}
