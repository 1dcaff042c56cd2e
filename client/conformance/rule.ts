/** What a rule is: a clause of the contract, and how to tell from outside whether a server keeps it. */

import type { Reply } from "./wire.ts";
import type { ServerProcess, Subject } from "./subject.ts";

/** The sentence of what is wrong; undefined where nothing is. */
export type Finding = string | undefined;

interface Stated {
  /** Stable, for --only. */
  readonly id: string;
  /** What is demanded, as a sentence. */
  readonly sentence: string;
  /** README's heading, or the standard's section. */
  readonly clause: string;
}

/**
 * `asks`: spends no server, however wrong it is. `tempts`: sends what must be refused, so that it may
 * spend a server that is wrong. `claims`: spends the server.
 */
export interface AddressRule extends Stated {
  readonly kind: "asks" | "tempts" | "claims";
  readonly needs: "address";
  check(subject: Subject): Promise<Finding>;
}

/**
 * Looks at the process and its files too, so the server must be started for it. `starts`: it is about
 * a server that must not begin to wait, and is not waited for.
 */
export interface ProcessRule extends Stated {
  readonly kind: "claims" | "starts";
  readonly needs: "process";
  /** What the server's environment holds beside port, address and file. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Makes what the server is to find in its directory, and tells the path of the env file there. */
  prepare?(directory: string): string;
  check(server: ServerProcess): Promise<Finding>;
}

export type Rule = AddressRule | ProcessRule;

/** A rule about a claim that is made to a server that was started for it. */
export function processRule(
  id: string,
  sentence: string,
  clause: string,
  check: (server: ServerProcess) => Promise<Finding>,
  more: Pick<ProcessRule, "prepare" | "settings"> = {},
): ProcessRule {
  return { id, sentence, clause, kind: "claims", needs: "process", check, ...more };
}

/** `status: expected 200, got 404`, or nothing where both are the same. */
export function differs(what: string, expected: unknown, got: unknown): Finding {
  const [wanted, found] = [JSON.stringify(expected), JSON.stringify(got)];
  return wanted === found ? undefined : `${what}: expected ${wanted}, got ${shorten(found)}`;
}

const MAX_SHOWN = 120;

function shorten(text: string | undefined): string {
  if (text === undefined) return "none";
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

/** That the answer has that status; any of them, where there are several. */
export function expectStatus(reply: Reply, ...statuses: readonly number[]): Finding {
  if (statuses.includes(reply.status)) return undefined;
  const got = reply.status === 0 ? `no answer (${reply.failure})` : String(reply.status);
  return `status: expected ${statuses.join(" or ")}, got ${got}`;
}

export function expectHeader(reply: Reply, name: string, pattern: RegExp): Finding {
  const value = reply.headers.get(name.toLowerCase()) ?? "";
  return pattern.test(value)
    ? undefined
    : `${name}: expected ${pattern}, got ${shorten(JSON.stringify(value))}`;
}
