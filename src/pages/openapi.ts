/** The OpenAPI 3.1 description of the server, from its tables. */

import { REASON_PHRASES } from "../http/response.ts";
import { type ProblemCode, PROBLEMS } from "../problems.ts";
import { VERSION } from "../version.ts";
import { ACCEPTED, describePaths } from "./openapi-paths.ts";
import { CODES, codesOfAny, listedStatuses } from "./openapi-scopes.ts";
import { type Json, type Members, SCHEMAS } from "./openapi-schemas.ts";

/** The text of `/openapi.json`. */
export function formatOpenApi(): string {
  return `${JSON.stringify({
    openapi: "3.1.0",
    info: {
      title: "startup-server",
      version: VERSION,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths: describePaths(),
    components: {
      schemas: SCHEMAS,
      responses: { Accepted: ACCEPTED, ...describeRefusals() },
      headers: { RequestId: REQUEST_ID_HEADER },
      parameters: { RequestId: REQUEST_ID_PARAMETER },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "Where the server has a token" },
      },
    },
  })}\n`;
}

const DESCRIPTION =
  "Hands a waiting container its environment, once: the first valid claim is written to the env " +
  "file, durably, and the server ends. Sizes and times are limited by flags; a refusal names the limit.";

const REQUEST_ID_HEADER: Json = {
  description: "The caller's, where it is well-formed, else a fresh UUID",
  required: true,
  schema: { type: "string", pattern: "^[A-Za-z0-9._~:/+=@-]{1,128}$" },
};

const REQUEST_ID_PARAMETER: Json = {
  name: "X-Request-ID",
  in: "header",
  description: "What the answer and the log are to call the request",
  schema: { type: "string" },
};

/** One answer for each status that is listed, and one for what any request may be refused with. */
function describeRefusals(): Members {
  const refusals: Record<string, Json> = {};
  for (const status of listedStatuses()) {
    const codes = CODES.filter((code) => String(PROBLEMS[code][0]) === status);
    const phrase = REASON_PHRASES[Number(status)] ?? "";
    refusals[status] = describeRefusal(phrase, codes, REFUSAL_HEADERS[status]);
  }
  return { ...refusals, default: describeRefusal("What any request may meet", codesOfAny(), {}) };
}

function describeRefusal(
  description: string,
  codes: readonly ProblemCode[],
  headers: Members = {},
): Json {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code][0]))];
  const schema: Json = {
    $ref: "#/components/schemas/Problem",
    properties: { status: { enum: statuses }, code: { enum: codes } },
  };
  return {
    description,
    headers: { "X-Request-ID": { $ref: "#/components/headers/RequestId" }, ...headers },
    content: { "application/problem+json": { schema } },
  };
}

const TEXT: Json = { type: "string" };

const REFUSAL_HEADERS: Readonly<Record<string, Members>> = {
  401: { "WWW-Authenticate": { required: true, schema: TEXT } },
  415: {
    "Accept-Post": { description: "Where the media type is refused", schema: TEXT },
    "Accept-Encoding": { description: "Where the coding is refused", schema: TEXT },
  },
};
