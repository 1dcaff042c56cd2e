/** Reads the expand dialect as dotenv and then dotenv-expand do, refusing what they would expand. */

import type { Pairs } from "./cursor.ts";
import { readJs } from "./js.ts";

export function readExpand(text: string): Pairs {
  return readJs(text).map(([name, value]) => [name, expand(value)] as const);
}

function expand(value: string): string {
  if (/(^|[^\\])\$/.test(value)) throw new Error("it would be expanded");
  if (value.includes("$(")) throw new Error("it would be run");
  return value.replace(/\\\$/g, "$");
}
