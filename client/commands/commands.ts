/** The commands of the npm package beside the server itself. */

import process from "node:process";
import { conformanceCommand } from "../conformance/conformance-command.ts";
import { claimCommand } from "./claim-command.ts";
import type { Surroundings } from "./plan.ts";

/** sysexits.h. */
const EX_SOFTWARE = 70;

type Command = (args: readonly string[], surroundings: Surroundings) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  claim: claimCommand,
  conformance: conformanceCommand,
};

/** The command of that name, or undefined where the word is the server's to read. */
export function findCommand(word: string | undefined): Command | undefined {
  return word !== undefined && Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
}

/** Runs the command, and ends the process with its status once all that it printed is out. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  // What stands if nothing is left to wait for, though the command has not come to its end.
  process.exitCode = EX_SOFTWARE;
  try {
    process.exitCode = await command(args, surroundings);
  } catch (thrown) {
    // What was thrown may quote a value: it is not shown.
    const kind = thrown instanceof Error ? thrown.name : "unknown";
    process.stderr.write(`startup-server: ended by a bug: ${kind}\n`);
  }
}
