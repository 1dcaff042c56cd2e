/** One request's walk: from its head to its answer. Knows routes, and nothing about connections. */

import { formatHex } from "../bytes/hex.ts";
import type { Host } from "../host.ts";
import type { RequestHead } from "../http/request.ts";
import type { Response } from "../http/response.ts";
import { isRequestId } from "../http/syntax.ts";
import type { Log } from "../log.ts";
import type { Problem } from "../problems.ts";
import { refuse, type Result } from "../result.ts";
import { formatProblem } from "./refusal.ts";
import { findRoute, type Request, type Routes } from "./routes.ts";

/** An answer, and whether the connection may carry on behind it. */
export interface Answer {
  readonly response: Response;
  readonly isRefusal: boolean;
  /** The answer is held back until that time on the monotonic clock. */
  readonly notBeforeMs: number;
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

  /** The caller's request id where it is well-formed, else a fresh UUID (RFC 9562 section 5.4). */
  identify(head: RequestHead | undefined): string {
    const given = head?.headers.single("x-request-id") ?? "";
    return isRequestId(given) ? given : formatUuid(this.#host.randomBytes(16));
  }

  /** The answer that the head alone makes necessary; undefined where the body may come. */
  check(head: RequestHead, id: string): Answer | undefined {
    const route = findRoute(this.#routes, head);
    return route.ok ? undefined : this.refuse(route.problem, id);
  }

  answer(head: RequestHead, body: Uint8Array, id: string): Answer {
    const answered = this.#run({ head, body, id });
    const { method, target } = head;
    if (!answered.ok) return this.refuse(answered.problem, id);
    const { status } = answered.value;
    if (this.#log.isOn("debug")) {
      this.#log.write("debug", "request answered", { method, path: target.path, status }, id);
    }
    return { response: answered.value, isRefusal: false, notBeforeMs: 0 };
  }

  refuse(problem: Problem, id: string): Answer {
    this.#log.write("debug", "request refused", { code: problem.code }, id);
    const notBeforeMs = problem.notBeforeMs ?? 0;
    return { response: formatProblem(problem, id), isRefusal: true, notBeforeMs };
  }

  /** The one boundary at which a bug becomes an answer. What was thrown may quote a value: it is not logged. */
  #run(request: Request): Result<Response, Problem> {
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

function formatUuid(random: Uint8Array): string {
  random[6] = ((random[6] ?? 0) & 0x0f) | 0x40;
  random[8] = ((random[8] ?? 0) & 0x3f) | 0x80;
  const hex = formatHex(random);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
