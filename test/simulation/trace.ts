/** What happened in a run, line by line, and a digest of it: two runs are the same where theirs are. */

/** Lines kept of a run that somebody will read; the digest needs none. */
export type Keeping = "lines" | "digest";

export class Trace {
  readonly #lines: string[] = [];
  readonly #keeping: Keeping;
  #low = 0x811c9dc5;
  #high = 0x01234567;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  note(line: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let index = 0; index < line.length; index += 1) {
      const code = line.charCodeAt(index);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b) ^ (low >>> 15);
    }
    this.#low = Math.imul(low ^ 0x0a, 0x01000193);
    this.#high = high;
    if (this.#keeping === "lines") this.#lines.push(line);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get digest(): string {
    return [this.#low, this.#high]
      .map((half) => (half >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }
}
