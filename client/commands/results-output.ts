/** Where result lines go: to standard output, and where nobody takes them there, to standard error. */

import type { Writable } from "node:stream";

export class ResultsOutput {
  readonly #out: Writable;
  readonly #fallback: Writable;
  #hasFailed = false;

  constructor(out: Writable, fallback: Writable) {
    this.#out = out;
    this.#fallback = fallback;
    // Each write hears of its own failure; without a listener a stream would end the program, as a
    // terminal's does that has been closed.
    for (const stream of [out, fallback]) stream.on("error", () => undefined);
  }

  /** Whether a line could not be written where it belongs. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Settles when the system has the line. A result that was heard is never lost for want of a reader. */
  write(line: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasFailed) {
        this.#fallback.write(line);
        return resolve();
      }
      this.#out.write(line, (failure) => {
        if (failure) {
          this.#hasFailed = true;
          this.#fallback.write(line);
        }
        resolve();
      });
    });
  }
}
