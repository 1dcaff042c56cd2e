/** The texts that the program carries with it, made from its tables when it is built. */

import type { BuiltText } from "../host.ts";
import { formatOpenApi } from "./openapi.ts";
import { HEALTH } from "./program.ts";
import { formatUsage, formatWordUsage } from "./usage.ts";

export function makeTexts(): Readonly<Record<BuiltText, string>> {
  return { usage: formatUsage(), health: formatWordUsage(HEALTH), openapi: formatOpenApi() };
}
