/** A request's head, parsed: what every later step reads. */

import { trimWhitespace } from "./syntax.ts";

export interface RequestHead {
  readonly method: string;
  readonly target: Target;
  readonly version: "1.0" | "1.1";
  readonly headers: Headers;
  readonly framing: Framing;
  /** Whether the connection may carry another request behind this one (RFC 9112 section 9.3). */
  readonly persists: boolean;
  /** Whether the caller waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
}

/** A request target taken apart, nothing decoded (RFC 9112 section 3.2). */
export interface Target {
  /** `*` for the asterisk-form; empty for the authority-form of CONNECT. */
  readonly path: string;
  /** What is behind the first `?`; undefined where there is none. */
  readonly query: string | undefined;
  /** The authority of an absolute-form target; undefined in the other forms. */
  readonly authority: string | undefined;
}

/** How the end of the body is known (RFC 9112 section 6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" };

const NONE: readonly string[] = [];

/** Header fields by their names in lower case. */
export class Headers {
  readonly #values = new Map<string, string[]>();

  add(lowerCaseName: string, value: string): void {
    const values = this.#values.get(lowerCaseName);
    if (values === undefined) this.#values.set(lowerCaseName, [value]);
    else values.push(value);
  }

  /** Every value of that field, line by line, as they came. */
  all(lowerCaseName: string): readonly string[] {
    return this.#values.get(lowerCaseName) ?? NONE;
  }

  /** The field's value where it came exactly once. */
  single(lowerCaseName: string): string | undefined {
    const values = this.all(lowerCaseName);
    return values.length === 1 ? values[0] : undefined;
  }

  has(lowerCaseName: string): boolean {
    return this.#values.has(lowerCaseName);
  }

  /** The comma-separated members of all lines together, trimmed, in lower case, empty ones left out. */
  list(lowerCaseName: string): readonly string[] {
    const values = this.#values.get(lowerCaseName);
    if (values === undefined) return NONE;
    const members: string[] = [];
    for (const value of values) {
      for (const member of value.split(",")) {
        const trimmed = trimWhitespace(member).toLowerCase();
        if (trimmed !== "") members.push(trimmed);
      }
    }
    return members;
  }
}
