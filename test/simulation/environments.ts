/** Environments to claim, with the bytes that their env file must hold, and values nobody can guess. */

import type { Random } from "./random.ts";

export interface SimulatedEnvironment {
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** The env file, in the portable dialect. */
  readonly file: Uint8Array;
}

const ENCODER = new TextEncoder();

/** `marker` stands in every value that is not empty, so that a leak of any is found. */
export function planEnvironment(random: Random, marker: string): SimulatedEnvironment {
  const variables: [string, string][] = [];
  const count = random.pick([0, 1, 1, 2, 2, 3]);
  let text = "";
  for (let index = 0; index < count; index += 1) {
    const name = `${random.pick(["KEY", "db_url", "_T"])}${index}`;
    const value = planValue(random, marker);
    const isQuoted = value.includes(" ");
    text += isQuoted ? `${name}='${value}'\n` : `${name}=${value}\n`;
    variables.push([name, value]);
  }
  return { variables, file: ENCODER.encode(text) };
}

function planValue(random: Random, marker: string): string {
  const text = marker + random.text(6);
  switch (random.below(8)) {
    case 0:
      return `${text} and ${marker}`;
    case 1:
      return `${text}${"x".repeat(random.between(500, 3000))}${marker}`;
    case 2:
      return `\u00fc\u{1f600} ${text}`;
    default:
      return text;
  }
}

/** Every form in which a value that holds `marker` could show: as it is, in hexadecimal, in base64. */
export function formsOf(marker: string): readonly string[] {
  const hex = Buffer.from(marker).toString("hex");
  const forms = [marker, hex, hex.toUpperCase()];
  for (let before = 0; before < 3; before += 1) {
    const shifted = Buffer.from("\0".repeat(before) + marker).toString("base64");
    // The characters at both ends depend on the bytes around the marker.
    forms.push(shifted.slice(before === 0 ? 0 : before + 1, -4));
  }
  return forms;
}
