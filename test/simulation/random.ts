/** Numbers that look random and follow from a seed alone: the one source of chance in a simulation. */

/** sfc32, seeded by one whole number. */
export class Random {
  #a: number;
  #b: number;
  #c = 0x9e3779b9;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 0x1_0000_0000) | 0;
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A whole number from 0 up to, and not including, `end`. */
  below(end: number): number {
    return this.next() % end;
  }

  /** A whole number within both bounds. */
  between(least: number, greatest: number): number {
    return least + this.below(greatest - least + 1);
  }

  /** True so often of a hundred times. */
  chance(percent: number): boolean {
    return this.below(1000) < percent * 10;
  }

  pick<const Choices extends readonly [unknown, ...unknown[]]>(choices: Choices): Choices[number] {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let index = 0; index < count; index += 1) bytes[index] = this.next() >>> 13;
    return bytes;
  }

  /** So many letters and digits. */
  text(length: number): string {
    let text = "";
    while (text.length < length) text += LETTERS.charAt(this.below(LETTERS.length));
    return text;
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
