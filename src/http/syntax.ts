/** The character classes of RFC 9110 section 5.6 and RFC 9112, over text of one byte a character. */

import { characterSet, isAllOf } from "../bytes/character-set.ts";
import { span } from "../bytes/primitives.ts";

const LETTERS_AND_DIGITS = ["0-9", "A-Z", "a-z"];

/** tchar, RFC 9110 section 5.6.2. */
const TOKEN = characterSet(..."!#$%&'*+-.^_`|~", ...LETTERS_AND_DIGITS);
/** HTAB, SP, VCHAR and obs-text, RFC 9110 section 5.5. */
export const FIELD_VALUE = characterSet("\t", " -~", "\x80-\xff");
/** Visible ASCII but `#`: callers type braces and bars raw, a fragment never reaches a server. */
const TARGET = characterSet('!-"', "$-~");
/** reg-name and IP literals, RFC 3986 section 3.2.2, with the port's colon. */
const AUTHORITY = characterSet(..."-._~%!$&'()*+,;=:[]", ...LETTERS_AND_DIGITS);
const DIGIT = characterSet("0-9");
const BLANKS = characterSet(" ", "\t");
/** What a request id may hold: nothing that needs quoting in a log, a header or a shell. */
const REQUEST_ID = characterSet(..."-._~:/+=@", ...LETTERS_AND_DIGITS);

export function isToken(text: string): boolean {
  return text !== "" && isAllOf(text, TOKEN);
}

export function isTokenByte(byte: number): boolean {
  return TOKEN[byte] === 1;
}

export function isFieldValue(text: string): boolean {
  return isAllOf(text, FIELD_VALUE);
}

export function isTargetText(text: string): boolean {
  return text !== "" && isAllOf(text, TARGET);
}

export function isDigits(text: string): boolean {
  return text !== "" && isAllOf(text, DIGIT);
}

export function isRequestId(text: string): boolean {
  return text !== "" && text.length <= 128 && isAllOf(text, REQUEST_ID);
}

/** `uri-host [ ":" port ]`, RFC 9110 section 7.2. */
export function isAuthority(text: string): boolean {
  if (text === "" || !isAllOf(text, AUTHORITY)) return false;
  const bracket = text.lastIndexOf("]");
  const colon = text.indexOf(":", bracket + 1);
  const host = colon === -1 ? text : text.slice(0, colon);
  const port = colon === -1 ? "" : text.slice(colon + 1);
  if (port !== "" && !isDigits(port)) return false;
  return bracket === -1 ? host !== "" && !host.includes("[") : isBracketed(host);
}

function isBracketed(host: string): boolean {
  const inside = host.slice(1, -1);
  const isOnePair = !inside.includes("[") && !inside.includes("]");
  return host.startsWith("[") && host.endsWith("]") && inside.includes(":") && isOnePair;
}

/** Without the optional whitespace around it (OWS, RFC 9110 section 5.6.3). */
export function trimWhitespace(text: string): string {
  const start = span(text, 0, BLANKS);
  let end = text.length;
  while (end > start && BLANKS[text.charCodeAt(end - 1)] === 1) end -= 1;
  return text.slice(start, end);
}
