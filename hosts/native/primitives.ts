/** Stands in for src/bytes/primitives.ts, with the engine's own loops (calls-text.c). */

import type * as primitives from "../../src/bytes/primitives.ts";

export type { CharacterSet } from "../../src/bytes/primitives.ts";

type Primitives = typeof primitives;

declare const sys: Pick<
  Primitives,
  "span" | "spanBytes" | "decodeLatin1" | "utf8Length" | "encodeUtf8" | "formatHex"
>;

export const span: Primitives["span"] = sys.span;
export const spanBytes: Primitives["spanBytes"] = sys.spanBytes;
export const decodeLatin1: Primitives["decodeLatin1"] = sys.decodeLatin1;
export const utf8Length: Primitives["utf8Length"] = sys.utf8Length;
export const encodeUtf8: Primitives["encodeUtf8"] = sys.encodeUtf8;
export const formatHex: Primitives["formatHex"] = sys.formatHex;
