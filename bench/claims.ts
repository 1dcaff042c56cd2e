/** Claims of any size, as bytes for the wire. */

import { writeFileSync } from "node:fs";

const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";

/** `NAME_1=value-1...`: so many variables with values of so many characters. */
export function makeVariables(count: number, valueLength = 20): readonly (readonly string[])[] {
  const places = Array.from({ length: count }, (_, index) => index + 1);
  return places.map((place) => [`NAME_${place}`, `value-${place}`.padEnd(valueLength, "x")]);
}

/** A claim in the query, as curl sends it. */
export function formatQueryClaim(variables: readonly (readonly string[])[]): string {
  const query = variables.map(([name, value]) => `${name}=${value}`).join("&");
  return `GET /?${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

/** A claim as a form. */
export function formatFormClaim(variables: readonly (readonly string[])[]): string {
  return formatPost(FORM, variables.map(([name, value]) => `${name}=${value}`).join("&"));
}

/** A claim as a JSON object. */
export function formatJsonClaim(variables: readonly (readonly string[])[]): string {
  return formatPost(JSON_TYPE, JSON.stringify(Object.fromEntries(variables)));
}

function formatPost(contentType: string, body: string): string {
  const head = ["POST / HTTP/1.1", "Host: localhost", `Content-Type: ${contentType}`];
  return `${head.join("\r\n")}\r\nContent-Length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`;
}

/** The same, each byte of the body in a chunk of its own (RFC 9112 section 7.1). */
export function formatChunkedClaim(variables: readonly (readonly string[])[]): string {
  const chunks = [...JSON.stringify(Object.fromEntries(variables))].map((byte) => `1\r\n${byte}`);
  const head = ["POST / HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
  const framing = "Transfer-Encoding: chunked\r\n\r\n";
  return `${head.join("\r\n")}\r\n${framing}${chunks.join("\r\n")}\r\n0\r\n\r\n`;
}

/** Many short values and a long one, of characters that dialects quote and escape. */
export function makeMixture(count: number): readonly (readonly string[])[] {
  const short = Array.from({ length: count }, (_, index) => [`NAME_${index}`, `it's #${index} $x`]);
  return [...short, ["LONG", 'a "b" \\ $c é '.repeat(count)]];
}

/** Requests that are refused, or nearly so, by how much there is of what: name, a small size, the bytes. */
export const HOSTILE_REQUESTS: readonly (readonly [string, number, (size: number) => string])[] = [
  ["separators in a form", 8_000, (size) => formatPost(FORM, "&".repeat(size))],
  [
    "escapes in a form, the last broken",
    3_000,
    (size) => formatPost(FORM, `A=${"%41".repeat(size)}%4`),
  ],
  ["arrays in one another", 8_000, (size) => formatPost(JSON_TYPE, "[".repeat(size))],
  [
    "members that repeat a key",
    1_000,
    (size) =>
      formatPost(
        JSON_TYPE,
        formatMembers(size, () => "A"),
      ),
  ],
  [
    "members without a name",
    250,
    (size) =>
      formatPost(
        JSON_TYPE,
        formatMembers(size, (n) => `${n}`),
      ),
  ],
  [
    "dangerous names",
    250,
    (size) =>
      formatPost(
        JSON_TYPE,
        formatMembers(size, (n) => `LD_${n}`),
      ),
  ],
  [
    "a JSON text without an end",
    8_000,
    (size) => formatPost(JSON_TYPE, `{"A":"${"x".repeat(size)}`),
  ],
  ["escapes in JSON", 2_000, (size) => formatPost(JSON_TYPE, `{"A":"${"\\u0041".repeat(size)}"}`)],
  [
    "header lines",
    200,
    (size) => `GET /heart_beat HTTP/1.1\r\nHost: a\r\n${"a: b\r\n".repeat(size)}\r\n`,
  ],
];

function formatMembers(count: number, nameOf: (place: number) => string): string {
  const members = Array.from({ length: count }, (_, index) => `"${nameOf(index)}":""`);
  return `{${members.join(",")}}`;
}

/** Writes the claim where the launcher finds it. */
export function writeClaim(path: string, claim: string): string {
  writeFileSync(path, claim);
  return path;
}

/** Whether an env file says exactly these variables, in any order. */
export function saysAll(file: string, variables: readonly (readonly string[])[]): boolean {
  const lines = variables.map(([name, value]) => `${name}=${value}`);
  return file.trimEnd().split("\n").toSorted().join("\n") === lines.toSorted().join("\n");
}
