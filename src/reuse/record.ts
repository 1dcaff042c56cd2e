/**
 * The record beside the env file of what a claim has written, by which a restarted server knows it.
 *
 *     record  = "startup-server-claimed 1 " <SHA-256 of the rest> LF
 *               <the terms of the claim> LF
 *               [ NAME *( "," NAME ) ] LF
 *               [ measure *( SP measure ) ] LF   ; one an output
 *               *( NAME "=" value NUL )          ; where a command is to be given them
 *     measure = length SP <SHA-256 as in the receipt>
 */

import { encodeUtf8, formatHex } from "../bytes/primitives.ts";
import { decodeUtf8 } from "../bytes/utf8.ts";
import { type Environment, joinVariables, splitVariables } from "../claim/variable.ts";
import type { Measure } from "../commit/measure.ts";

export interface ClaimRecord {
  /** Under what settings the claim was taken and written, on one line. */
  readonly terms: string;
  /** In the claim's order. */
  readonly names: readonly string[];
  /** In the order of the settings' outputs. */
  readonly measures: readonly Measure[];
  /** Empty where no command is to be given it. */
  readonly environment: Environment;
}

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Nobody but the process itself may read or write it. */
export const RECORD_MODE = 0o600;

const TITLE = "startup-server-claimed 1 ";

export function formatRecord(record: ClaimRecord, sha256: Sha256): Uint8Array {
  const measures = record.measures.map(({ length, sha256: digest }) => `${length} ${digest}`);
  const lines = [record.terms, record.names.join(","), measures.join(" ")];
  const rest = `${lines.join("\n")}\n${joinVariables(record.environment)}`;
  return encodeUtf8(`${TITLE}${formatHex(sha256(encodeUtf8(rest)))}\n${rest}`);
}

/** Undefined where it is not whole, or not of this format. */
export function parseRecord(bytes: Uint8Array, sha256: Sha256): ClaimRecord | undefined {
  const titleEnd = bytes.indexOf(0x0a) + 1;
  const rest = bytes.subarray(titleEnd);
  const title = decodeUtf8(bytes.subarray(0, titleEnd));
  if (title !== `${TITLE}${formatHex(sha256(rest))}\n`) return undefined;
  const [terms, names, measures, ...variables] = (decodeUtf8(rest) ?? "").split("\n");
  if (terms === undefined || names === undefined || measures === undefined) return undefined;
  const parsed = parseMeasures(splitList(measures, " "));
  if (parsed === undefined) return undefined;
  const environment = splitVariables(variables.join("\n"));
  return { terms, names: splitList(names, ","), measures: parsed, environment };
}

function splitList(text: string, separator: string): readonly string[] {
  return text === "" ? [] : text.split(separator);
}

function parseMeasures(words: readonly string[]): readonly Measure[] | undefined {
  const measures: Measure[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const length = Number(words[at]);
    if (!Number.isSafeInteger(length) || length < 0) return undefined;
    measures.push({ length, sha256: words[at + 1] ?? "" });
  }
  return measures;
}
