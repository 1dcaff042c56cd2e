/** Requests made from the OpenAPI description: such as it allows, and such as it does not. */

import fc from "fast-check";
import type { Operation, OpenApiDocument, Schema } from "../pages/openapi-document.ts";
import type { Sent } from "./wire.ts";

const JSON_TYPE = "application/json";

/** The same samples in every run: what fails can be looked at. */
const SEED = 20_261_122;

/** `count` values that the schema allows. Throws at what it does not know. */
export function sample(document: OpenApiDocument, schema: Schema, count: number): unknown[] {
  return fc.sample(arbitraryOf(document, schema), { numRuns: count, seed: SEED });
}

function arbitraryOf(document: OpenApiDocument, given: Schema): fc.Arbitrary<unknown> {
  const schema = document.resolve(given);
  switch (schema.type) {
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 2 ** 31 });
    case "string":
      return stringOf(schema);
    case "object":
      return fc.dictionary(
        stringOf(schema.propertyNames ?? {}),
        arbitraryOf(document, schema.additionalProperties ?? {}).map(String),
        { maxKeys: 6 },
      );
    default:
      throw new Error(`No values are known for ${JSON.stringify(schema)}`);
  }
}

function stringOf({ pattern, maxLength }: Schema): fc.Arbitrary<string> {
  const any = pattern === undefined ? fc.string() : fc.stringMatching(new RegExp(pattern, "u"));
  return any.filter((text) => text.length <= (maxLength ?? Infinity));
}

/** `count` requests of each kind that the operation allows: each media type, each answer asked for. */
export function validRequests(
  document: OpenApiDocument,
  operation: Operation,
  count: number,
): readonly Sent[] {
  const accepted = operation.responses.get("200")?.mediaTypes ?? [];
  return ["*/*", ...accepted].flatMap((accept): readonly Sent[] => {
    const { method, path: target } = operation;
    const headers = { Accept: accept };
    if (operation.bodies.size > 0) {
      return [...operation.bodies].flatMap(([type, schema]) =>
        sample(document, schema, count).map((value) => ({
          method,
          target,
          headers: { ...headers, "Content-Type": type },
          body: formatBody(type, value),
        })),
      );
    }
    const [parameter] = operation.query;
    if (parameter === undefined) return [{ method, target, headers }];
    return sample(document, parameter.schema, count).map((value) => {
      const query = typeof value === "object" ? formatForm(value) : `${parameter.name}=${value}`;
      return { method, target: query === "" ? target : `${target}?${query}`, headers };
    });
  });
}

function formatBody(type: string, value: unknown): string {
  return type === JSON_TYPE ? JSON.stringify(value) : formatForm(value);
}

function formatForm(value: unknown): string {
  const form = new URLSearchParams();
  for (const [name, text] of Object.entries(Object(value))) form.append(name, String(text));
  return form.toString();
}

/** Values of an environment's place that the description does not allow. */
const NO_ENVIRONMENTS: readonly (readonly [sentence: string, json: string])[] = [
  ["an array", "[]"],
  ["text", '"KEY1=value1"'],
  ["a number", "1"],
  ["null", "null"],
  ["nothing", ""],
  ["half an object", '{"KEY1":"value1"'],
  ["a number for a value", '{"KEY1":8080}'],
  ["a boolean for a value", '{"KEY1":true}'],
  ["null for a value", '{"KEY1":null}'],
  ["an object for a value", '{"KEY1":{"A":"B"}}'],
  ["a list for a value", '{"KEY1":["A"]}'],
  ["a NUL", '{"KEY1":"a\\u0000b"}'],
  ["too long a value", JSON.stringify({ KEY1: "x".repeat(131_072) })],
  ["a name that begins with a digit", '{"1KEY":"value1"}'],
  ["a name with a blank", '{"KEY 1":"value1"}'],
  ["an empty name", '{"":"value1"}'],
  ["a good one beside a bad one", '{"KEY1":"value1","KEY-2":"value2"}'],
];

/** Forms, without what only JSON can say. */
const NO_FORMS: readonly (readonly [sentence: string, form: string])[] = [
  ["a NUL", "KEY1=a%00b"],
  ["too long a value", `KEY1=${"x".repeat(131_072)}`],
  ["a name that begins with a digit", "1KEY=value1"],
  ["a name with a blank", "KEY+1=value1"],
  ["an empty name", "=value1"],
  ["a broken escape", "KEY1=%4"],
  ["no UTF-8", "KEY1=%FF"],
];

const NO_WAITS = ["-1", "61", "1.5", "x", "", "1&wait=1", "1&KEY1=value1"];

/** Requests that are almost the operation's, each with what is wrong with it. */
export function invalidRequests(operation: Operation): readonly (readonly [string, Sent])[] {
  const { method, path: target } = operation;
  const invalid: (readonly [string, Sent])[] = [];
  for (const [type] of operation.bodies) {
    const headers = { "Content-Type": type };
    for (const [sentence, body] of type === JSON_TYPE ? NO_ENVIRONMENTS : NO_FORMS) {
      invalid.push([`${sentence} as ${type}`, { method, target, headers, body }]);
    }
  }
  if (operation.bodies.size > 0) {
    const other = { "Content-Type": "application/xml" };
    invalid.push(["another media type", { method, target, headers: other, body: "{}" }]);
    invalid.push(["no media type", { method, target, body: "{}" }]);
  }
  for (const { name, schema } of operation.query) {
    if (schema.$ref !== undefined) {
      for (const [sentence, form] of NO_FORMS) {
        invalid.push([`${sentence} in the query`, { method, target: `${target}?${form}` }]);
      }
    } else {
      for (const text of NO_WAITS) {
        invalid.push([`${name}=${text}`, { method, target: `${target}?${name}=${text}` }]);
      }
    }
  }
  invalid.push(["another method", { method: "PUT", target }]);
  invalid.push(["another path", { method, target: `${target}x` }]);
  return invalid;
}
