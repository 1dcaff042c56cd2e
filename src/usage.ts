/** The text of `--help`, from the flag table. */

import { isSwitch, SETTING_NAMES, type SettingName, SETTINGS } from "./settings.ts";

export function formatUsage(): string {
  const rows = SETTING_NAMES.map(
    (name) => [`--${name} ${SETTINGS[name].placeholder}`.trimEnd(), describe(name)] as const,
  );
  const all = [...rows, ["--help", "print this"], ["--version", "print version, host and engine"]];
  const width = Math.max(...all.map(([flag = ""]) => flag.length));
  const lines = all.map(([flag = "", help = ""]) => `  ${flag.padEnd(width)}  ${help}`);
  return `${USAGE_HEAD}\n${lines.join("\n")}\n\n${USAGE_TAIL}`;
}

function describe(name: SettingName): string {
  const { help, fallback } = SETTINGS[name];
  return fallback === "" || isSwitch(name) ? help : `${help} (${fallback})`;
}

const USAGE_HEAD = `Usage: startup-server [flags]

Waits for one HTTP request that carries environment variables, writes them to an env file,
durably and once, answers, and ends with status 0.

Flags, with their defaults:`;

const USAGE_TAIL = `Each flag is also a variable: --log-format is STARTUP_SERVER_LOG_FORMAT. A flag wins.

Exit status: 0 claimed, 64 usage, 69 address unavailable, 73 directory cannot be written,
129, 130, 143 ended by SIGHUP, SIGINT, SIGTERM before a claim.
`;
