import { describe, expect, it } from "vitest";
import {
  CONTINUE,
  type Delivery,
  formatResponse,
  REASON_PHRASES,
  type Response,
} from "../../src/http/response.ts";
import { PROBLEMS } from "../../src/problems.ts";

const DELIVERY: Delivery = {
  requestId: "an-id",
  epochMs: Date.UTC(1994, 10, 6, 8, 49, 37, 999),
  connection: "keep-alive",
  content: "whole",
};
const RESPONSE: Response = { status: 200, contentType: "text/plain", body: "OK" };

function dateAt(epochMs: number): string | undefined {
  const lines = formatResponse(RESPONSE, { ...DELIVERY, epochMs }).split("\r\n");
  return lines.find((line) => line.startsWith("Date: "));
}

describe("formatResponse", () => {
  it("writes an answer in its one form", () => {
    expect(formatResponse(RESPONSE, DELIVERY)).toBe(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nX-Request-ID: an-id\r\n" +
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nCache-Control: no-store\r\n" +
        "X-Content-Type-Options: nosniff\r\n\r\nOK",
    );
  });

  it("says Connection: close on a connection's last answer alone", () => {
    expect(formatResponse(RESPONSE, DELIVERY)).not.toContain("Connection:");
    const last = formatResponse(RESPONSE, { ...DELIVERY, connection: "close" });
    expect(last.split("\r\n")).toContain("Connection: close");
  });

  it("leaves out the body for HEAD, and nothing else", () => {
    const whole = formatResponse(RESPONSE, DELIVERY);
    expect(formatResponse(RESPONSE, { ...DELIVERY, content: "head" })).toBe(whole.slice(0, -2));
  });

  it("counts the body in bytes of UTF-8", () => {
    const text = formatResponse({ ...RESPONSE, body: "é😀" }, DELIVERY);
    expect(text.split("\r\n")).toContain("Content-Length: 6");
  });

  it("carries the response's own fields", () => {
    const text = formatResponse({ ...RESPONSE, headers: [["Allow", "GET, HEAD"]] }, DELIVERY);
    expect(text.split("\r\n")).toContain("Allow: GET, HEAD");
  });

  it("tells the date of its own second, backwards too", () => {
    expect(dateAt(999)).toBe("Date: Thu, 01 Jan 1970 00:00:00 GMT");
    expect(dateAt(1000)).toBe("Date: Thu, 01 Jan 1970 00:00:01 GMT");
    expect(dateAt(0)).toBe("Date: Thu, 01 Jan 1970 00:00:00 GMT");
  });

  it("never allows another origin anything", () => {
    for (const status of Object.keys(REASON_PHRASES)) {
      const text = formatResponse({ ...RESPONSE, status: Number(status) }, DELIVERY);
      expect(text.toLowerCase()).not.toContain("access-control");
    }
  });

  it("has a phrase for the status of every problem", () => {
    for (const [status] of Object.values(PROBLEMS)) {
      expect(REASON_PHRASES[status], String(status)).toMatch(/^[A-Z][A-Za-z ]+$/);
    }
  });

  it("invites a body with an interim answer that has no fields", () => {
    expect(CONTINUE).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  });
});
