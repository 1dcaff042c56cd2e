/** The text of `startup-server claim --help`. */

import { formatFlags } from "./flag-table.ts";
import { CLAIM_FLAGS } from "./flags.ts";

export function formatClaimUsage(): string {
  return `${HEAD}\n${formatFlags(CLAIM_FLAGS)}\n\n${TAIL}`;
}

const HEAD = `Usage: startup-server claim [flags] URL... [NAME=VALUE... | -]

Gives waiting servers their environment, and prints one JSON result a line for each. With - the
variables come from standard input, as NAME=value lines or as a JSON object: what stands on a
command line is there for everybody on the machine to see.

Flags, with their defaults:`;

const TAIL = `Exit status: 0 all claimed, 1 some refused, taken or unreachable, 2 some unknown or mismatched,
64 usage, 74 results could not be written, 129, 130, 143 interrupted: --resume goes on.
`;
