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
  /** The places that the last wait has found. */
  #ready = new Int32Array(16);
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
      this.#ready = new Int32Array(grown.length / WORDS);
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

  /** Waits until that time on the monotonic clock at most, and tells everybody who has reason to look. */
  wait(untilMs: number): void {
    // Another one takes its place where somebody new comes meanwhile.
    const found = this.#ready;
    const count = this.#sys.pollUntil(this.#entries, this.#watchers.length, untilMs, found);
    // From the end: whoever is moved into a freed place has been told, and whoever is new is behind.
    for (let index = count - 1; index >= 0; index -= 1) {
      const place = found[index] ?? 0;
      const events = (this.#entries[place * WORDS + 1] ?? 0) >> 16;
      if (events !== 0) this.#watchers[place]?.ready(events);
    }
  }
}
