/** The completion scripts for bash, zsh and fish, from the tables. */

import { type CompletedFlag, listCompletedFlags } from "./completed-flags.ts";
import { WORDS } from "./program.ts";

export type Shell = "bash" | "zsh" | "fish";

/** `template` is the shell's script, with `@NAMES@` where the tables belong. */
export function formatCompletion(shell: Shell, template: string): string {
  const flags = listCompletedFlags();
  switch (shell) {
    case "bash":
      return fill(template, {
        FLAGS: flags.map(({ flag, value }) => (value === undefined ? flag : `${flag}=`)).join(" "),
        WORDS: WORDS.map(({ word }) => word).join(" "),
        VALUES: flags.flatMap(formatBashCase).join("\n"),
      });
    case "zsh":
      return fill(template, {
        SPECS: [...flags.map(formatZshSpec), formatZshWords()].join(" \\\n    "),
      });
    case "fish":
      return fill(template, { RULES: [...flags.map(formatFishRule), ...fishWords()].join("\n") });
  }
}

function fill(template: string, parts: Readonly<Record<string, string>>): string {
  let text = template;
  for (const [name, part] of Object.entries(parts)) text = text.split(`@${name}@`).join(part);
  return text;
}

/** The branch that completes a flag's value; none where anything may stand there. */
function formatBashCase({ flag, value }: CompletedFlag): readonly string[] {
  const choices = value?.choices ?? [];
  switch (value?.kind) {
    case "choice":
      return [`    ${flag}) _startup_server_offer "$value" ${choices.join(" ")} ;;`];
    case "file":
      return [`    ${flag}) _startup_server_files "$value" ;;`];
    case "choice:file":
      return [
        `    ${flag})`,
        "      case $value in",
        '        *:*) _startup_server_files "${value#*:}" "${value%%:*}:" ;;',
        `        *) _startup_server_offer "$value" ${choices.map((choice) => `${choice}:`).join(" ")} ;;`,
        "      esac",
        "      ;;",
      ];
    default:
      return [];
  }
}

/** An argument of _arguments (zshcompsys(1)). */
function formatZshSpec({ flag, short, help, isRepeatable, value }: CompletedFlag): string {
  const told = `[${help.split("[").join("\\[").split("]").join("\\]")}]`;
  if (short !== undefined) return `${quote(`(${short} ${flag})`)}{${short},${flag}}${quote(told)}`;
  if (value === undefined) return quote(`${flag}${told}`);
  const { placeholder, kind, choices } = value;
  const actions = {
    any: " ",
    choice: `(${choices.join(" ")})`,
    file: "_files",
    "choice:file": ` _startup_server_prefixed ${choices.join(" ")}`,
  };
  const message = placeholder.split(":").join("\\:");
  return quote(`${isRepeatable ? "*" : ""}${flag}=${told}:${message}:${actions[kind]}`);
}

function formatZshWords(): string {
  return quote(`1:word:(${WORDS.map(({ word }) => word).join(" ")})`);
}

/** A call of complete(1) of fish. */
function formatFishRule({ flag, short, help, value }: CompletedFlag): string {
  const options = [`-l ${flag.slice(2)}`];
  if (short !== undefined) options.push(`-s ${short.slice(1)}`);
  const choices = value?.choices.join(" ") ?? "";
  if (value?.kind === "any") options.push("-x");
  if (value?.kind === "choice") options.push(`-x -a ${fishQuote(choices)}`);
  if (value?.kind === "file") options.push("-r -F");
  if (value?.kind === "choice:file") {
    options.push(`-x -a ${fishQuote(`(__startup_server_prefixed ${choices})`)}`);
  }
  return `${FISH} -n __startup_server_is_before_command ${options.join(" ")} -d ${fishQuote(help)}`;
}

const FISH = "complete -c startup-server";

function fishWords(): readonly string[] {
  return WORDS.map(
    ({ word, help }) => `${FISH} -n __fish_is_first_arg -a ${word} -d ${fishQuote(help)}`,
  );
}

/** As one word of sh(1) and its relatives. */
function quote(text: string): string {
  return `'${text.split("'").join("'\\''")}'`;
}

function fishQuote(text: string): string {
  return `'${text.split("\\").join("\\\\").split("'").join("\\'")}'`;
}
