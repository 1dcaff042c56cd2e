/** The settings as pages show them: in sections, each with its flag, its help and its default. */

import { isSwitch, SETTING_NAMES, type SettingName, SETTINGS } from "../settings.ts";

export interface Section {
  readonly heading: string;
  readonly names: readonly SettingName[];
}

/** The rows of the settings table in its order; a row that has a heading begins a section. */
export function listSections(): readonly Section[] {
  const sections: { heading: string; names: SettingName[] }[] = [];
  for (const name of SETTING_NAMES) {
    const { heading } = SETTINGS[name];
    if (heading !== undefined) sections.push({ heading, names: [] });
    sections.at(-1)?.names.push(name);
  }
  return sections;
}

/** The default, where the setting has one that is worth telling. */
export function defaultOf(name: SettingName): string | undefined {
  const { fallback } = SETTINGS[name];
  return fallback === "" || isSwitch(name) ? undefined : fallback;
}

/** The text in lines of at most `width` characters, parted at blanks; a longer word has its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
