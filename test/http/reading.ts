/** Reads bytes with the request parser as a connection would: chunk by chunk, each lent for the call only. */

import { type RequestLimits, RequestParser } from "../../src/http/request-parser.ts";
import type { RequestHead } from "../../src/http/request.ts";
import type { Problem } from "../../src/problems.ts";

export const LIMITS: RequestLimits = {
  maxTargetBytes: 256,
  maxHeaderBytes: 1024,
  maxBodyBytes: 512,
};

/** A step that tells something, comparable and printable. */
export type Told =
  | { readonly told: "head"; readonly head: object }
  | { readonly told: "request"; readonly head: object; readonly body: string }
  | { readonly told: "refused"; readonly problem: Problem };

/** Bytes given as text of one character a byte. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** Every step that the chunks lead to, and whether a request was left unfinished. */
export function readAll(
  chunks: readonly Uint8Array[],
  limits: RequestLimits = LIMITS,
): { readonly steps: readonly Told[]; readonly isUnfinished: boolean } {
  const parser = new RequestParser(limits);
  const steps: Told[] = [];
  for (const chunk of chunks) {
    const lent = new Uint8Array(chunk);
    parser.push(lent);
    steps.push(...takeSteps(parser));
    parser.own();
    lent.fill(0x58);
  }
  return { steps, isUnfinished: parser.isWithinRequest };
}

function takeSteps(parser: RequestParser): readonly Told[] {
  const steps: Told[] = [];
  for (;;) {
    const step = parser.next();
    if (step.kind === "incomplete") return steps;
    if (step.kind === "refused") return [...steps, { told: "refused", problem: step.problem }];
    const head = describeHead(step.head);
    const isHead = step.kind === "head";
    steps.push(
      isHead
        ? { told: "head", head }
        : { told: "request", head, body: Buffer.from(step.body).toString("latin1") },
    );
  }
}

function describeHead(head: RequestHead): object {
  const { method, target, version, framing, persists, expectsContinue, headers } = head;
  const names = ["host", "a", "x-one", "content-type", "connection", "accept"];
  const fields = names.map((name) => headers.all(name));
  return { method, target: { ...target }, version, framing, persists, expectsContinue, fields };
}

/** The bodies of the complete requests, and the code of the refusal, if one ended them. */
export function summarize(text: string, limits?: RequestLimits): readonly string[] {
  const { steps, isUnfinished } = readAll([bytesOf(text)], limits);
  const told: string[] = [];
  for (const step of steps) {
    if (step.told === "request") told.push(`request ${JSON.stringify(step.body)}`);
    if (step.told === "refused") told.push(step.problem.code);
  }
  return steps.some((step) => step.told === "refused") || !isUnfinished
    ? told
    : [...told, "unfinished"];
}
