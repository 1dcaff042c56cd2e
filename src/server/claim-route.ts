/** The claim: from a request's variables to a durable env file, once. */

import { decodeLatin1 } from "../bytes/latin1.ts";
import { decodeUtf8, encodeUtf8 } from "../bytes/utf8.ts";
import { formatHex } from "../bytes/hex.ts";
import { type Entry, parseEnvironment, type Policy } from "../claim/environment.ts";
import { parseJsonObject } from "../claim/json-object.ts";
import { formatReceipt, type Receipt } from "../claim/receipt.ts";
import type { Session } from "../claim/session.ts";
import type { Environment } from "../claim/variable.ts";
import { commit, UNGUESSABLE_BYTES } from "../commit.ts";
import type { Dialect, FormattedFile } from "../dialects/dialect.ts";
import { formatEnvironment } from "../dialects/dialects.ts";
import type { Host } from "../host.ts";
import { acceptsJson, readMediaType } from "../http/media-type.ts";
import type { RequestHead } from "../http/request.ts";
import type { Response } from "../http/response.ts";
import { parseUrlencoded } from "../http/urlencoded.ts";
import type { Log } from "../log.ts";
import type { Problem, VariableProblem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";
import type { Request } from "./routes.ts";

export interface ClaimSettings {
  readonly file: string;
  readonly mode: number;
  readonly dialect: Dialect<FormattedFile>;
  readonly policy: Policy;
  /** Whether a claim may be without variables. */
  readonly mayBeEmpty: boolean;
}

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

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
    const entries = readEntries(request);
    if (!entries.ok) return this.#refused(request, entries.problem);
    const environment = parseEnvironment(entries.value, this.#settings.policy);
    if (!environment.ok) return this.#refused(request, variablesProblem(environment.problem));
    if (environment.value.length === 0 && !this.#settings.mayBeEmpty) {
      return this.#refused(request, { code: "empty_claim" });
    }
    const formatted = formatEnvironment(this.#settings.dialect, environment.value);
    if (!formatted.ok) return this.#refused(request, variablesProblem(formatted.problem));
    const { text, uncommonNames } = formatted.value;
    const written = { environment: environment.value, bytes: encodeUtf8(text), uncommonNames };
    const verdict = this.#session.begin(written.bytes);
    switch (verdict.kind) {
      case "taken":
        return this.#refused(request, { code: "already_claimed" });
      case "replayed":
        this.#log.write("info", "claim replayed", {}, request.id);
        return accept(formatAnswer(request.head, verdict.receipt, "replayed"));
      case "won":
        return this.#commit(request, written);
    }
  }

  #commit(request: Request, written: Written): Result<Response, Problem> {
    const { file, mode } = this.#settings;
    const unguessable = this.#host.randomBytes(UNGUESSABLE_BYTES);
    const committed = commit(this.#host.files, { path: file, mode }, written.bytes, unguessable);
    if (!committed.ok) {
      this.#session.fail();
      const { step, errno } = committed.problem;
      this.#log.write("error", "env file not written", { step, errno }, request.id);
      return refuse({ code: "commit_failed", detail: `${errno} at ${step}; nothing was applied` });
    }
    const receipt = this.#receiptOf(request, written);
    this.#session.complete(receipt);
    const { names, length, uncommonNames } = receipt;
    const fields = { count: names.length, names, file, length, uncommon_names: uncommonNames };
    this.#log.write("info", "claimed", fields, request.id);
    if (committed.value === "in_place") {
      this.#log.write("warn", "env file is a mount point and was written in place", { file });
    }
    return accept(formatAnswer(request.head, receipt, "won"));
  }

  #receiptOf(request: Request, written: Written): Receipt {
    return {
      names: written.environment.map((variable) => variable.name),
      file: this.#settings.file,
      dialect: this.#settings.dialect.name,
      length: written.bytes.length,
      sha256: formatHex(this.#host.sha256(written.bytes)),
      requestId: request.id,
      uncommonNames: written.uncommonNames,
    };
  }

  #refused(request: Request, problem: Problem): Result<Response, Problem> {
    const names = problem.variables?.map(({ name }) => name) ?? [];
    this.#log.write("warn", "claim refused", { code: problem.code, names }, request.id);
    return refuse(problem);
  }
}

/** What a claim is about to write. */
interface Written {
  readonly environment: Environment;
  readonly bytes: Uint8Array;
  readonly uncommonNames: readonly string[];
}

/** `OK` as ever, or the receipt for a caller that asks for JSON. */
function formatAnswer(head: RequestHead, receipt: Receipt, verdict: "won" | "replayed"): Response {
  if (!acceptsJson(head.headers)) return { status: 200, contentType: "text/plain", body: "OK" };
  return { status: 200, contentType: JSON_TYPE, body: formatReceipt(receipt, verdict) };
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

/** The problem that a claim's head alone shows, so that its body need not be read. */
export function checkClaimHead(head: RequestHead): Problem | undefined {
  if (head.method !== "POST") return undefined;
  if (head.target.query !== undefined && head.target.query !== "") {
    return { code: "query_beside_body" };
  }
  const mediaType = readMediaType(head.headers);
  if (mediaType === JSON_TYPE || mediaType === FORM_TYPE) return undefined;
  return {
    code: "unsupported_media_type",
    detail: `Expected ${JSON_TYPE} or ${FORM_TYPE}, in UTF-8`,
    headers: [["Accept-Post", `${JSON_TYPE}, ${FORM_TYPE}`]],
  };
}

function readEntries(request: Request): Result<readonly Entry[], Problem> {
  const { head, body } = request;
  if (head.method !== "POST") return readForm(head.target.query ?? "");
  if (readMediaType(head.headers) === FORM_TYPE)
    return readForm(decodeLatin1(body, 0, body.length));
  const text = decodeUtf8(body);
  if (text === undefined) return refuse({ code: "malformed_encoding" });
  const entries = parseJsonObject(text);
  return entries === undefined ? refuse({ code: "malformed_json" }) : accept(entries);
}

function readForm(text: string): Result<readonly Entry[], Problem> {
  const pairs = parseUrlencoded(text);
  if (pairs === undefined) return refuse({ code: "malformed_encoding" });
  return accept(pairs.map(([name, value]) => ({ name, kind: "text", text: value })));
}
