/** Merge patches (RFC 7396), and of JSON patches (RFC 6902) what is needed here: test, add and replace within objects. */

import { isDeepStrictEqual } from "node:util";

export type JsonPatch = readonly {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}[];

type JsonObject = Readonly<Record<string, unknown>>;

export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = { ...(isObject(target) ? target : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = applyMergePatch(merged[name], value);
  }
  return merged;
}

export function applyJsonPatch(
  target: unknown,
  patch: JsonPatch,
): { readonly value: unknown } | { readonly problem: string } {
  let value = target;
  for (const { op, path, value: operand } of patch) {
    const names = parsePointer(path);
    const current = names.reduce<unknown>(
      (parent, name) => (isObject(parent) ? parent[name] : undefined),
      value,
    );
    if (op === "test") {
      if (!isDeepStrictEqual(current, operand)) {
        return { problem: `testing value ${path} failed: test failed` };
      }
    } else if (op === "add" || (op === "replace" && current !== undefined)) {
      value = set(value, names, operand);
    } else return { problem: `${op} operation does not apply: doc is missing key: ${path}` };
  }
  return { value };
}

/** RFC 6901. */
function parsePointer(path: string): readonly string[] {
  const names = path.split("/").slice(1);
  return names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function set(target: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const object = isObject(target) ? target : {};
  return { ...object, [name]: set(object[name], rest, value) };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
