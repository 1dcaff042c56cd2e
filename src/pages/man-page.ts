/** The manual page startup-server(1), from the tables, in mdoc(7). */

import { SETTINGS, type SettingName, variableOf } from "../settings.ts";
import { VERSION } from "../version.ts";
import {
  DESCRIPTION,
  EXAMPLES,
  EXIT_STATUSES,
  OTHER_FLAGS,
  PURPOSE,
  SYNOPSIS,
  VARIABLES_SENTENCES,
  WORDS,
} from "./program.ts";
import { choicesOf } from "./completed-flags.ts";
import { defaultOf, listSections, wrap } from "./sections.ts";

/** `date` is the page's, such as `November 24, 2026`. */
export function formatManPage(date: string): string {
  return [
    `.Dd ${date}\n.Dt STARTUP-SERVER 1\n.Os "startup-server ${VERSION}"\n`,
    `.Sh NAME\n.Nm startup-server\n.Nd ${escapeText(PURPOSE)}\n`,
    formatSynopsis(),
    `.Sh DESCRIPTION\n${prose(DESCRIPTION)}`,
    prose("The OpenAPI description of what can be asked of it is at its path /openapi.json."),
    formatList(
      "COMMANDS",
      WORDS.map(({ word, argument, details }) => [`${word} ${argument}`, details]),
    ),
    ".Sh OPTIONS\n",
    ...listSections().map(({ heading, names }) => formatSection(heading, names)),
    formatSection("Help", []),
    formatEnvironment(),
    formatList(
      "EXIT STATUS",
      EXIT_STATUSES.map(([status, meaning]) => [status, [sentence(meaning)]]),
    ),
    ".Sh EXAMPLES\n",
    EXAMPLES.map(([before, command]) => formatExample(before, command)).join(".Pp\n"),
  ].join("");
}

function formatSynopsis(): string {
  const words = WORDS.map(({ word, argument }) => [".Nm", escapeText(`${word} ${argument}`)]);
  const flags = OTHER_FLAGS.map(([, flag]) => [".Nm", escapeText(flag)]);
  const lines = [[".Nm", escapeText(SYNOPSIS)], ...words, ...flags].flat();
  return `.Sh SYNOPSIS\n${lines.join("\n")}\n`;
}

function formatSection(heading: string, names: readonly SettingName[]): string {
  const flags = names.map((name) => {
    const { placeholder, help } = SETTINGS[name];
    const fallback = defaultOf(name);
    const told = fallback === undefined ? [] : [`The default is ${fallback}.`];
    const value = placeholder === "" ? "" : ` Ar ${escapeWord(placeholder)}`;
    return `.It Fl \\-${escapeWord(name)}${value}\n${prose(sentence(help, choicesOf(name)), ...told)}`;
  });
  const others = OTHER_FLAGS.map(([short, flag, help]) => {
    const [shortName, name] = [short.slice(1), flag.slice(1)];
    return `.It Fl ${shortName} , Fl ${escapeWord(name)}\n${prose(sentence(help))}`;
  });
  const items = names.length === 0 ? others : flags;
  return `.Ss ${escapeText(heading)}\n.Bl -tag -width Ds\n${items.join("")}.El\n`;
}

/** Terms with sentences on what they mean, under a heading of their own. */
function formatList(
  heading: string,
  entries: readonly (readonly [term: string, sentences: readonly string[]])[],
): string {
  const items = entries.map(
    ([term, sentences]) => `.It ${escapeText(term)}\n${prose(...sentences)}`,
  );
  return `.Sh ${heading}\n.Bl -tag -width Ds\n${items.join("")}.El\n`;
}

function formatEnvironment(): string {
  const others: readonly (readonly [string, string])[] = [
    ["STARTUP_SERVER_TOKEN", "the token that a claim must bear, in place of --token-file"],
    ["NO_COLOR", "where it is not empty, the log has no colours on a terminal"],
    ["TERM", "where it is dumb, neither"],
  ];
  const rows = Object.keys(SETTINGS).map((name) => `.It Ev ${variableOf(name)}\n`);
  const items = others.map(([name, help]) => `.It Ev ${name}\n${prose(sentence(help))}`);
  return (
    `.Sh ENVIRONMENT\n${prose(...VARIABLES_SENTENCES)}` +
    `.Bl -item -compact -offset indent\n${rows.map((row) => row.replace(".It ", ".It\n.")).join("")}.El\n` +
    `.Pp\nThese too count:\n.Bl -tag -width Ds\n${items.join("")}.El\n`
  );
}

function formatExample(before: string, command: string): string {
  return `${prose(before)}.Bd -literal -offset indent\n${escapeText(command)}\n.Ed\n`;
}

/** A help text as a sentence, with a capital unless it begins with a word that is to be typed. */
function sentence(help: string, typed: readonly string[] = []): string {
  const isTyped = typed.some((word) => help.startsWith(word));
  return `${isTyped ? help.charAt(0) : help.charAt(0).toUpperCase()}${help.slice(1)}.`;
}

/** Sentences, each from a line of its own on: so roff(7) tells them apart. */
function prose(...sentences: readonly string[]): string {
  const lines = sentences.flatMap((text) => wrap(text, LINE_WIDTH).map(escapeText));
  return `${lines.join("\n")}\n`;
}

/** Escapes make a line longer, and mandoc(1) warns of those over 80. */
const LINE_WIDTH = 72;

/** Text that roff(7) prints as it is. */
function escapeText(text: string): string {
  const plain = text.split("`").join("").split("\\").join("\\e").split("-").join("\\-");
  const isControl = plain.startsWith(".") || plain.startsWith("'");
  return `${isControl ? "\\&" : ""}${plain}`;
}

/** A word as a macro's argument: neither a macro's name nor punctuation to it. */
function escapeWord(word: string): string {
  return `\\&${escapeText(word)}`;
}
