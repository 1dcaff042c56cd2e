/** Finds out whether what an earlier claim has written still stands, whole and unchanged. */

import { type Measure, measure } from "../commit/measure.ts";
import type { Content, NamedBytes } from "../commit/output.ts";
import { directoryOf, recordPath } from "../commit/paths.ts";
import { searchable } from "../commit/stage.ts";
import type { Files, Host, Owner, Standing } from "../host.ts";
import { accept, refuse, type Result } from "../result.ts";
import { type ClaimRecord, parseRecord, RECORD_MODE } from "./record.ts";

/** What a claim would be taken and written under now. */
export interface Expectation {
  readonly terms: string;
  readonly paths: readonly string[];
  /** Permission bits of every file. */
  readonly mode: number;
  /** Whose every file has to be; undefined for the process's own. */
  readonly owner: Owner | undefined;
}

/** Why a claim has to come, and where that was seen. Codes are stable. */
export interface Lack {
  readonly code:
    | "no_record"
    | "untrusted_record"
    | "damaged_record"
    | "other_settings"
    | "missing"
    | "untrusted"
    | "changed"
    | "not_durable";
  readonly path: string;
}

/** More than the record of any claim within the greatest limits: its names stand in it twice. */
const MAX_RECORD_BYTES = 256 * 1024 * 1024;

/** The record of the claim whose every output stands, and is durable from now on. */
export function findClaimed(host: Host, expected: Expectation): Result<ClaimRecord, Lack> {
  const [first = ""] = expected.paths;
  const record = readRecord(host, recordPath(first));
  if (!record.ok) return record;
  const { terms, names, measures } = record.value;
  if (terms !== expected.terms) return refuse({ code: "other_settings", path: first });
  const user = host.userId();
  const owner = expected.owner ?? { user, group: -1 };
  for (const [index, path] of expected.paths.entries()) {
    const written = measures[index] ?? NOTHING;
    const code = findLack(host, path, { ...expected, owner, names, written });
    if (code !== undefined) return refuse({ code, path });
  }
  // The predecessor may have been killed before it had made their names durable.
  for (const path of expected.paths) {
    const synced = host.files.syncDirectory(directoryOf(path));
    if (!synced.ok) return refuse({ code: "not_durable", path });
  }
  return record;
}

function readRecord(host: Host, path: string): Result<ClaimRecord, Lack> {
  const standing = host.files.examine(path, MAX_RECORD_BYTES);
  if (!standing.ok) {
    const code = standing.problem === "ENOENT" ? "no_record" : "untrusted_record";
    return refuse({ code, path });
  }
  const { content } = standing.value;
  const owner = { user: host.userId(), group: -1 };
  if (content.kind !== "file" || !isOurs(standing.value, RECORD_MODE, owner)) {
    return refuse({ code: "untrusted_record", path });
  }
  const record = parseRecord(content.bytes, (bytes) => host.sha256(bytes));
  return record === undefined ? refuse({ code: "damaged_record", path }) : accept(record);
}

/** No file has this digest. */
const NOTHING: Measure = { length: 0, sha256: "" };

/** What one output has to be. */
interface ExpectedOutput {
  readonly mode: number;
  readonly owner: Owner;
  readonly names: readonly string[];
  readonly written: Measure;
}

function findLack(host: Host, path: string, expected: ExpectedOutput): Lack["code"] | undefined {
  const { mode, owner, written } = expected;
  const examined = host.files.examine(path, written.length + 1);
  if (!examined.ok) return examined.problem === "ENOENT" ? "missing" : "untrusted";
  const { content } = examined.value;
  const isFile = content.kind === "file";
  if (!isOurs(examined.value, isFile ? mode : searchable(mode), owner)) return "untrusted";
  const found = isFile ? content : readMembers(host.files, path, content.names, expected);
  if (found === undefined) return "changed";
  const { length, sha256 } = measure(found, (bytes) => host.sha256(bytes));
  return length === written.length && sha256 === written.sha256 ? undefined : "changed";
}

/** The files of a directory, in the claim's order; undefined where they are others, or not ours. */
function readMembers(
  files: Files,
  path: string,
  found: readonly string[],
  { names, mode, owner, written }: ExpectedOutput,
): Content | undefined {
  const known = new Set([".", "..", ...names]);
  if (!found.every((name) => known.has(name))) return undefined;
  const members: NamedBytes[] = [];
  let room = written.length + 1;
  for (const name of names) {
    const examined = files.examine(`${path}/${name}`, room);
    if (!examined.ok || !isOurs(examined.value, mode, owner)) return undefined;
    const { content } = examined.value;
    if (content.kind !== "file") return undefined;
    members.push({ name, bytes: content.bytes });
    room -= content.bytes.length;
  }
  return { kind: "directory", files: members };
}

function isOurs({ mode, owner }: Standing, expectedMode: number, expected: Owner): boolean {
  const isOfGroup = expected.group === -1 || owner.group === expected.group;
  return mode === expectedMode && owner.user === expected.user && isOfGroup;
}
