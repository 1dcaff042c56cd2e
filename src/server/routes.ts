/** Which path takes which method, and what answers it. */

import type { RequestHead } from "../http/request.ts";
import type { Response } from "../http/response.ts";
import type { Problem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";

/** A complete request, with the id that its answer and its log lines carry. */
export interface Request {
  readonly head: RequestHead;
  readonly body: Uint8Array;
  readonly id: string;
}

/** What stands behind one path. */
export interface Route {
  readonly methods: readonly string[];
  /** What the head alone is refused for, before a byte of the body is asked for. */
  check(head: RequestHead): Problem | undefined;
  answer(request: Request): Result<Reply, Problem>;
}

/** A response, given at once or held back. */
export interface Reply extends Response {
  readonly hold?: Hold;
  /** The same request gets the same reply at any time. */
  readonly isConstant?: true;
}

/** How long an answer is held back at most. Behind a claim every one is given before the server leaves. */
export type Hold =
  | { readonly kind: "penalty"; readonly untilMs: number }
  /**
   * The caller asked for it, and is answered sooner where something happens: with what `renew` tells
   * by then.
   */
  | { readonly kind: "wait"; readonly untilMs: number; renew(): Response };

/** Paths are compared exactly: no case folding, no decoding, no dot segments. */
export type Routes = ReadonlyMap<string, Route>;

/** The route that takes the request, or why none does. */
export function findRoute(routes: Routes, head: RequestHead): Result<Route, Problem> {
  const route = routes.get(head.target.path);
  // A method that may name no path of ours, as in `OPTIONS *`, is answered for all of them.
  if (head.method === "CONNECT" || head.target.path === "*") return methodNotAllowed(ALL_METHODS);
  if (route === undefined) return refuse({ code: "not_found" });
  if (!route.methods.includes(head.method)) return methodNotAllowed(route.methods);
  // A coding would have to be undone before anything could be checked (RFC 9110 section 8.4).
  const codings = head.headers.list("content-encoding");
  if (codings.some((coding) => coding !== "identity")) {
    return refuse({
      code: "unsupported_content_encoding",
      headers: [["Accept-Encoding", "identity"]],
    });
  }
  const problem = route.check(head);
  return problem === undefined ? accept(route) : refuse(problem);
}

const ALL_METHODS = ["GET", "HEAD", "POST"];

function methodNotAllowed(methods: readonly string[]): Result<Route, Problem> {
  return refuse({ code: "method_not_allowed", headers: [["Allow", methods.join(", ")]] });
}

/** A route that only tells something, in that media type. */
export function tellingRoute(contentType: string, tell: () => string): Route {
  return tellingReply(() => ({ status: 200, contentType, body: tell() }));
}

/** A route that tells the same at any time. */
export function constantRoute(contentType: string, body: string): Route {
  const reply: Reply = { status: 200, contentType, body, isConstant: true };
  return tellingReply(() => reply);
}

function tellingReply(tell: () => Reply): Route {
  return { methods: ["GET", "HEAD"], check: () => undefined, answer: () => accept(tell()) };
}
