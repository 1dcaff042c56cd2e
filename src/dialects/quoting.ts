/** What the dialects of env files share: bare values, line by line formatting, what refuses. */

import type { Environment, Variable } from "../claim/variable.ts";
import type { VariableProblem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";
import type { Formatted } from "./dialect.ts";

const SAFE_PUNCTUATION = "_@%+=:,./^-";

/**
 * Whether every reader of every dialect takes the value as it stands:
 * `[A-Za-z0-9_@%+=:,./^-]*`, not beginning with `=`, which zsh expands.
 */
export function isBare(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (!isAlphanumeric(code) && !SAFE_PUNCTUATION.includes(value.charAt(index))) return false;
  }
  return !value.startsWith("=");
}

export function isAlphanumeric(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a)
  );
}

/** Whether `value` holds at least one of the characters of `set`. */
export function hasAnyOf(value: string, set: string): boolean {
  for (const character of set) if (value.includes(character)) return true;
  return false;
}

/** Whether `value` holds a code point that Unicode reserves for internal use (section 23.7). */
export function hasNoncharacter(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0xd800) continue;
    const point = value.codePointAt(index) ?? unit;
    if ((point & 0xfffe) === 0xfffe || (point >= 0xfdd0 && point <= 0xfdef)) return true;
    if (point > 0xffff) index += 1;
  }
  return false;
}

/** One variable's value as a dialect writes it, or why it cannot. */
export type Encoded =
  | { readonly kind: "common"; readonly text: string }
  | { readonly kind: "uncommon"; readonly text: string }
  | { readonly kind: "not_representable"; readonly reason: string };

/** `NAME=value` lines, each value written by `encode`, or every variable that it refuses. */
export function formatLines(
  environment: Environment,
  encode: (value: string, variable: Variable) => Encoded,
): Result<Formatted, readonly VariableProblem[]> {
  const lines: string[] = [];
  const uncommonNames: string[] = [];
  const problems: VariableProblem[] = [];
  for (const variable of environment) {
    const { name } = variable;
    const encoded = encode(variable.value.reveal(), variable);
    if (encoded.kind === "not_representable") {
      problems.push({ name, code: "not_representable", reason: encoded.reason });
      continue;
    }
    if (encoded.kind === "uncommon") uncommonNames.push(name);
    lines.push(`${name}=${encoded.text}\n`);
  }
  if (problems.length > 0) return refuse(problems);
  return accept({ text: lines.join(""), uncommonNames });
}
