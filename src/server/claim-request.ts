/** Reads the variables that a claim carries, in the query, a form or a JSON object. */

import { decodeLatin1 } from "../bytes/primitives.ts";
import { decodeUtf8 } from "../bytes/utf8.ts";
import type { Entry } from "../claim/environment.ts";
import { parseJsonObject } from "../claim/json-object.ts";
import { readMediaType } from "../http/media-type.ts";
import type { RequestHead } from "../http/request.ts";
import { parseUrlencoded } from "../http/urlencoded.ts";
import type { Problem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";
import type { Request } from "./routes.ts";

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

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

/** The variables as they came, unchecked but for their encoding and their number. */
export function readEntries(
  request: Request,
  maxVariables: number,
): Result<readonly Entry[], Problem> {
  const read = readBounded(request, maxVariables + 1);
  if (!read.ok || read.value.length <= maxVariables) return read;
  return refuse({ code: "too_many_variables", detail: `The limit is ${maxVariables} variables` });
}

function readBounded(request: Request, most: number): Result<readonly Entry[], Problem> {
  const { head, body } = request;
  if (head.method !== "POST") return readForm(head.target.query ?? "", most);
  if (readMediaType(head.headers) === FORM_TYPE) {
    return readForm(decodeLatin1(body, 0, body.length), most);
  }
  const text = decodeUtf8(body);
  if (text === undefined) return refuse({ code: "malformed_encoding" });
  const entries = parseJsonObject(text, most);
  return entries === undefined ? refuse({ code: "malformed_json" }) : accept(entries);
}

function readForm(text: string, most: number): Result<readonly Entry[], Problem> {
  const pairs = parseUrlencoded(text, most);
  if (pairs === undefined) return refuse({ code: "malformed_encoding" });
  return accept(pairs.map(([name, value]) => ({ name, kind: "text", text: value })));
}
