/** The progress bar: on a terminal only, and no more often than an eye can follow. */

import type { OutcomeName } from "./outcomes.ts";

const WIDTH = 24;
const INTERVAL_MS = 100;
/** EL of ECMA-48: clears what is behind the cursor. */
const CLEAR = "\u001b[K";

/** How many have come to each outcome so far, in earlier runs too. */
export type Tally = ReadonlyMap<OutcomeName, number>;

/** As tty.WriteStream is one. */
export interface Terminal {
  /** Of a line, at this moment. */
  readonly columns: number;
  write(text: string): unknown;
}

export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number;
  #shownAtMs = -Infinity;

  constructor(total: number, terminal: Terminal) {
    this.#total = total;
    this.#terminal = terminal;
  }

  show(tally: Tally, nowMs: number): void {
    if (nowMs - this.#shownAtMs < INTERVAL_MS) return;
    this.#shownAtMs = nowMs;
    this.#terminal.write(this.#format(tally));
  }

  /** Makes way for a line on the same terminal; the next state is shown at once. */
  hide(): void {
    this.#terminal.write(`\r${CLEAR}`);
    this.#shownAtMs = -Infinity;
  }

  /** The last state stays on the terminal. */
  finish(tally: Tally): void {
    this.#terminal.write(`${this.#format(tally)}\n`);
  }

  #format(tally: Tally): string {
    return formatProgress(tally, this.#total, this.#terminal.columns);
  }
}

/** One line that replaces itself, and is therefore shorter than the terminal's. */
export function formatProgress(tally: Tally, total: number, columns: number): string {
  const done = [...tally.values()].reduce((sum, count) => sum + count, 0);
  const filled = total === 0 ? WIDTH : Math.floor((WIDTH * done) / total);
  const bar = "#".repeat(filled).padEnd(WIDTH, ".");
  const counts = [...tally].map(([name, count]) => `, ${count} ${name}`).join("");
  const text = `[${bar}] ${done} of ${total}${counts}`;
  // A terminal that does not know its own width says 0.
  return `\r${columns > 0 ? text.slice(0, columns - 1) : text}${CLEAR}`;
}
