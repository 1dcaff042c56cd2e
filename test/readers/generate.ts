/** Values made of what readers treat specially, the same ones for the same seed. */

import fc from "fast-check";
import { CANARY } from "./corpus.ts";

const PARTS: readonly string[] = [
  [..."abzAZ019_ '\"`\\$#={}()[]<>|&;:!?*~^%@+-,./\t\n\r"],
  ["\\n", "\\'", '\\"', "\\$", "\\\\", "${", "$(", "$S0", "${S0}", `$(touch ${CANARY})`, " #"],
  ["'\nINJECTED='", '"\nINJECTED="', "\nINJECTED=1\n", "='", '="', "\u2028", "\u0085", "\ufeff"],
  ["\u00a0", "\u{1f600}", "\uffff", "\u0001", "\u001b", "\u007f", "export ", "value"],
].flat();

const HARMLESS: readonly string[] = PARTS.filter((part) => !part.includes("\r"));
/** Without either quote or backslash, so that more dialects hold them. */
const TAME = HARMLESS.filter((part) => !/['\\"`]/.test(part));

export function generateValues(count: number, seed: number): readonly string[] {
  const made = (parts: readonly string[]): fc.Arbitrary<string> =>
    fc
      .array(fc.constantFrom(...parts), { minLength: 1, maxLength: 24 })
      .map((chosen) => chosen.join(""));
  const value = fc.oneof(made(PARTS), made(HARMLESS), made(TAME), fc.string({ unit: "binary" }));
  const sampled = fc.sample(value, { numRuns: count, seed });
  return sampled.filter((text) => !text.includes("\0") && text.isWellFormed());
}
