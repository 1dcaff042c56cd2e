/** What shells can complete: each flag, and what may stand behind it as its setting's row tells. */

import { isRepeatable, isSwitch, SETTING_NAMES, type SettingName, SETTINGS } from "../settings.ts";
import { OTHER_FLAGS } from "./program.ts";

export interface CompletedFlag {
  /** With its two dashes. */
  readonly flag: string;
  /** Another way to say it, such as `-h`. */
  readonly short: string | undefined;
  readonly help: string;
  readonly isRepeatable: boolean;
  /** Undefined for a switch. */
  readonly value: CompletedValue | undefined;
}

export interface CompletedValue {
  readonly placeholder: string;
  /** `choice:file`: one of the choices, a colon, and a file. */
  readonly kind: "any" | "choice" | "file" | "choice:file";
  readonly choices: readonly string[];
}

export function listCompletedFlags(): readonly CompletedFlag[] {
  const settings = SETTING_NAMES.map((name) => ({
    flag: `--${name}`,
    short: undefined,
    // The choices are offered: they need not be named too.
    help: choicesOf(name).length > 0 ? beforeColon(SETTINGS[name].help) : SETTINGS[name].help,
    isRepeatable: isRepeatable(name),
    value: isSwitch(name) ? undefined : valueOf(name),
  }));
  const others = OTHER_FLAGS.map(([short, flag, help]) => {
    return { flag, short, help, isRepeatable: false, value: undefined };
  });
  return [...settings, ...others];
}

/** The values that a setting is one of, by its own parser's word; none where it is something else. */
export function choicesOf(name: SettingName): readonly string[] {
  const parsed = SETTINGS[name].parse("\0");
  const expected = parsed.ok ? "" : parsed.problem;
  return expected.startsWith(ONE_OF) ? expected.slice(ONE_OF.length).split(", ") : [];
}

function beforeColon(text: string): string {
  return text.split(": ")[0] ?? text;
}

const ONE_OF = "one of ";

/** What stands for a path in the usage text. */
const FILE = "PATH";

function valueOf(name: SettingName): CompletedValue {
  const { placeholder } = SETTINGS[name];
  const choices = choicesOf(name);
  if (choices.length > 0) return { placeholder, kind: "choice", choices };
  if (placeholder === FILE) return { placeholder, kind: "file", choices: [] };
  const [first = "", rest] = placeholder.split(":");
  const prefixes = rest === FILE ? choicesOfPlaceholder(first) : [];
  if (prefixes.length > 0) return { placeholder, kind: "choice:file", choices: prefixes };
  return { placeholder, kind: "any", choices: [] };
}

/** The choices of the setting whose value is called so. */
function choicesOfPlaceholder(placeholder: string): readonly string[] {
  const name = SETTING_NAMES.find((each) => SETTINGS[each].placeholder === placeholder);
  return name === undefined ? [] : choicesOf(name);
}
