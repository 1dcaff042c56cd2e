/** Reads Content-Type and Accept as far as this server depends on them. */

import type { Headers } from "./request.ts";
import { trimWhitespace } from "./syntax.ts";

/** What callers write, with and without the quotes that section 5.6.6 allows. */
const UTF8_NAMES = ["utf-8", '"utf-8"', "utf8", '"utf8"'];

/**
 * The request's media type in lower case, without parameters; undefined where it is absent, given
 * twice, or with a charset other than UTF-8 (RFC 9110 section 8.3).
 */
export function readMediaType(headers: Headers): string | undefined {
  const [essence = "", ...parameters] = (headers.single("content-type") ?? "").split(";");
  for (const parameter of parameters) {
    const [name = "", ...values] = parameter.split("=");
    const isCharset = trimWhitespace(name).toLowerCase() === "charset";
    if (isCharset && !UTF8_NAMES.includes(trimWhitespace(values.join("=")).toLowerCase())) {
      return undefined;
    }
  }
  const mediaType = trimWhitespace(essence).toLowerCase();
  return mediaType === "" ? undefined : mediaType;
}

/**
 * Whether the caller names `application/json` in Accept and does not rank it at zero
 * (RFC 9110 section 12.5.1). A wildcard does not: it is what callers send that know of no receipt.
 */
export function acceptsJson(headers: Headers): boolean {
  for (const member of headers.list("accept")) {
    const [essence = "", ...parameters] = member.split(";").map(trimWhitespace);
    if (essence !== "application/json") continue;
    return !parameters.some((parameter) => isZeroQuality(parameter));
  }
  return false;
}

function isZeroQuality(parameter: string): boolean {
  return parameter.startsWith("q=") && Number(parameter.slice(2)) === 0;
}
