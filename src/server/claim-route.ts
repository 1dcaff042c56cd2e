/** The claim: from a request's variables to durable files, once. */

import { parseEnvironment, type Policy } from "../claim/environment.ts";
import { formatReceipt, type Receipt } from "../claim/receipt.ts";
import type { Session } from "../claim/session.ts";
import type { Environment } from "../claim/variable.ts";
import { commit, type CommitMethod } from "../commit/commit.ts";
import type { CommitFailure } from "../commit/output.ts";
import { UNGUESSABLE_BYTES } from "../commit/paths.ts";
import type { Host } from "../host.ts";
import { acceptsJson } from "../http/media-type.ts";
import type { RequestHead } from "../http/request.ts";
import type { Response } from "../http/response.ts";
import type { Log } from "../log.ts";
import type { Problem, VariableProblem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";
import { readEntries } from "./claim-request.ts";
import {
  describePrepared,
  type OutputTarget,
  type PreparedOutput,
  prepareOutputs,
} from "./prepared-output.ts";
import type { Request } from "./routes.ts";

export interface ClaimSettings {
  readonly targets: readonly OutputTarget[];
  /** Permission bits of every file. */
  readonly mode: number;
  readonly policy: Policy;
  readonly maxVariables: number;
  /** Whether a claim may be without variables. */
  readonly mayBeEmpty: boolean;
}

export class ClaimRoute {
  readonly #host: Host;
  readonly #log: Log;
  readonly #session: Session;
  readonly #settings: ClaimSettings;

  constructor(host: Host, log: Log, session: Session, settings: ClaimSettings) {
    this.#host = host;
    this.#log = log;
    this.#session = session;
    this.#settings = settings;
  }

  /** Everything that can be refused is refused before the session is asked: a refusal spends nothing. */
  claim(request: Request): Result<Response, Problem> {
    const entries = readEntries(request, this.#settings.maxVariables);
    if (!entries.ok) return this.#refused(request, entries.problem);
    const environment = parseEnvironment(entries.value, this.#settings.policy);
    if (!environment.ok) return this.#refused(request, variablesProblem(environment.problem));
    if (environment.value.length === 0 && !this.#settings.mayBeEmpty) {
      return this.#refused(request, { code: "empty_claim" });
    }
    const prepared = prepareOutputs(this.#settings.targets, environment.value);
    if (!prepared.ok) return this.#refused(request, variablesProblem(prepared.problem));
    return this.#contend(request, environment.value, prepared.value);
  }

  #contend(
    request: Request,
    environment: Environment,
    prepared: readonly PreparedOutput[],
  ): Result<Response, Problem> {
    const verdict = this.#session.begin(identityOf(environment));
    switch (verdict.kind) {
      case "taken":
        return this.#refused(request, { code: "already_claimed" });
      case "replayed":
        this.#log.write("info", "claim replayed", {}, request.id);
        return accept(formatAnswer(request.head, verdict.receipt, "replayed"));
      case "won":
        try {
          return this.#commit(request, environment, prepared);
        } finally {
          // Changes nothing behind a commit; behind a bug, the next claim may win.
          this.#session.fail();
        }
    }
  }

  #commit(
    request: Request,
    environment: Environment,
    prepared: readonly PreparedOutput[],
  ): Result<Response, Problem> {
    const { mode } = this.#settings;
    const outputs = prepared.map(({ target, content }) => ({ path: target.path, mode, content }));
    const unguessable = this.#host.randomBytes(UNGUESSABLE_BYTES);
    // Whatever might fail is done before: behind the commit the claim has won.
    const receipt = this.#receiptOf(request, environment, prepared);
    const committed = commit(this.#host.files, outputs, unguessable);
    if (!committed.ok) return this.#failed(request, committed.problem);
    this.#session.complete(receipt);
    this.#logClaimed(receipt, committed.value);
    return accept(formatAnswer(request.head, receipt, "won"));
  }

  #failed(request: Request, failure: CommitFailure): Result<Response, Problem> {
    const { step, errno, path } = failure;
    this.#log.write("error", "env file not written", { step, errno, file: path }, request.id);
    return refuse({ code: "commit_failed", detail: `${errno} at ${step}; nothing was applied` });
  }

  #receiptOf(
    request: Request,
    environment: Environment,
    prepared: readonly PreparedOutput[],
  ): Receipt {
    const sha256 = (bytes: Uint8Array): Uint8Array => this.#host.sha256(bytes);
    return {
      names: environment.map((variable) => variable.name),
      outputs: prepared.map((output) => describePrepared(output, sha256)),
      requestId: request.id,
    };
  }

  #logClaimed(receipt: Receipt, methods: readonly CommitMethod[]): void {
    const { names, outputs, requestId } = receipt;
    const uncommon = new Set(outputs.flatMap(({ uncommonNames }) => uncommonNames));
    const fields = {
      count: names.length,
      names,
      files: outputs.map(({ file }) => file),
      length: outputs.reduce((length, output) => length + output.length, 0),
      uncommon_names: [...uncommon],
    };
    this.#log.write("info", "claimed", fields, requestId);
    const inPlace = outputs.filter((_, index) => methods[index] === "in_place");
    for (const { file } of inPlace) {
      this.#log.write("warn", "env file is a mount point and was written in place", { file });
    }
  }

  #refused(request: Request, problem: Problem): Result<Response, Problem> {
    const names = problem.variables?.map(({ name }) => name) ?? [];
    this.#log.write("warn", "claim refused", { code: problem.code, names }, request.id);
    return refuse(problem);
  }
}

/** Text that is the same for the same variables in the same order, and for no others: no value holds NUL. */
function identityOf(environment: Environment): string {
  return environment.map(({ name, value }) => `${name}=${value.reveal()}\0`).join("");
}

/** `OK` as ever, or the receipt for a caller that asks for JSON. */
function formatAnswer(head: RequestHead, receipt: Receipt, verdict: "won" | "replayed"): Response {
  if (!acceptsJson(head.headers)) return { status: 200, contentType: "text/plain", body: "OK" };
  return { status: 200, contentType: "application/json", body: formatReceipt(receipt, verdict) };
}

/** The sentence of the only problem, or the names of all. */
function variablesProblem(variables: readonly VariableProblem[]): Problem {
  const [first] = variables;
  const detail =
    first !== undefined && variables.length === 1
      ? `${first.name}: ${first.reason}`
      : `${variables.length} variables cannot be accepted; errors has each`;
  return { code: "refused_variables", detail, variables };
}
