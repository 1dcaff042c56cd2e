/**
 * The strict dialect: `NAME=value` lines in the subset that every quote-aware reader, shells
 * included, reads alike.
 *
 *     file     = *( NAME "=" value LF )
 *     value    = bare / "'" single "'" / DQUOTE double DQUOTE
 *     bare     = *SAFE                 ; not beginning with "=", empty for the empty value
 *     single   = *( %x01-10FFFF )      ; none of "'" CR LF; no "\\" and no "\$"; no "\" at its end;
 *                                      ; no "$" before a letter, digit, "_", "{" or "(";
 *                                      ; not '="' with that one DQUOTE only; no noncharacter
 *     double   = *( %x01-10FFFF )      ; line breaks included; none of DQUOTE "\" "$" "`" CR;
 *                                      ; no noncharacter
 *     SAFE     = ALPHA / DIGIT / "_" / "@" / "%" / "+" / "=" / ":" / "," / "." / "/" / "^" / "-"
 */

import { allBut, characterSet, isAllOf } from "../bytes/character-set.ts";
import { span } from "../bytes/primitives.ts";
import { common, type Encoded, lineDialect, notRepresentable } from "./dialect.ts";
import { hasNoncharacter, isBare } from "./quoting.ts";
import { isCommonName } from "./shell-names.ts";

const SINGLE = allBut("'", "\r", "\n");
const DOUBLE = allBut('"', "\\", "$", "`", "\r");
/** What a reader may expand where a `$` stands before it. */
const EXPANDED = characterSet("0-9", "A-Z", "a-z", "_", "{", "(");

export const strict = lineDialect("strict", encode);

function encode(value: string, name: string): Encoded {
  if (!isCommonName(name)) return notRepresentable("has a name on which readers do not agree");
  const text = encodeAlike(value);
  return text === undefined ? notRepresentable(hindranceOf(value)) : common(text);
}

/** The value as every quote-aware reader reads it alike; undefined where there is no such form. */
export function encodeAlike(value: string): string | undefined {
  if (isBare(value)) return value;
  if (isAlikeInSingleQuotes(value)) return `'${value}'`;
  return isAlikeInDoubleQuotes(value) ? `"${value}"` : undefined;
}

function isAlikeInSingleQuotes(value: string): boolean {
  if (!isAllOf(value, SINGLE) || value.includes("\\\\") || value.includes("\\$")) return false;
  if (value.endsWith("\\") || hasExpansion(value) || hasNoncharacter(value)) return false;
  return !(value.includes('="') && value.indexOf('"') === value.lastIndexOf('"'));
}

function isAlikeInDoubleQuotes(value: string): boolean {
  return isAllOf(value, DOUBLE) && !hasNoncharacter(value);
}

/** A `$` before a name, a brace or a parenthesis: some readers expand it in any quotes. */
function hasExpansion(value: string): boolean {
  for (let at = value.indexOf("$"); at !== -1; at = value.indexOf("$", at + 1)) {
    if (span(value, at + 1, EXPANDED) > at + 1) return true;
  }
  return false;
}

function hindranceOf(value: string): string {
  if (value.includes("\r")) return "holds a carriage return";
  if (hasNoncharacter(value)) return "holds a Unicode noncharacter";
  if (value.endsWith("\\")) return "ends in a backslash";
  if (value.includes("'")) return 'holds a single quote together with one of " \\ $ `';
  if (value.includes("\n")) return 'holds a line break together with one of " \\ $ `';
  return "holds backslashes, dollar signs or double quotes in an order that readers take differently";
}
