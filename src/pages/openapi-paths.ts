/** What is at which path for which method, for the OpenAPI description. */

import { MAX_WAIT_SECONDS } from "../server/status.ts";
import { type Scope, statusesWithin } from "./openapi-scopes.ts";
import type { Json, Members } from "./openapi-schemas.ts";

/** What is at one path for one method. */
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly scopes: readonly Scope[];
  /** The answer with status 200. */
  readonly answer: Json;
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
}

/** `paths` of the description. */
export function describePaths(): Json {
  return {
    "/": claiming("claim"),
    "/startup/inject": claiming("inject"),
    "/validate": {
      parameters: [REQUEST_ID],
      post: describe({
        operationId: "validate",
        summary: "Answers as the claim would now, and spends nothing",
        scopes: ["claim_or_validation"],
        requestBody: ENVIRONMENT_BODY,
        answer: ACCEPTED_ANSWER,
      }),
    },
    "/heart_beat": telling("heartBeat", IS_THERE, "application/json", { const: "success" }),
    "/startup/heart_beat": telling("startupHeartBeat", IS_THERE, "text/plain", {
      const: "success",
    }),
    "/status": telling("status", TELLS_STATE, "application/json", STATUS, {
      scopes: ["status"],
      parameters: [WAIT],
    }),
    "/openapi.json": telling("openApi", "Tells this description", "application/json", {
      type: "object",
    }),
  };
}

const IS_THERE = "Tells that the server is there";
const TELLS_STATE = "Tells the state, at once or when it changes";
const STATUS: Json = { $ref: "#/components/schemas/Status" };
const ENVIRONMENT: Json = { $ref: "#/components/schemas/Environment" };

const WAIT: Json = {
  name: "wait",
  in: "query",
  description: "Answers when the state changes, or after so many seconds",
  schema: { type: "integer", minimum: 0, maximum: MAX_WAIT_SECONDS },
};

const ENVIRONMENT_BODY: Json = {
  required: true,
  content: {
    "application/json": { schema: ENVIRONMENT },
    "application/x-www-form-urlencoded": { schema: ENVIRONMENT },
  },
};

const ACCEPTED_ANSWER: Json = { $ref: "#/components/responses/Accepted" };
const REQUEST_ID: Json = { $ref: "#/components/parameters/RequestId" };

/** What a claim that is accepted is answered. */
export const ACCEPTED: Json = describeAnswer({
  "text/plain": { schema: { const: "OK" } },
  "application/json": { schema: { $ref: "#/components/schemas/Receipt" } },
});

/** The first valid claim wins; the same again hears the same, another one 409. */
function claiming(name: string): Json {
  const common = {
    summary: "Claims: the environment is written, durably and once",
    scopes: ["claim_or_validation", "claim"],
    answer: ACCEPTED_ANSWER,
  } as const;
  const query: Json = {
    name: "environment",
    in: "query",
    description: "The variables, each a parameter",
    style: "form",
    explode: true,
    schema: ENVIRONMENT,
  };
  return {
    parameters: [REQUEST_ID],
    get: describe({ ...common, operationId: `${name}ByGet`, parameters: [query] }),
    post: describe({ ...common, operationId: name, requestBody: ENVIRONMENT_BODY }),
  };
}

/** A path that only tells something. */
function telling(
  operationId: string,
  summary: string,
  mediaType: string,
  schema: Json,
  more: Pick<Operation, "scopes" | "parameters"> = { scopes: [] },
): Json {
  const common = { ...more, summary };
  return {
    parameters: [REQUEST_ID],
    get: describe({ ...common, operationId, answer: describeAnswer({ [mediaType]: { schema } }) }),
    head: describe({ ...common, operationId: `${operationId}Head`, answer: describeAnswer({}) }),
  };
}

/** An answer with what it may hold, by media type; to HEAD that is nothing. */
function describeAnswer(content: Members): Json {
  return {
    description: "OK",
    headers: { "X-Request-ID": { $ref: "#/components/headers/RequestId" } },
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function describe(operation: Operation): Json {
  const { operationId, summary, scopes, answer, parameters, requestBody } = operation;
  const responses: Record<string, Json> = { 200: answer };
  for (const status of [...statusesWithin(scopes), "default"]) {
    responses[status] = { $ref: `#/components/responses/${status}` };
  }
  return {
    operationId,
    summary,
    ...(scopes.includes("claim_or_validation") ? { security: [{}, { token: [] }] } : {}),
    ...(parameters === undefined ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses,
  };
}
