// DIFFERENTIAL_RUNS and DIFFERENTIAL_SEED make it longer, and other.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestParser } from "../../src/http/request-parser.ts";
import type { RequestHead, Target } from "../../src/http/request.ts";
import type { ProblemCode } from "../../src/problems.ts";
import { readWithLlhttp, type ReadRequest, type Reading } from "./llhttp.ts";
import { bytesOf } from "./reading.ts";
import { requestStreams, validRequests } from "./request-grammar.ts";

/**
 * Where we refuse what llhttp takes: the rule that makes us stricter, and bytes that show it. A
 * refusal by any other code is one that llhttp must share.
 */
const STRICTER: Partial<
  Record<ProblemCode, readonly [clause: string, rule: string, bytes: string]>
> = {
  malformed_request_line: [
    "RFC 9112 2.2",
    "one empty line in front of a request is skipped, not any number",
    "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
  ],
  malformed_target: [
    "RFC 9112 3.2",
    "a target is in one of four forms, which have no fragment",
    "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n",
  ],
  malformed_host: [
    "RFC 9112 3.2",
    "HTTP/1.1 has exactly one well-formed Host",
    "GET / HTTP/1.1\r\n\r\n",
  ],
  mismatched_host: [
    "RFC 9112 3.2.2",
    "Host names the authority of an absolute-form target",
    "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n",
  ],
  malformed_length: [
    "RFC 9112 6.3",
    "Content-Length is plain digits, of a number below 2^53",
    "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0000000000000000\r\n\r\n",
  ],
  conflicting_framing: [
    "RFC 9112 6.1",
    "Transfer-Encoding in HTTP/1.0 is faulty framing",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  malformed_transfer_encoding: [
    "RFC 9112 6.1",
    "chunked stands alone: readers disagree about empty list members",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
  ],
  unsupported_transfer_encoding: [
    "RFC 9112 6.1",
    "a coding that is not understood is 501",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  ],
  malformed_chunk: [
    "RFC 9112 7.1.1",
    "a chunk extension that has = has a value",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\r\nx\r\n0\r\n\r\n",
  ],
  unsupported_method: [
    "RFC 9110 9.1",
    "only the methods of RFC 9110 and PATCH are known",
    "PURGE / HTTP/1.1\r\nHost: h\r\n\r\n",
  ],
  unsupported_version: [
    "RFC 9112 2.3",
    "only HTTP/1.0 and HTTP/1.1 are spoken",
    "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
  ],
  unsupported_expectation: [
    "RFC 9110 10.1.1",
    "the only expectation that can be met is 100-continue",
    "GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n",
  ],
};

interface OwnReading {
  readonly requests: readonly { readonly head: RequestHead; readonly body: string }[];
  /** `closed`: a request behind which, or behind whose head, the connection reads nothing. */
  readonly end: ProblemCode | "closed" | "wanting";
}

const LIMITS = { maxTargetBytes: 65_536, maxHeaderBytes: 65_536, maxBodyBytes: 65_536 };

function readWithOurs(bytes: Uint8Array): OwnReading {
  const parser = new RequestParser(LIMITS);
  parser.push(bytes);
  const requests: { head: RequestHead; body: string }[] = [];
  for (;;) {
    const step = parser.next();
    if (step.kind === "incomplete") return { requests, end: "wanting" };
    if (step.kind === "refused") return { requests, end: step.problem.code };
    // A tunnel is refused by its head alone, and a refusal closes.
    if (step.kind === "head" && step.head.method === "CONNECT") return { requests, end: "closed" };
    if (step.kind === "head") continue;
    requests.push({ head: step.head, body: Buffer.from(step.body).toString("latin1") });
    if (!step.head.persists) return { requests, end: "closed" };
  }
}

function isSameTarget(target: Target, text: string): boolean {
  const query = target.query === undefined ? "" : `?${target.query}`;
  if (target.authority === undefined) return text === target.path + query;
  const behind = text.slice(text.indexOf("://") + 3);
  const short = target.authority + query;
  return (
    behind === target.authority + target.path + query || (target.path === "/" && behind === short)
  );
}

/** What the two disagree about that they must not; undefined where they do not. */
function disagreement(ours: OwnReading, theirs: Reading): string | undefined {
  for (const [index, request] of ours.requests.entries()) {
    const other = theirs.requests[index];
    const problem = requestDisagreement(request, other, theirs.error);
    if (problem !== undefined) return `request ${index}: ${problem}`;
  }
  const further = theirs.requests.slice(ours.requests.length).filter((other) => other.isComplete);
  const isTaken = further.length > 0;
  if (ours.end === "wanting" && isTaken) return "we wait where llhttp has a whole request";
  if (ours.end === "wanting" || ours.end === "closed") return undefined;
  if (isTaken && STRICTER[ours.end] === undefined) return `no rule makes us stricter: ${ours.end}`;
  return undefined;
}

function requestDisagreement(
  { head, body }: OwnReading["requests"][number],
  other: ReadRequest | undefined,
  error: string | undefined,
): string | undefined {
  if (other === undefined) return `we take what llhttp refuses: ${error}`;
  if (other.method !== head.method) return `method ${head.method}, ${other.method}`;
  if (!isSameTarget(head.target, other.target)) return `target differs from ${other.target}`;
  if (!other.isComplete) return `we take as whole what llhttp does not: ${error}`;
  return other.body === body ? undefined : "body differs";
}

describe("compared with llhttp", () => {
  it("takes the same requests from any valid stream", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(validRequests, { minLength: 1, maxLength: 4 }), async (parts) => {
        const bytes = bytesOf(parts.join(""));
        const ours = readWithOurs(bytes);
        const theirs = await readWithLlhttp(bytes);
        expect(disagreement(ours, theirs)).toBeUndefined();
        expect([ours.requests.length, ours.end]).toEqual([parts.length, "wanting"]);
        expect([theirs.requests.length, theirs.error]).toEqual([parts.length, undefined]);
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it("is never laxer about framing, and names the rule wherever it is stricter", async () => {
    await fc.assert(
      fc.asyncProperty(requestStreams, async (text) => {
        const bytes = bytesOf(text);
        expect(disagreement(readWithOurs(bytes), await readWithLlhttp(bytes))).toBeUndefined();
      }),
      {
        numRuns: Number(process.env["DIFFERENTIAL_RUNS"] ?? 3000),
        seed: Number(process.env["DIFFERENTIAL_SEED"] ?? 3),
      },
    );
  });

  it.each(
    Object.entries(STRICTER).map(([code, [clause, rule, bytes]]) => [clause, rule, code, bytes]),
  )("%s: %s", async (_clause, _rule, code, text) => {
    const bytes = bytesOf(text);
    const theirs = await readWithLlhttp(bytes);
    expect(theirs.requests.map(({ isComplete }) => isComplete)).toEqual([true]);
    expect(readWithOurs(bytes)).toEqual({ requests: [], end: code });
  });
});
