/** The descriptors that poll(2) watches, each with who is told. */

import type { System } from "./system.ts";

export const POLLIN = 1;
export const POLLOUT = 4;
export const POLLERR = 8;
export const POLLHUP = 16;

/** Who is told what poll(2) saw at its descriptor. */
export interface Watcher {
  /** Its place in the set, kept by the set; -1 outside it. */
  place: number;
  ready(events: number): void;
}

/** struct pollfd as two 32-bit words: the descriptor, and events below returned events. */
const WORDS = 2;

export class PollSet {
  readonly #sys: System;
  #entries = new Int32Array(16 * WORDS);
  readonly #watchers: Watcher[] = [];

  constructor(sys: System) {
    this.#sys = sys;
  }

  add(watcher: Watcher, descriptor: number, events: number): void {
    const place = this.#watchers.length;
    if ((place + 1) * WORDS > this.#entries.length) {
      const grown = new Int32Array(this.#entries.length * 2);
      grown.set(this.#entries, 0);
      this.#entries = grown;
    }
    this.#watchers.push(watcher);
    this.#entries[place * WORDS] = descriptor;
    this.#entries[place * WORDS + 1] = events;
    watcher.place = place;
  }

  /** What `watcher` waits for from now on; with nothing, only errors and hang-ups are told. */
  change(watcher: Watcher, events: number): void {
    if (watcher.place >= 0) this.#entries[watcher.place * WORDS + 1] = events;
  }

  remove(watcher: Watcher): void {
    const { place } = watcher;
    const last = this.#watchers.pop();
    if (place < 0 || last === undefined) return;
    watcher.place = -1;
    if (last === watcher) return;
    const from = this.#watchers.length * WORDS;
    this.#entries[place * WORDS] = this.#entries[from] ?? -1;
    this.#entries[place * WORDS + 1] = this.#entries[from + 1] ?? 0;
    this.#watchers[place] = last;
    last.place = place;
  }

  /** Waits at most that long (-1: for ever), and tells everybody who has reason to look. */
  wait(timeoutMs: number): void {
    let ready = this.#sys.poll(this.#entries, this.#watchers.length, timeoutMs);
    // From the end: whoever is moved into a freed place has been told, and whoever is new is behind.
    for (let place = this.#watchers.length - 1; place >= 0 && ready > 0; place -= 1) {
      const events = (this.#entries[place * WORDS + 1] ?? 0) >> 16;
      if (events === 0) continue;
      ready -= 1;
      this.#watchers[place]?.ready(events);
    }
  }
}
