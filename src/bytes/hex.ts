/** Reads hexadecimal digits; primitives.ts writes them. */

/** The value of one hexadecimal digit given as a character code, or -1. */
export function hexDigitValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The number that the digits stand for; undefined where there is none, or anything else among them. */
export function parseHex(digits: string): number | undefined {
  let number = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const value = hexDigitValue(digits.charCodeAt(index));
    if (value < 0) return undefined;
    number = number * 16 + value;
  }
  return digits === "" ? undefined : number;
}
