/** Signals to a run that claims: the first lets what was sent be answered, the second waits for nothing. */

import { constants } from "node:os";
import process from "node:process";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

export class Interruption {
  readonly #hold = new AbortController();
  readonly #stop = new AbortController();
  #status: number | undefined;

  /** Begins to listen. */
  static listen(): Interruption {
    const interruption = new Interruption();
    for (const signal of SIGNALS) process.on(signal, interruption.#take);
    return interruption;
  }

  /** Begin nothing any more, and wait no longer for servers to which nothing was sent. */
  get hold(): AbortSignal {
    return this.#hold.signal;
  }

  /** Wait no longer for answers either. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** As shells tell it, 128 and the signal's number (signal(7)); undefined where none came. */
  get status(): number | undefined {
    return this.#status;
  }

  ignore(): void {
    for (const signal of SIGNALS) process.off(signal, this.#take);
  }

  readonly #take = (signal: NodeJS.Signals): void => {
    if (this.#hold.signal.aborted) this.#stop.abort();
    this.#status ??= 128 + constants.signals[signal];
    this.#hold.abort();
  };
}
