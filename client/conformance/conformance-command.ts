/** `startup-server conformance`: holds any implementation against the contract, from outside. */

import { constants } from "node:os";
import process from "node:process";
import { parseOneOf, parseSwitch, parseWholeNumber } from "../../src/setting-values.ts";
import { accept, refuse, type Result } from "../../src/result.ts";
import { type FlagsOf, formatFlags, parseCommandLine, row } from "../commands/flag-table.ts";
import { EX_IOERR, EX_USAGE } from "../commands/tally.ts";
import { parseTarget } from "../target.ts";
import { examineAddress, examineCommand, type Tell } from "./examine.ts";
import { formatBailOut, formatPlan, formatVerdict } from "./report.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules.ts";
import type { Address } from "./subject.ts";
import type { Routes } from "./wire.ts";

/** sysexits.h. */
const EX_UNAVAILABLE = 69;

export const CONFORMANCE_FLAGS = {
  spend: row({
    placeholder: "",
    fallback: "false",
    help: "of a server at a URL: also send what must be refused, and one claim at the end",
    parse: parseSwitch,
  }),
  only: row({
    placeholder: "RULES",
    fallback: "",
    help: "examine by these rules alone, by their names between commas",
    parse: parseRules,
  }),
  routes: row({
    placeholder: "PAIR",
    fallback: "original",
    help: "original for / and /heart_beat, successor for those under /startup: what most rules speak to",
    parse: (text) => parseOneOf(text, ["original", "successor"] as const),
  }),
  timeout: row({
    placeholder: "MS",
    fallback: "5000",
    help: "how long each answer is waited for",
    parse: (text) => parseWholeNumber(text, 1, 3_600_000),
  }),
};

const ROUTES: Readonly<Record<"original" | "successor", Routes>> = {
  original: { claim: "/", health: "/heart_beat" },
  successor: { claim: "/startup/inject", health: "/startup/heart_beat" },
};

/** Runs to its end and gives the exit status. */
export async function conformanceCommand(args: readonly string[]): Promise<number> {
  const end = args.indexOf("--");
  const line = parseCommandLine(end === -1 ? args : args.slice(0, end), CONFORMANCE_FLAGS);
  if (!line.ok) return refuseUsage(line.problem);
  if (line.value.kind === "help") {
    process.stdout.write(`${HEAD}\n${formatFlags(CONFORMANCE_FLAGS)}\n\n${TAIL}`);
    return 0;
  }
  const { flags, words } = line.value;
  const command = end === -1 ? [] : args.slice(end + 1);
  const subject = parseSubject(words, command);
  return subject.ok ? await examine(subject.value, flags) : refuseUsage(subject.problem);
}

function refuseUsage(sentence: string): number {
  process.stderr.write(`startup-server conformance: ${sentence}\n`);
  return EX_USAGE;
}

type Examined =
  | { readonly kind: "command"; readonly command: readonly string[] }
  | { readonly kind: "address"; readonly address: Address };

function parseSubject(
  words: readonly string[],
  command: readonly string[],
): Result<Examined, string> {
  const [url, ...others] = words;
  const isOne =
    url === undefined ? command.length > 0 : command.length === 0 && others.length === 0;
  if (!isOne) return refuse("expected one URL, or -- and a command; --help says more");
  if (url === undefined) return accept({ kind: "command", command });
  const target = parseTarget(url);
  if (!target.ok) return refuse(`URL: ${target.problem}`);
  const { protocol, hostname, port, pathname } = target.value.claim;
  if (protocol !== "http:" || target.value.socketPath !== undefined)
    return refuse("URL: expected http, since bytes are sent as they are");
  if (pathname !== "/") return refuse("URL: expected no path; --routes says which are examined");
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return accept({ kind: "address", address: { host, port: Number(port || 80) } });
}

async function examine(
  subject: Examined,
  { only, spend, routes, timeout: timeoutMs }: FlagsOf<typeof CONFORMANCE_FLAGS>,
): Promise<number> {
  // So that the process ends as exits do, which ends the servers that were started too.
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  process.stdout.once("error", () => process.exit(EX_IOERR));
  process.stdout.write(formatPlan(only.length));
  const manner = { routes: ROUTES[routes], timeoutMs };
  let number = 0;
  let failed = 0;
  const tell: Tell = (rule, verdict) => {
    number += 1;
    if (verdict.kind === "not_ok") failed += 1;
    process.stdout.write(formatVerdict(number, rule, verdict));
  };
  const problem =
    subject.kind === "command"
      ? await examineCommand(only, { command: subject.command, manner }, tell)
      : await examineAddress(
          only,
          { address: subject.address, manner, spending: spend ? "spend" : "spare" },
          tell,
        );
  if (problem !== undefined) {
    process.stdout.write(formatBailOut(problem));
    return EX_UNAVAILABLE;
  }
  return failed === 0 ? 0 : 1;
}

/** Rules in their own order; all where none is named. */
function parseRules(text: string): Result<readonly Rule[], string> {
  const names = text === "" ? RULES.map(({ id }) => id) : text.split(",");
  const isKnown = names.every((name) => RULES.some(({ id }) => id === name));
  if (!isKnown) return refuse("names of rules between commas, such as health-original,receipt");
  return accept(RULES.filter(({ id }) => names.includes(id)));
}

const HEAD = `Usage: startup-server conformance [flags] URL
       startup-server conformance [flags] -- COMMAND [ARGUMENT...]

Holds a server against the contract of startup-server, and prints one line a rule, as TAP. Of the
server at a URL it asks only what spends no server, unless --spend allows more. A command is started
anew for each rule, in a directory of its own: {port}, {file} and {directory} in its arguments stand
for where it must listen and write, as STARTUP_SERVER_PORT, STARTUP_SERVER_HOST and
STARTUP_SERVER_FILE do in its environment.

Flags, with their defaults:`;

const TAIL = `Exit status: 0 no rule is broken, 1 some are, 64 usage, 69 the server does not answer or start,
74 the verdicts could not be written.
`;
