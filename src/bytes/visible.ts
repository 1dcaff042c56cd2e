/** Text in which nothing acts on a terminal that shows it. */

import { characterSet } from "./character-set.ts";
import { formatHex, span } from "./primitives.ts";

/** Characters up to U+00FF that are seen, and the C0 controls. */
const SEEN = characterSet("\0-~", "\xa0-\xac", "\xae-\xff");

/**
 * The same text, but for DEL, the C1 controls, and what moves, parts or hides text without being seen
 * (Unicode 16, section 23.2): of those JSON's escapes are left. C0 controls are left to JSON itself.
 */
export function makeVisible(json: string): string {
  let text = "";
  let start = 0;
  for (let index = span(json, 0, SEEN); index < json.length; index = span(json, index + 1, SEEN)) {
    const unit = json.charCodeAt(index);
    if (!isUnseen(unit)) continue;
    const digits = formatHex(new Uint8Array([unit >> 8, unit & 0xff]));
    text += `${json.slice(start, index)}\\u${digits}`;
    start = index + 1;
  }
  return start === 0 ? json : text + json.slice(start);
}

function isUnseen(unit: number): boolean {
  if (unit <= 0x9f) return true;
  const isMark = unit >= 0x200b && unit <= 0x200f;
  const isSeparatorOrOverride = unit >= 0x2028 && unit <= 0x202e;
  const isJoinerOrIsolate = unit >= 0x2060 && unit <= 0x206f;
  const isLone = unit === 0x00ad || unit === 0x061c || unit === 0xfeff;
  return isMark || isSeparatorOrOverride || isJoinerOrIsolate || isLone;
}
