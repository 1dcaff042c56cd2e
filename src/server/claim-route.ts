/** The claim: from a request's variables to durable files, once. */

import { parseEnvironment, type Policy } from "../claim/environment.ts";
import { formatReceipt, type Receipt } from "../claim/receipt.ts";
import type { Session } from "../claim/session.ts";
import type { Environment } from "../claim/variable.ts";
import { commit, type CommitMethod } from "../commit/commit.ts";
import type { CommitFailure, Output } from "../commit/output.ts";
import type { Host, Owner } from "../host.ts";
import { prefersJson } from "../http/media-type.ts";
import type { RequestHead } from "../http/request.ts";
import type { Response } from "../http/response.ts";
import type { Fields, Log } from "../log.ts";
import type { Problem, VariableProblem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";
import { recordClaim, type Recording } from "../reuse/recording.ts";
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
  /** Whose every file is to be; undefined for the server's own. */
  readonly owner: Owner | undefined;
  readonly policy: Policy;
  readonly maxVariables: number;
  /** Whether a claim may be without variables. */
  readonly mayBeEmpty: boolean;
  /** Whether whatever is to be given the environment can be. */
  fits(environment: Environment): boolean;
  /** What is recorded of a claim for a restarted server; undefined for nothing. */
  readonly recording: Recording | undefined;
}

/** What a request claims, checked, and what would be written. */
interface Claim {
  readonly environment: Environment;
  readonly prepared: readonly PreparedOutput[];
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
    const claimed = this.#read(request);
    return claimed.ok ? this.#contend(request, claimed.value) : this.#refused(request, claimed);
  }

  /** Answers as a claim would now, but for what the disk would say; spends, writes and changes nothing. */
  validate(request: Request): Result<Response, Problem> {
    const claim = this.#read(request);
    if (!claim.ok) return this.#foreseeRefusal(request, claim);
    const { environment, prepared } = claim.value;
    const verdict = this.#session.foresee(environment);
    switch (verdict.kind) {
      case "taken":
        return this.#foreseeRefusal(request, refuse({ code: "already_claimed" }));
      case "replayed":
        return accept(formatAnswer(request.head, verdict.receipt, "replayed"));
      case "won": {
        const receipt = this.#receiptOf(request, environment, prepared);
        return accept(formatAnswer(request.head, receipt, "won"));
      }
    }
  }

  /** What is claimed, in every form in which it would be written, or all that is wrong with it. */
  #read(request: Request): Result<Claim, Problem> {
    const entries = readEntries(request, this.#settings.maxVariables);
    if (!entries.ok) return entries;
    const environment = parseEnvironment(entries.value, this.#settings.policy);
    if (!environment.ok) return refuse(variablesProblem(environment.problem));
    if (environment.value.length === 0 && !this.#settings.mayBeEmpty) {
      return refuse({ code: "empty_claim" });
    }
    if (!this.#settings.fits(environment.value)) return refuse({ code: "environment_too_large" });
    const prepared = prepareOutputs(this.#settings.targets, environment.value);
    if (!prepared.ok) return refuse(variablesProblem(prepared.problem));
    return accept({ environment: environment.value, prepared: prepared.value });
  }

  #contend(request: Request, claim: Claim): Result<Response, Problem> {
    const verdict = this.#session.begin(claim.environment);
    switch (verdict.kind) {
      case "taken":
        return this.#refused(request, refuse({ code: "already_claimed" }));
      case "replayed":
        this.#log.write("info", "claim replayed", {}, request.id);
        return accept(formatAnswer(request.head, verdict.receipt, "replayed"));
      case "won":
        try {
          return this.#commit(request, claim);
        } finally {
          // Changes nothing behind a commit; behind a bug, the next claim may win.
          this.#session.fail();
        }
    }
  }

  #commit(request: Request, { environment, prepared }: Claim): Result<Response, Problem> {
    const { mode, owner, recording } = this.#settings;
    const outputs: Output[] = prepared.map(({ target: { path }, content }) => ({
      path,
      mode,
      owner,
      content,
    }));
    const unguessable = this.#host.randomUuid().split("-").join("");
    // Whatever might fail is done before: behind the commit the claim has won.
    const receipt = this.#receiptOf(request, environment, prepared);
    // Last, so that none is there before what it tells of.
    if (recording !== undefined) {
      outputs.push(recordClaim(recording, receipt, environment, this.#sha256));
    }
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

  readonly #sha256 = (bytes: Uint8Array): Uint8Array => this.#host.sha256(bytes);

  #receiptOf(
    request: Request,
    environment: Environment,
    prepared: readonly PreparedOutput[],
  ): Receipt {
    const names: string[] = [];
    for (const { name } of environment) names.push(name);
    return {
      names,
      outputs: prepared.map((output) => describePrepared(output, this.#sha256)),
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

  #refused(request: Request, refusal: Refusal): Refusal {
    this.#log.write("warn", "claim refused", describeRefusal(refusal), request.id);
    return refusal;
  }

  #foreseeRefusal(request: Request, refusal: Refusal): Refusal {
    this.#log.write("info", "claim would be refused", describeRefusal(refusal), request.id);
    return refusal;
  }
}

type Refusal = Extract<Result<never, Problem>, { readonly ok: false }>;

function describeRefusal({ problem }: Refusal): Fields {
  return { code: problem.code, names: problem.variables?.map(({ name }) => name) ?? [] };
}

/** `OK` as ever, or the receipt for a caller that prefers JSON. */
function formatAnswer(head: RequestHead, receipt: Receipt, verdict: "won" | "replayed"): Response {
  if (!prefersJson(head.headers)) return { status: 200, contentType: "text/plain", body: "OK" };
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
