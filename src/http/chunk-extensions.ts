/** Checks what stands behind a chunk's size (RFC 9112 section 7.1.1). */

import { isTokenByte } from "./syntax.ts";

/**
 * Whether `text` is `*( ";" token [ "=" ( token / quoted-string ) ] )`, of characters that a field
 * value may hold. The blanks that section 7.1.1 lets a recipient drop are refused: readers disagree about them.
 */
export function isChunkExtensions(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    const nameEnd = tokenEnd(text, at + 1);
    if (text[at] !== ";" || nameEnd === at + 1) return false;
    at = text[nameEnd] === "=" ? valueEnd(text, nameEnd + 1) : nameEnd;
    if (at === -1) return false;
  }
  return true;
}

function tokenEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && isTokenByte(text.charCodeAt(at))) at += 1;
  return at;
}

/** The place behind the token or quoted-string at `start`; -1 where there is none. */
function valueEnd(text: string, start: number): number {
  if (text[start] === '"') return quotedEnd(text, start + 1);
  const end = tokenEnd(text, start);
  return end === start ? -1 : end;
}

function quotedEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '"') return at + 1;
    if (text[at] === "\\") at += 1;
  }
  return -1;
}
