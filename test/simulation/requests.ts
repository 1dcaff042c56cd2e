/** Requests as bytes, each with what it must be answered: claims, questions, and what is to be refused. */

import type { SimulatedEnvironment } from "./environments.ts";
import type { Random } from "./random.ts";
import type { SimulatedTarget } from "./targets.ts";

/** What a request must be answered where nothing goes wrong. */
type Expectation =
  | {
      readonly kind: "claim";
      readonly environment: SimulatedEnvironment;
      readonly answer: "OK" | "receipt";
    }
  /** It is answered as that claim would be, and changes nothing. */
  | {
      readonly kind: "validated";
      readonly environment: SimulatedEnvironment;
      readonly answer: "OK" | "receipt";
    }
  | { readonly kind: "told"; readonly body: string }
  /** The state is told, as soon as it is claimed, else when so many milliseconds are over. */
  | { readonly kind: "state"; readonly waitMs: number }
  | { readonly kind: "refused"; readonly status: number }
  /** It never becomes complete. */
  | { readonly kind: "unfinished" };

export interface SimulatedRequest {
  readonly label: string;
  readonly bytes: Uint8Array;
  /** Where a caller that expects 100-continue stops to wait; undefined where it does not. */
  readonly waitsAt: number | undefined;
  readonly isHead: boolean;
  /** Whether another request may follow on the connection. */
  readonly persists: boolean;
  readonly expectation: Expectation;
}

const ENCODER = new TextEncoder();
const JSON_TYPE = "Content-Type: application/json\r\n";
const FORM_TYPE = "Content-Type: application/x-www-form-urlencoded\r\n";

/** The parts of a request that every kind of it has. */
interface Draft {
  readonly method: string;
  readonly target: string;
  readonly fields: string;
  readonly body: string | undefined;
}

interface Wire {
  readonly bytes: Uint8Array;
  readonly waitsAt: number | undefined;
  readonly persists: boolean;
}

export function planClaim(random: Random, environment: SimulatedEnvironment): SimulatedRequest {
  const wantsReceipt = random.chance(50);
  const answer = wantsReceipt ? "receipt" : "OK";
  const accepts = wantsReceipt ? "Accept: application/json\r\n" : "Accept: */*\r\n";
  const path = random.pick(["/", "/startup/inject"]);
  const form = formatForm(environment);
  const drafts: readonly [Draft, Draft, Draft] = [
    { method: "GET", target: `${path}?${form}`, fields: accepts, body: undefined },
    { method: "POST", target: path, fields: accepts + JSON_TYPE, body: formatJson(environment) },
    { method: "POST", target: path, fields: accepts + FORM_TYPE, body: form },
  ];
  const draft = random.pick(drafts);
  const expectation: Expectation = { kind: "claim", environment, answer };
  const wire = formatWire(random, draft);
  return { label: `claim by ${draft.method}`, isHead: false, expectation, ...wire };
}

/** A claim that is only tried. */
export function planValidation(
  random: Random,
  environment: SimulatedEnvironment,
): SimulatedRequest {
  const wantsReceipt = random.chance(50);
  const fields = wantsReceipt ? "Accept: application/json\r\n" : "";
  const [type, body] = random.chance(50)
    ? [JSON_TYPE, formatJson(environment)]
    : [FORM_TYPE, formatForm(environment)];
  const draft = { method: "POST", target: "/validate", fields: fields + type, body };
  const answer = wantsReceipt ? "receipt" : "OK";
  const expectation: Expectation = { kind: "validated", environment, answer };
  return { label: "a validation", isHead: false, expectation, ...formatWire(random, draft) };
}

export function planQuestion(random: Random): SimulatedRequest {
  const method = random.pick(["GET", "GET", "HEAD"]);
  const isHead = method === "HEAD";
  const seconds = random.pick([0, 0, 1, 3, 20, 60]);
  const told = (body: string): Expectation => ({ kind: "told", body: isHead ? "" : body });
  const state: Expectation = { kind: "state", waitMs: seconds * 1000 };
  const [target, expectation] = random.pick([
    ["/heart_beat", told('"success"')] as const,
    ["/startup/heart_beat", told("success")] as const,
    [seconds === 0 ? "/status" : `/status?wait=${seconds}`, state] as const,
    [`/status?wait=${seconds}`, state] as const,
  ]);
  const wire = formatWire(random, { method, target, fields: "", body: undefined });
  return { label: `${method} ${target}`, isHead, expectation, ...wire };
}

/** A request of which the end never comes. */
export function planUnfinished(
  random: Random,
  environment: SimulatedEnvironment,
): SimulatedRequest {
  const whole = planClaim(random, environment);
  const end = random.between(1, whole.bytes.length - 1);
  return {
    ...whole,
    label: "an unfinished claim",
    bytes: whole.bytes.slice(0, end),
    waitsAt: undefined,
    expectation: { kind: "unfinished" },
  };
}

const HOST = "Host: h\r\n";

/** What the dialects of files refuse. */
const UNWRITABLE = "a carriage return";

/** What must be refused, with the status; `$` stands for a claim's form and `@` for its JSON. */
const REFUSALS: readonly (readonly [label: string, status: number, text: string])[] = [
  ["a bare line feed", 400, "GET /?$ HTTP/1.1\nHost: h\n\n"],
  ["no Host", 400, "GET /?$ HTTP/1.1\r\n\r\n"],
  ["two Hosts", 400, `GET /?$ HTTP/1.1\r\n${HOST}${HOST}\r\n`],
  ["a blank before the colon", 400, `GET /?$ HTTP/1.1\r\nHost : h\r\n\r\n`],
  ["a folded field", 400, `GET /?$ HTTP/1.1\r\n${HOST}A: b\r\n c\r\n\r\n`],
  [
    "two framings",
    400,
    `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n@`,
  ],
  ["a signed length", 400, `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: +5\r\n\r\n@`],
  [
    "a broken chunk",
    400,
    `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n0x5\r\n@`,
  ],
  [
    "a coding that is not known",
    501,
    `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: gzip, chunked\r\n\r\n@`,
  ],
  ["a broken escape", 400, `GET /?$&A=%2 HTTP/1.1\r\n${HOST}\r\n`],
  ["bytes that are not UTF-8", 400, `GET /?$&A=%ff HTTP/1.1\r\n${HOST}\r\n`],
  ["a NUL", 422, `GET /?$&A=%00 HTTP/1.1\r\n${HOST}\r\n`],
  [UNWRITABLE, 422, `GET /?$&A=%0D HTTP/1.1\r\n${HOST}\r\n`],
  ["a dangerous name", 422, `GET /?LD_PRELOAD=x&$ HTTP/1.1\r\n${HOST}\r\n`],
  ["a name twice", 422, `GET /?A=1&A=2&$ HTTP/1.1\r\n${HOST}\r\n`],
  [
    "a query beside a body",
    400,
    `POST /?A=1&$ HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 2\r\n\r\n{}`,
  ],
  ["a wait that is no number", 400, `GET /status?wait=$ HTTP/1.1\r\n${HOST}\r\n`],
  ["a validation by GET", 405, `GET /validate?$ HTTP/1.1\r\n${HOST}\r\n`],
  [
    "a validation of a number",
    422,
    `POST /validate HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 7\r\n\r\n{"A":1}`,
  ],
  [
    "another media type",
    415,
    `POST / HTTP/1.1\r\n${HOST}Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n@`,
  ],
  [
    "an encoded body",
    415,
    `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n@`,
  ],
  ["broken JSON", 400, `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 5\r\n\r\n{"A":`],
  [
    "a number in JSON",
    422,
    `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 7\r\n\r\n{"A":1}`,
  ],
  ["a claim by HEAD", 405, `HEAD /?$ HTTP/1.1\r\n${HOST}\r\n`],
  ["a claim by OPTIONS", 405, `OPTIONS /?$ HTTP/1.1\r\n${HOST}\r\n`],
  ["a claim by PUT", 405, `PUT /?$ HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`],
  ["a method that is not known", 501, `CLAIM /?$ HTTP/1.1\r\n${HOST}\r\n`],
  ["another path", 404, `GET /claim?$ HTTP/1.1\r\n${HOST}\r\n`],
  ["another version", 505, `GET /?$ HTTP/2.0\r\n${HOST}\r\n`],
  [
    "another expectation",
    417,
    `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Expect: wonders\r\nContent-Length: 5\r\n\r\n@`,
  ],
  ["a TLS hello", 400, "\x16\x03\x01\x02\x00\x01\x00"],
  ["noise", 400, "\x00\x01\x02$"],
  [
    "too long a body",
    413,
    `POST / HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 99999999\r\n\r\n@`,
  ],
];

export function planRefusal(
  random: Random,
  environment: SimulatedEnvironment,
  targets: readonly SimulatedTarget[],
): SimulatedRequest {
  // A command alone takes every text.
  const refusals = REFUSALS.filter(([label]) => targets.length > 0 || label !== UNWRITABLE);
  const [label, status, text] = refusals[random.below(refusals.length)] ?? ["", 400, "\0"];
  const filled = text.replace("$", formatForm(environment)).replace("@", formatJson(environment));
  return {
    label,
    bytes: ENCODER.encode(filled),
    waitsAt: undefined,
    isHead: text.startsWith("HEAD"),
    persists: false,
    expectation: { kind: "refused", status },
  };
}

function formatForm(environment: SimulatedEnvironment): string {
  const pairs = environment.variables.map(
    ([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%20", "+")}`,
  );
  return pairs.join("&");
}

function formatJson(environment: SimulatedEnvironment): string {
  return JSON.stringify(Object.fromEntries(environment.variables));
}

function formatWire(random: Random, draft: Draft): Wire {
  const isOld = random.chance(10);
  const closes = random.chance(10);
  const waits = !isOld && draft.body !== undefined && random.chance(20);
  const head =
    `${random.chance(5) ? "\r\n" : ""}${draft.method} ${draft.target} HTTP/1.${isOld ? 0 : 1}\r\n` +
    `${HOST}${draft.fields}${closes ? "Connection: close\r\n" : ""}` +
    `${waits ? "Expect: 100-continue\r\n" : ""}`;
  const isChunked = !isOld && draft.body !== undefined && random.chance(30);
  const framed = frame(random, draft.body, isChunked);
  const bytes = ENCODER.encode(head + framed.fields + framed.body);
  const waitsAt = waits ? bytes.length - ENCODER.encode(framed.body).length : undefined;
  return { bytes, waitsAt, persists: !isOld && !closes };
}

/** The fields that say how the body is framed, with the blank line behind them, and the body framed so. */
function frame(
  random: Random,
  body: string | undefined,
  isChunked: boolean,
): { readonly fields: string; readonly body: string } {
  if (body === undefined) return { fields: "\r\n", body: "" };
  const bytes = ENCODER.encode(body);
  if (!isChunked) return { fields: `Content-Length: ${bytes.length}\r\n\r\n`, body };
  const size = bytes.length === 0 ? "" : `${bytes.length.toString(16)}\r\n${body}\r\n`;
  const trailer = random.chance(20) ? "X-Trailer: dropped\r\n" : "";
  return { fields: "Transfer-Encoding: chunked\r\n\r\n", body: `${size}0\r\n${trailer}\r\n` };
}
