/** An event as one line for people, with colours where a terminal shows them. */

import { makeVisible } from "./bytes/visible.ts";
import type { Event, Fields, LogLevel } from "./log.ts";

/** ECMA-48, section 8.3.117: select graphic rendition. */
const RESET = "\x1b[0m";
const FAINT = "\x1b[2m";
const LEVEL_COLOURS: Readonly<Record<LogLevel, string>> = {
  debug: FAINT,
  info: "\x1b[32m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
};

/** What the colours of lines depend on. */
interface Terminal {
  isTerminal(): boolean;
  variable(name: string): string | undefined;
}

/** Whether the log is read where colours are shown and wanted (no-color.org). */
export function showsColours(host: Terminal): boolean {
  const isWanted = (host.variable("NO_COLOR") ?? "") === "" && host.variable("TERM") !== "dumb";
  return isWanted && host.isTerminal();
}

/** A field that has no members says nothing, and is left out. */
export function formatText(event: Event, fields: Fields, isColoured: boolean): string {
  const { timestamp, level, message, requestId } = event;
  const paint = (colour: string, text: string): string =>
    isColoured ? `${colour}${text}${RESET}` : text;
  const levelText = paint(LEVEL_COLOURS[level], level.padEnd(5));
  let text = `${paint(FAINT, timestamp)} ${levelText} ${message}`;
  const all = requestId === undefined ? fields : { ...fields, request_id: requestId };
  for (const [name, value] of Object.entries(all)) {
    const shown = formatValue(value);
    if (shown !== "") text += ` ${paint(FAINT, `${name}=`)}${shown}`;
  }
  return `${text}\n`;
}

/** Words stand as they are, several between commas; what could be taken for more than it is, as JSON. */
function formatValue(value: Fields[string]): string {
  const words = typeof value === "object" ? value : [value];
  if (Array.isArray(words) && words.every(isWord)) return words.join(",");
  return makeVisible(JSON.stringify(value));
}

function isWord(value: unknown): boolean {
  if (typeof value !== "string") return typeof value === "number" || typeof value === "boolean";
  const json = makeVisible(JSON.stringify(value));
  return json === `"${value}"` && value !== "" && !value.includes(" ") && !value.includes(",");
}
