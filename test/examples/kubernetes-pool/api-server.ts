/**
 * A fake Kubernetes API over HTTP: the pods of one namespace, for callers who have a token and may do what a Role says.
 * What a test lets happen on the way is in `intercept`.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { JsonPatch } from "./patches.ts";
import type { PodObject, PodStore, Preconditions, Written } from "./pod-store.ts";
import { failure, type Status } from "./status.ts";

export type Verb = "get" | "list" | "update" | "patch" | "delete";

export interface Call {
  readonly user: string;
  readonly verb: Verb;
  /** Of the pod, or the label selector of a list. */
  readonly subject: string;
  readonly body: string;
  /** What was answered; 0 where nothing was. */
  status: number;
}

/** `drop`: the caller hears nothing, and nothing is done. `lose`: the caller hears nothing of what is done. */
export type Fate = "answer" | "drop" | "lose";

interface PodList {
  readonly kind: "PodList";
  readonly apiVersion: "v1";
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly PodObject[];
}

type Answer = Status | PodObject | PodList;

export class ApiServer {
  url = "";
  readonly calls: Call[] = [];
  intercept: (call: Call) => Fate | Promise<Fate> = () => "answer";
  readonly #server: Server;
  readonly #store: PodStore;
  readonly #namespace: string;
  readonly #verbs: readonly string[];

  /** A caller's token is the user's name. */
  private constructor(store: PodStore, namespace: string, verbs: readonly string[]) {
    this.#store = store;
    this.#namespace = namespace;
    this.#verbs = verbs;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(
    store: PodStore,
    namespace: string,
    verbs: readonly string[],
  ): Promise<ApiServer> {
    const api = new ApiServer(store, namespace, verbs);
    api.#server.listen(0, "127.0.0.1");
    await once(api.#server, "listening");
    const address = api.#server.address();
    api.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    onTestFinished(() => {
      api.#server.close();
      api.#server.closeAllConnections();
    });
    return api;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.url);
    const [, name] = /^\/([^/]+)$/.exec(url.pathname.slice(this.#path.length)) ?? [];
    const subject = name ?? url.searchParams.get("labelSelector") ?? "";
    const body = await text(request);
    const verb = verbOf(request.method ?? "", name);
    const user = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const call: Call = { user, verb, subject, body, status: 0 };
    this.calls.push(call);
    const fate = await this.intercept(call);
    if (fate === "drop") return void request.socket.destroy();
    const answer = url.pathname.startsWith(this.#path)
      ? this.#answer(call, request.headers["content-type"] ?? "")
      : failure(404, "NotFound", "the server could not find the requested resource");
    if (fate === "lose") return void request.socket.destroy();
    call.status = "code" in answer ? answer.code : 200;
    response.writeHead(call.status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
  }

  get #path(): string {
    return `/api/v1/namespaces/${this.#namespace}/pods`;
  }

  #answer(call: Call, mediaType: string): Answer {
    const { user, verb, subject } = call;
    if (user === "") return failure(401, "Unauthorized", "Unauthorized");
    if (!this.#verbs.includes(verb)) {
      const message = `pods is forbidden: User "${user}" cannot ${verb} resource "pods"`;
      return failure(403, "Forbidden", message);
    }
    if (verb === "list") return this.#list(subject);
    if (verb === "get") return answerTo(this.#store.merge(subject, {}));
    const body: unknown = JSON.parse(call.body === "" ? "{}" : call.body);
    return answerTo(this.#write(verb, subject, body, mediaType));
  }

  #write(verb: Verb, name: string, body: unknown, mediaType: string): Written {
    const json = JSON.stringify(body);
    if (verb === "update") {
      const pod: PodObject = JSON.parse(json);
      return this.#store.replace(name, pod);
    }
    if (verb === "delete") {
      const options: { readonly preconditions?: Preconditions } = JSON.parse(json);
      return this.#store.delete(name, options.preconditions ?? {});
    }
    if (mediaType === "application/merge-patch+json") return this.#store.merge(name, body);
    if (mediaType === "application/json-patch+json") {
      const patch: JsonPatch = JSON.parse(json);
      return this.#store.patch(name, patch);
    }
    return { refusal: failure(415, "UnsupportedMediaType", "the body of the request is unknown") };
  }

  #list(selector: string): Answer {
    const labels: Record<string, string> = {};
    for (const requirement of selector.split(",")) {
      const [, key, value] = /^([^=!]+)=([^=]+)$/.exec(requirement) ?? [];
      if (key === undefined || value === undefined) {
        return failure(400, "BadRequest", `unable to parse requirement: ${requirement}`);
      }
      labels[key] = value;
    }
    const metadata = { resourceVersion: this.#store.resourceVersion };
    return { kind: "PodList", apiVersion: "v1", metadata, items: this.#store.list(labels) };
  }
}

function answerTo(written: Written): Status | PodObject {
  return "refusal" in written ? written.refusal : written.pod;
}

function verbOf(method: string, name: string | undefined): Verb {
  if (method === "GET") return name === undefined ? "list" : "get";
  if (method === "PUT") return "update";
  return method === "PATCH" ? "patch" : "delete";
}
