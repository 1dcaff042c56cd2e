/** Parses the lines of a request's head, and settles how its body is framed. */

import type { Problem } from "../problems.ts";
import { accept, refuse, type Result } from "../result.ts";
import { Headers, type Framing, type RequestHead, type Target } from "./request.ts";
import {
  isAuthority,
  isDigits,
  isFieldValue,
  isTargetText,
  isToken,
  trimWhitespace,
} from "./syntax.ts";

export interface RequestLine {
  readonly method: string;
  readonly target: Target;
  readonly version: "1.0" | "1.1";
}

/** Methods that are known, whether or not a path takes them; others are 501 (RFC 9110 section 9.1). */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/** `method SP request-target SP HTTP-version`, without its CRLF (RFC 9112 section 3). */
export function parseRequestLine(line: string): Result<RequestLine, Problem> {
  const first = line.indexOf(" ");
  const last = line.lastIndexOf(" ");
  const method = line.slice(0, Math.max(first, 0));
  const target = line.slice(first + 1, last);
  const version = line.slice(last + 1);
  if (!isToken(method) || target.includes(" ") || !version.startsWith("HTTP/")) {
    return refuse({ code: "malformed_request_line" });
  }
  if (!isTargetText(target)) return refuse({ code: "malformed_target" });
  const parsed = parseTarget(method, target);
  if (parsed === undefined) return refuse({ code: "malformed_target" });
  const digits = version.slice("HTTP/".length);
  const isVersion = digits.charAt(1) === "." && isDigits(`${digits.slice(0, 1)}${digits.slice(2)}`);
  if (digits.length !== 3 || !isVersion) {
    return refuse({ code: "malformed_request_line" });
  }
  if (digits !== "1.0" && digits !== "1.1") return refuse({ code: "unsupported_version" });
  if (!METHODS.includes(method)) return refuse({ code: "unsupported_method" });
  return accept({ method, target: parsed, version: digits });
}

/** The four forms of RFC 9112 section 3.2, or undefined. */
function parseTarget(method: string, text: string): Target | undefined {
  if (method === "CONNECT") {
    return isAuthority(text) ? { path: "", query: undefined, authority: undefined } : undefined;
  }
  if (text === "*") {
    return method === "OPTIONS" ? { path: "*", query: undefined, authority: undefined } : undefined;
  }
  if (text.startsWith("/")) return splitQuery(text, undefined);
  return parseAbsoluteForm(text);
}

function parseAbsoluteForm(text: string): Target | undefined {
  const scheme = text.slice(0, text.indexOf("://") + 3).toLowerCase();
  if (scheme !== "http://" && scheme !== "https://") return undefined;
  const rest = text.slice(scheme.length);
  const slash = rest.indexOf("/");
  const question = rest.indexOf("?");
  const ends = [slash, question].filter((index) => index !== -1);
  const end = Math.min(rest.length, ...ends);
  const authority = rest.slice(0, end);
  if (!isAuthority(authority)) return undefined;
  const tail = rest.slice(end);
  return splitQuery(tail.startsWith("/") ? tail : `/${tail}`, authority);
}

function splitQuery(text: string, authority: string | undefined): Target {
  const question = text.indexOf("?");
  if (question === -1) return { path: text, query: undefined, authority };
  return { path: text.slice(0, question), query: text.slice(question + 1), authority };
}

/** One `field-name ":" OWS field-value OWS`, without its CRLF (RFC 9112 section 5). */
export function parseField(line: string): Result<readonly [name: string, value: string], Problem> {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  // A blank before the colon or at the start of a line (obs-fold) is no token either (sections 5.1, 5.2).
  if (!isToken(name)) return refuse({ code: "malformed_header" });
  const value = line.slice(colon + 1);
  if (!isFieldValue(value)) return refuse({ code: "malformed_header" });
  return accept([name.toLowerCase(), trimWhitespace(value)]);
}

/** The whole head from its parsed lines: Host, framing, persistence, expectation. */
export function parseHead(line: RequestLine, headers: Headers): Result<RequestHead, Problem> {
  const hostProblem = checkHost(line, headers);
  if (hostProblem !== undefined) return refuse(hostProblem);
  const framing = parseFraming(line, headers);
  if (!framing.ok) return framing;
  const expectations = headers.list("expect");
  if (expectations.some((expectation) => expectation !== "100-continue")) {
    return refuse({ code: "unsupported_expectation" });
  }
  return accept({
    method: line.method,
    target: line.target,
    version: line.version,
    headers,
    framing: framing.value,
    persists: line.version === "1.1" && !headers.list("connection").includes("close"),
    expectsContinue:
      expectations.length > 0 && line.version === "1.1" && announcesBody(framing.value),
  });
}

function announcesBody(framing: Framing): boolean {
  return framing.kind === "chunked" || (framing.kind === "length" && framing.length > 0);
}

/** RFC 9112 section 3.2: one Host in HTTP/1.1, well-formed; and the one that the target names. */
function checkHost(line: RequestLine, headers: Headers): Problem | undefined {
  const hosts = headers.all("host");
  const [host] = hosts;
  if (host === undefined) return line.version === "1.0" ? undefined : { code: "malformed_host" };
  if (hosts.length > 1 || !(host === "" || isAuthority(host))) return { code: "malformed_host" };
  const { authority } = line.target;
  if (authority === undefined || authority.toLowerCase() === host.toLowerCase()) return undefined;
  return { code: "mismatched_host" };
}

/** RFC 9112 sections 6.1 to 6.3: every doubt is a refusal, since doubts are how requests are smuggled. */
function parseFraming(line: RequestLine, headers: Headers): Result<Framing, Problem> {
  const lengths = headers.all("content-length");
  const hasCodings = headers.has("transfer-encoding");
  if (hasCodings && (lengths.length > 0 || line.version === "1.0")) {
    return refuse({ code: "conflicting_framing" });
  }
  if (hasCodings) return parseCodings(headers);
  const [length] = lengths;
  if (length === undefined) return accept({ kind: "none" });
  // Fifteen digits stay below 2^53, where every whole number still has its own value.
  if (lengths.length > 1 || !isDigits(length) || length.length > 15) {
    return refuse({ code: "malformed_length" });
  }
  return accept({ kind: "length", length: Number(length) });
}

function parseCodings(headers: Headers): Result<Framing, Problem> {
  // The literal value only: empty list members are what parsers disagree about.
  if (headers.single("transfer-encoding")?.toLowerCase() === "chunked") {
    return accept({ kind: "chunked" });
  }
  const codings = headers.list("transfer-encoding");
  const isChunkedLastOnly = codings.indexOf("chunked") === codings.length - 1;
  return refuse({
    code:
      codings.length > 1 && isChunkedLastOnly
        ? "unsupported_transfer_encoding"
        : "malformed_transfer_encoding",
  });
}
