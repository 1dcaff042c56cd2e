/** Reads the answer to a claim: a receipt, a problem, or nothing that a server of ours says. */

import type { Disclosure } from "./disclosure.ts";
import type { Exchange } from "./exchange.ts";
import { asCount, asFields, asList, asText, type Fields, parseFields } from "./json-fields.ts";
import type { ClaimOutput, ClaimProblem, ClaimReceipt, ClaimVariableProblem } from "./outcome.ts";
import { isProblemCode, isVariableProblemCode } from "./reactions.ts";

export type Answered = Extract<Exchange, { kind: "answered" }>;

/** `unreliable`: from a gateway between, or a stranger; whether the claim was applied is open. */
export type Reading =
  | { readonly kind: "receipt"; readonly receipt: ClaimReceipt }
  | { readonly kind: "ok" }
  | { readonly kind: "problem"; readonly problem: ClaimProblem }
  | { readonly kind: "unreliable" };

export function readAnswer(answer: Answered, disclosure: Disclosure): Reading {
  const { status, mediaType, text } = answer;
  if (status === 200) {
    const receipt = mediaType === "application/json" ? readReceipt(parseFields(text)) : undefined;
    if (receipt !== undefined) return { kind: "receipt", receipt };
    return isOk(text) ? { kind: "ok" } : { kind: "unreliable" };
  }
  const problem =
    mediaType === "application/problem+json" ? readProblem(answer, disclosure) : undefined;
  if (problem !== undefined) return { kind: "problem", problem };
  // Whoever redirects or refuses as the caller's fault has not run what it answers (RFC 9110 section
  // 15); but some gateways say 408 when they are tired of waiting for the server behind them.
  return status >= 300 && status < 500 && status !== 408
    ? { kind: "problem", problem: strangersProblem(status) }
    : { kind: "unreliable" };
}

/** `OK` as both generations say it, one of them as JSON. */
export function isOk(text: string): boolean {
  return ["OK", '"OK"'].includes(text.trim());
}

/** What both generations of health checks say. */
export function isHealthy(answer: Answered): boolean {
  return answer.status === 200 && ["success", '"success"'].includes(answer.text.trim());
}

function readReceipt(fields: Fields | undefined): ClaimReceipt | undefined {
  if (fields === undefined) return undefined;
  const names = asList(fields["names"], asText);
  const outputs = asList(fields["outputs"], readOutput);
  const requestId = asText(fields["request_id"]);
  const { replayed } = fields;
  if (names === undefined || outputs === undefined || requestId === undefined) return undefined;
  return typeof replayed === "boolean" ? { names, outputs, requestId, replayed } : undefined;
}

function readOutput(value: unknown): ClaimOutput | undefined {
  const fields = asFields(value) ?? {};
  const file = asText(fields["file"]);
  const dialect = asText(fields["dialect"]);
  const length = asCount(fields["length"]);
  const sha256 = asText(fields["sha256"]);
  const uncommonNames = asList(fields["uncommon_names"], asText);
  if (file === undefined || dialect === undefined || length === undefined) return undefined;
  if (sha256 === undefined || uncommonNames === undefined) return undefined;
  return { file, dialect, length, sha256, uncommonNames };
}

/** A gateway may answer in this media type too; ours have a code and a request id. */
function readProblem(answer: Answered, disclosure: Disclosure): ClaimProblem | undefined {
  const fields = parseFields(answer.text) ?? {};
  const code = asText(fields["code"]);
  const isOurs = asText(fields["request_id"]) !== undefined && fields["status"] === answer.status;
  if (code === undefined || !isOurs) return undefined;
  return {
    code: isProblemCode(code) ? code : "unrecognized",
    status: answer.status,
    detail: disclosure.show(asText(fields["detail"]) ?? ""),
    variables: asList(fields["errors"], (value) => readVariableProblem(value, disclosure)) ?? [],
  };
}

function readVariableProblem(value: unknown, disclosure: Disclosure): ClaimVariableProblem {
  const fields = asFields(value) ?? {};
  const code = asText(fields["code"]) ?? "";
  return {
    name: disclosure.showName(asText(fields["name"]) ?? ""),
    code: isVariableProblemCode(code) ? code : "unrecognized",
    reason: disclosure.show(asText(fields["reason"]) ?? ""),
  };
}

function strangersProblem(status: number): ClaimProblem {
  const detail =
    status < 400
      ? `Answered ${status}; redirects are not followed`
      : `Answered ${status} without a problem of a startup-server's`;
  return { code: "unrecognized", status, detail, variables: [] };
}
