/** A variable: a name that anyone may see, and a value that nobody prints by accident. */

/** Text that says `[redacted]` wherever it is turned into a string, JSON included. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. To be called only where it is checked, formatted or compared. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }
}

export interface Variable {
  readonly name: string;
  readonly value: Secret;
}

/** The ordered list of variables of a claim, checked: names are unique and well-formed. */
export type Environment = readonly Variable[];
