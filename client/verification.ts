/** Holds a receipt against what its dialects make of the environment that was sent. */

import { createHash } from "node:crypto";
import type { Environment } from "../src/claim/variable.ts";
import { DIALECT_NAMES } from "../src/dialects/dialect-names.ts";
import { describePrepared, prepareOutputs } from "../src/server/prepared-output.ts";
import type { ClaimOutput, ClaimReceipt } from "./outcome.ts";

export type Verification =
  | { readonly kind: "verified" }
  | { readonly kind: "unknown_dialect" | "no_output" }
  | { readonly kind: "differing"; readonly differing: readonly string[] };

/** A receipt without an output, which is that of a server without a file, has nothing but names to be held against. */
export function verify(receipt: ClaimReceipt, environment: Environment): Verification {
  const differing: string[] = [];
  const names = environment.map(({ name }) => name);
  const isNamed =
    names.length === receipt.names.length &&
    names.every((name, index) => name === receipt.names[index]);
  if (!isNamed) differing.push("names");
  const verdicts = receipt.outputs.map((output) => verifyOutput(output, environment));
  for (const [index, { file }] of receipt.outputs.entries()) {
    if (verdicts[index] === "differing") differing.push(file);
  }
  if (differing.length > 0) return { kind: "differing", differing };
  if (receipt.outputs.length === 0) return { kind: "no_output" };
  return { kind: verdicts.includes("unknown_dialect") ? "unknown_dialect" : "verified" };
}

function verifyOutput(
  output: ClaimOutput,
  environment: Environment,
): Exclude<Verification["kind"], "no_output"> {
  const { file, length, sha256 } = output;
  const dialect = DIALECT_NAMES.find((name) => name === output.dialect);
  if (dialect === undefined) return "unknown_dialect";
  const prepared = prepareOutputs([{ path: file, dialect }], environment);
  // What the dialect cannot hold, no server can have written in it.
  if (!prepared.ok) return "differing";
  const expected = prepared.value.map((one) => describePrepared(one, digest));
  const isSame = expected.every((one) => one.length === length && one.sha256 === sha256);
  return isSame ? "verified" : "differing";
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
