/** Events as lines: one JSON object each, or one line for people. Never a value of a variable. */

import { formatTimestamp } from "./bytes/calendar.ts";
import { utf8Length } from "./bytes/primitives.ts";
import { makeVisible } from "./bytes/visible.ts";
import { formatText } from "./log-text.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ["json", "text"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** An event's own fields. A Secret does not fit. */
export type Fields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface LogSink {
  log(line: string): void;
  epochMs(): number;
}

export interface LogSettings {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Whether lines for people are coloured. */
  readonly isColoured: boolean;
}

/** A line of up to PIPE_BUF bytes goes into a pipe whole (pipe(7)); longer ones lose long fields, or all. */
export const MAX_LINE_BYTES = 4096;

export class Log {
  readonly #sink: LogSink;
  readonly #settings: LogSettings;

  constructor(sink: LogSink, settings: LogSettings) {
    this.#sink = sink;
    this.#settings = settings;
  }

  write(level: LogLevel, message: string, fields: Fields = {}, requestId?: string): void {
    if (!this.isOn(level)) return;
    const { format, isColoured } = this.#settings;
    const print = (shown: Fields): string =>
      format === "json" ? formatJson(event, shown) : formatText(event, shown, isColoured);
    const event = { level, timestamp: formatTimestamp(this.#sink.epochMs()), requestId, message };
    const line = print(fields);
    if (isWritable(line)) return this.#sink.log(line);
    const shorter = print(shortened(fields));
    this.#sink.log(isWritable(shorter) ? shorter : print({}));
  }

  isOn(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.#settings.level);
  }
}

export interface Event {
  readonly level: LogLevel;
  readonly timestamp: string;
  readonly requestId: string | undefined;
  readonly message: string;
}

function formatJson(event: Event, fields: Fields): string {
  const { level, timestamp, requestId, message } = event;
  const id = requestId === undefined ? {} : { request_id: requestId };
  return `${makeVisible(JSON.stringify({ level, timestamp, ...id, message, ...fields }))}\n`;
}

/** Counted only where it is in doubt: a character takes three bytes at most. */
function isWritable(line: string): boolean {
  return line.length * 3 <= MAX_LINE_BYTES || utf8Length(line) <= MAX_LINE_BYTES;
}

/** Longest text and most members that a field keeps in a line that was too long. */
const MAX_FIELD_CHARACTERS = 200;
const MAX_FIELD_MEMBERS = 8;

function shortened(fields: Fields): Fields {
  const kept: Record<string, string | number | boolean | readonly string[]> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "number" || typeof value === "boolean") kept[name] = value;
    else if (typeof value === "string") kept[name] = shortenedText(value);
    else kept[name] = [...value.slice(0, MAX_FIELD_MEMBERS).map(shortenedText), "..."];
  }
  return kept;
}

function shortenedText(text: string): string {
  if (text.length <= MAX_FIELD_CHARACTERS) return text;
  return `${text.slice(0, MAX_FIELD_CHARACTERS)}...`;
}
