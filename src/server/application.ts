/** One request's walk: from its head to its answer. Knows routes, and nothing about connections. */

import type { Host } from "../host.ts";
import type { RequestHead } from "../http/request.ts";
import { formResponse, type Response } from "../http/response.ts";
import { isRequestId } from "../http/syntax.ts";
import type { Log } from "../log.ts";
import type { Problem } from "../problems.ts";
import { refuse, type Result } from "../result.ts";
import type { Recalled } from "./recall.ts";
import { formatProblem } from "./refusal.ts";
import { findRoute, type Hold, type Reply, type Request, type Routes } from "./routes.ts";

/** An answer, and whether the connection may carry on behind it. */
export interface Answer {
  readonly response: Response;
  readonly isRefusal: boolean;
  /** Whether the same request gets the same answer at any time. */
  readonly isConstant: boolean;
  /** Undefined where it is given at once. */
  readonly hold: Hold | undefined;
}

export class Application {
  readonly #host: Host;
  readonly #log: Log;
  readonly #routes: Routes;

  constructor(host: Host, log: Log, routes: Routes) {
    this.#host = host;
    this.#log = log;
    this.#routes = routes;
  }

  /** The caller's request id where it is well-formed, else a fresh UUID. */
  identify(head: RequestHead | undefined): string {
    return (head && givenId(head)) ?? this.#host.randomUuid();
  }

  /** Whether there is no more to do than to answer, where the same request comes again. */
  isRecallable(head: RequestHead, { isConstant }: Answer): boolean {
    return isConstant && head.persists && !this.#log.isOn("debug");
  }

  /** What answers the same request again. */
  recalled(head: RequestHead, { response }: Answer): Recalled {
    const content = head.method === "HEAD" ? "head" : "whole";
    const form = formResponse(response, { connection: "keep-alive", content });
    return { form, requestId: givenId(head) };
  }

  /** The answer that the head alone makes necessary; undefined where the body may come. */
  check(head: RequestHead, id: string): Answer | undefined {
    const route = findRoute(this.#routes, head);
    return route.ok ? undefined : this.refuse(route.problem, id);
  }

  answer(head: RequestHead, body: Uint8Array, id: string): Answer {
    const answered = this.#run({ head, body, id });
    if (!answered.ok) return this.refuse(answered.problem, id);
    const { hold, isConstant = false } = answered.value;
    return { response: answered.value, isRefusal: false, isConstant, hold };
  }

  /** An answer that is no refusal is given. */
  logAnswered({ method, target: { path } }: RequestHead, status: number, id: string): void {
    if (!this.#log.isOn("debug")) return;
    this.#log.write("debug", "request answered", { method, path, status }, id);
  }

  refuse(problem: Problem, id: string): Answer {
    this.#log.write("debug", "request refused", { code: problem.code }, id);
    const untilMs = problem.notBeforeMs;
    const hold: Hold | undefined = untilMs === undefined ? undefined : { kind: "penalty", untilMs };
    return { response: formatProblem(problem, id), isRefusal: true, isConstant: false, hold };
  }

  /** The one boundary at which a bug becomes an answer. What was thrown may quote a value: it is not logged. */
  #run(request: Request): Result<Reply, Problem> {
    try {
      const route = findRoute(this.#routes, request.head);
      return route.ok ? route.value.answer(request) : route;
    } catch (thrown) {
      const kind = thrown instanceof Error ? thrown.name : "unknown";
      this.#log.write("error", "request failed by a bug", { kind }, request.id);
      return refuse({ code: "internal_error" });
    }
  }
}

function givenId(head: RequestHead): string | undefined {
  const given = head.headers.single("x-request-id") ?? "";
  return isRequestId(given) ? given : undefined;
}
