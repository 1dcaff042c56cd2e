/** The OpenAPI description as tests read it: its operations, and whether an answer is as it says. */

import { Ajv2020 } from "ajv/dist/2020.js";
import { formatOpenApi } from "../../src/pages/openapi.ts";

/** As much of JSON Schema as the description uses for what callers send. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema;
}

interface Reference {
  readonly $ref?: string;
}

interface Content {
  readonly [mediaType: string]: { readonly schema: Schema };
}

interface Parameter extends Reference {
  readonly name: string;
  readonly in: "query" | "header";
  readonly schema: Schema;
}

interface Response extends Reference {
  readonly content?: Content;
  readonly headers?: { readonly [name: string]: Reference & { readonly required?: boolean } };
}

interface DescribedOperation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: { readonly [status: string]: Response };
  readonly security?: readonly object[];
}

interface Document {
  readonly paths: { readonly [path: string]: { readonly [method: string]: DescribedOperation } };
  readonly components: {
    readonly responses: { readonly [name: string]: Response };
    readonly schemas: { readonly [name: string]: Schema };
  };
}

export interface Operation {
  readonly id: string;
  readonly path: string;
  /** In capitals. */
  readonly method: string;
  readonly query: readonly Parameter[];
  /** What a body may be, by media type; empty where there is none. */
  readonly bodies: ReadonlyMap<string, Schema>;
  readonly responses: ReadonlyMap<string, DescribedResponse>;
  /** Whether it asks for a token where the server has one. */
  readonly isGuarded: boolean;
}

export interface DescribedResponse {
  readonly mediaTypes: readonly string[];
  readonly requiredHeaders: readonly string[];
  /** What is wrong with a body of that media type; undefined where nothing is. */
  check(mediaType: string, body: unknown): string | undefined;
}

export interface Refusal {
  readonly statuses: readonly number[];
  readonly codes: readonly string[];
}

export interface OpenApiDocument {
  readonly operations: readonly Operation[];
  /** By status, and for what any request may meet by `default`. */
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** The schema that a reference leads to, or itself. */
  resolve(schema: Schema): Schema;
  /** What is wrong with a value by the schema of that name; undefined where nothing is. */
  check(name: string, value: unknown): string | undefined;
  readonly schemaNames: readonly string[];
}

const METHODS = ["get", "head", "post", "put", "delete", "patch", "options", "trace"];

export function readDocument(text: string = formatOpenApi()): OpenApiDocument {
  const document: Document = JSON.parse(text);
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  // Members that are not described are mistakes: the description promises less, tests want all.
  ajv.addVocabulary(["openapi", "info", "servers", "paths", "components"]);
  const strict: Document = JSON.parse(text, (_name, value) => closed(value));
  ajv.addSchema(strict, "openapi");
  const checkAt = (pointer: string, body: unknown): string | undefined => {
    const check = ajv.getSchema(`openapi#${pointer}`);
    if (check === undefined) throw new Error(`No schema at ${pointer}`);
    return check(body) === true ? undefined : ajv.errorsText(check.errors);
  };
  const at = (pointer: string): unknown =>
    parts(pointer).reduce<unknown>((node, part) => Reflect.get(Object(node), part), document);

  const describe = (response: Response, pointer: string): DescribedResponse => {
    if (response.$ref !== undefined) {
      const target = response.$ref.slice(1);
      return describe(Object(at(target)), target);
    }
    return {
      mediaTypes: Object.keys(response.content ?? {}),
      requiredHeaders: Object.entries(response.headers ?? {})
        .filter(([, header]) => {
          const { required } =
            header.$ref === undefined ? header : Object(at(header.$ref.slice(1)));
          return required === true;
        })
        .map(([name]) => name.toLowerCase()),
      check: (mediaType, body) => checkAt(`${pointer}/content/${escape(mediaType)}/schema`, body),
    };
  };

  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method): readonly Operation[] => {
      const operation = methods[method];
      if (operation === undefined) return [];
      const pointer = `/paths/${escape(path)}/${method}/responses`;
      return [
        {
          id: operation.operationId,
          path,
          method: method.toUpperCase(),
          query: (operation.parameters ?? []).filter((parameter) => parameter.in === "query"),
          bodies: new Map(
            Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => [
              type,
              schema,
            ]),
          ),
          responses: new Map(
            Object.entries(operation.responses).map(([status, response]) => [
              status,
              describe(response, `${pointer}/${status}`),
            ]),
          ),
          isGuarded: operation.security !== undefined,
        },
      ];
    }),
  );
  return {
    operations,
    refusals: readRefusals(document),
    schemaNames: Object.keys(document.components.schemas),
    check: (name, value) => checkAt(`/components/schemas/${name}`, value),
    resolve: (schema) => (schema.$ref === undefined ? schema : Object(at(schema.$ref.slice(1)))),
  };
}

function readRefusals(document: Document): ReadonlyMap<string, Refusal> {
  const refusals = new Map<string, Refusal>();
  for (const [name, { content }] of Object.entries(document.components.responses)) {
    const schema = content?.["application/problem+json"]?.schema;
    if (schema === undefined) continue;
    const { status, code } = Object(Reflect.get(schema, "properties"));
    refusals.set(name, { statuses: status.enum, codes: code.enum });
  }
  return refusals;
}

/** An object whose members are all described takes no others. */
function closed(value: unknown): unknown {
  const isDescribed =
    typeof value === "object" && value !== null && "properties" in value && "type" in value;
  return isDescribed ? { ...value, additionalProperties: false } : value;
}

function escape(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}

function parts(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}
