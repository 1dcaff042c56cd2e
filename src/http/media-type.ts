/** Reads Content-Type and Accept as far as this server depends on them. */

import type { Headers } from "./request.ts";
import { isDigits, trimWhitespace } from "./syntax.ts";

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
 * Whether a caller who can be told text/plain or application/json is to be told JSON (RFC 9110
 * section 12.5.1): it ranks JSON higher, or alike and names it. Any type will do for callers that
 * know of no JSON, so a wildcard names nothing; whoever accepts neither is told the text.
 */
export function prefersJson(headers: Headers): boolean {
  const accept = headers.all("accept").join(",").toLowerCase();
  const ranges = splitUnquoted(accept, ",").map((range) => splitUnquoted(range, ";"));
  const json = rank("application/json", ranges);
  const text = rank("text/plain", ranges);
  if (json.quality === text.quality) return json.quality > 0 && json.precision === EXACT;
  return json.quality > text.quality;
}

/** How much a caller wants a media type, and how precisely it says so. */
interface Rank {
  readonly quality: number;
  readonly precision: number;
}

const EXACT = 3;

/** By the range that names the media type most precisely. Parameters other than `q` are of no account. */
function rank(mediaType: string, ranges: readonly (readonly string[])[]): Rank {
  const wildcards = ["*/*", `${mediaType.slice(0, mediaType.indexOf("/"))}/*`, mediaType];
  let best: Rank = { quality: 0, precision: 0 };
  for (const [range = "", ...parameters] of ranges) {
    const precision = wildcards.indexOf(range) + 1;
    const quality = readQuality(parameters);
    if (precision === 0 || quality === undefined || precision < best.precision) continue;
    if (precision > best.precision || quality > best.quality) best = { quality, precision };
  }
  return best;
}

/** The weight, 1 where there is none; undefined where it is malformed (RFC 9110 section 12.4.2). */
function readQuality(parameters: readonly string[]): number | undefined {
  const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  if (weight === undefined) return 1;
  const [whole = "", decimals = "", ...more] = weight.split(".");
  const isPlain = whole.length === 1 && isDigits(whole + decimals) && decimals.length <= 3;
  return isPlain && more.length === 0 && Number(weight) <= 1 ? Number(weight) : undefined;
}

/** The trimmed parts between separators, but for those in quoted strings (RFC 9110 section 5.6.4). */
function splitUnquoted(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (isQuoted && character === "\\") at += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(trimWhitespace(text.slice(start, at)));
      start = at + 1;
    }
  }
  return [...parts, trimWhitespace(text.slice(start))];
}
