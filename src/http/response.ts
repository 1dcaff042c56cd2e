/** An answer, and its one form on the wire. */

import { utf8Length } from "../bytes/primitives.ts";
import { formatHttpDate } from "../bytes/calendar.ts";

export interface Response {
  readonly status: number;
  /** The media type of `body`. */
  readonly contentType: string;
  readonly body: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** What the connection adds to a response. */
export interface Delivery {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly epochMs: number;
  /** `close` where this is the connection's last response (RFC 9112 section 9.6). */
  readonly connection: "keep-alive" | "close";
  /** `head` sends the header section alone, as HEAD asks (RFC 9110 section 9.3.2). */
  readonly content: "whole" | "head";
}

/** The interim response that invites the body (RFC 9110 section 15.2.1). */
export const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** RFC 9110 section 15: the phrases of the statuses that this server sends. */
export const REASON_PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  422: "Unprocessable Content",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** A response but for what each delivery has of its own: what stands around its request id and date. */
export interface Form {
  readonly opening: string;
  readonly closing: string;
}

export function formResponse(
  { status, contentType, body, headers = [] }: Response,
  { connection, content }: Pick<Delivery, "connection" | "content">,
): Form {
  const opening =
    `HTTP/1.1 ${status} ${REASON_PHRASES[status] ?? ""}\r\n` +
    `Content-Type: ${contentType}\r\n` +
    `Content-Length: ${utf8Length(body)}\r\n` +
    "X-Request-ID: ";
  let closing = "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  for (const [name, value] of headers) closing += `${name}: ${value}\r\n`;
  if (connection === "close") closing += "Connection: close\r\n";
  return { opening, closing: `${closing}\r\n${content === "whole" ? body : ""}` };
}

/** The whole response as text whose UTF-8 bytes go on the wire (RFC 9112 section 4). */
export function fillForm({ opening, closing }: Form, requestId: string, epochMs: number): string {
  return `${opening}${requestId}\r\nDate: ${httpDate(epochMs)}${closing}`;
}

export function formatResponse(response: Response, delivery: Delivery): string {
  return fillForm(formResponse(response, delivery), delivery.requestId, delivery.epochMs);
}

let lastSecond = -1;
let lastDate = "";

/** The Date field, formatted once a second: health checks come by the thousand. */
function httpDate(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastDate = formatHttpDate(epochMs);
  }
  return lastDate;
}
