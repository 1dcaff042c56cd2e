/** The character classes of RFC 9110 section 5.6 and RFC 9112, over text of one byte a character. */

/** A set of byte values, built from single characters and ranges such as `a-z`. */
function characterClass(...members: readonly string[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const member of members) {
    const last = member.length === 3 ? member.charCodeAt(2) : member.charCodeAt(0);
    for (let code = member.charCodeAt(0); code <= last; code += 1) table[code] = 1;
  }
  return table;
}

const LETTERS_AND_DIGITS = ["0-9", "A-Z", "a-z"];

/** tchar, RFC 9110 section 5.6.2. */
const TOKEN = characterClass(..."!#$%&'*+-.^_`|~", ...LETTERS_AND_DIGITS);
/** HTAB, SP, VCHAR and obs-text, RFC 9110 section 5.5. */
const FIELD_VALUE = characterClass("\t", " -~", "\x80-\xff");
/** Visible ASCII but `#`: callers type braces and bars raw, a fragment never reaches a server. */
const TARGET = characterClass('!-"', "$-~");
/** reg-name and IP literals, RFC 3986 section 3.2.2, with the port's colon. */
const AUTHORITY = characterClass(..."-._~%!$&'()*+,;=:[]", ...LETTERS_AND_DIGITS);
const DIGIT = characterClass("0-9");
/** What a request id may hold: nothing that needs quoting in a log, a header or a shell. */
const REQUEST_ID = characterClass(..."-._~:/+=@", ...LETTERS_AND_DIGITS);

function isAll(text: string, members: Uint8Array): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (members[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

export function isToken(text: string): boolean {
  return text !== "" && isAll(text, TOKEN);
}

export function isTokenByte(byte: number): boolean {
  return TOKEN[byte] === 1;
}

export function isFieldValue(text: string): boolean {
  return isAll(text, FIELD_VALUE);
}

export function isTargetText(text: string): boolean {
  return text !== "" && isAll(text, TARGET);
}

export function isDigits(text: string): boolean {
  return text !== "" && isAll(text, DIGIT);
}

export function isRequestId(text: string): boolean {
  return text !== "" && text.length <= 128 && isAll(text, REQUEST_ID);
}

/** `uri-host [ ":" port ]`, RFC 9110 section 7.2. */
export function isAuthority(text: string): boolean {
  if (text === "" || !isAll(text, AUTHORITY)) return false;
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
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
