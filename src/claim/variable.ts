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

/** `NAME=value` and a NUL of each, which no value holds: the same text for no two environments. */
export function joinVariables(environment: Environment): string {
  return environment.map(({ name, value }) => `${name}=${value.reveal()}\0`).join("");
}

/** Whether both hold the same variables in the same order. */
export function isSameEnvironment(one: Environment, other: Environment): boolean {
  return joinVariables(one) === joinVariables(other);
}

/** The environment that {@link joinVariables} has made the text of. */
export function splitVariables(text: string): Environment {
  const pairs = text.split("\0").slice(0, -1);
  return pairs.map((pair) => {
    const equals = pair.indexOf("=");
    return { name: pair.slice(0, equals), value: new Secret(pair.slice(equals + 1)) };
  });
}
