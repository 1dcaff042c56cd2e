/** Rules of what a waiting server tells: health, status, and how HTTP/1.1 carries it. */

import { parseFields } from "../json-fields.ts";
import { type AddressRule, differs, expectHeader, expectStatus, type Finding } from "./rule.ts";
import type { Subject } from "./subject.ts";
import { formatRequest } from "./wire.ts";

const ROUTES = "README, The contract";
const HEALTH = { target: "{health}" };

function asks(
  id: string,
  sentence: string,
  clause: string,
  check: (subject: Subject) => Promise<Finding>,
): AddressRule {
  return { id, sentence, clause, kind: "asks", needs: "address", check };
}

export const HEALTH_RULES: readonly AddressRule[] = [
  asks("health-original", 'GET /heart_beat answers "success" as JSON', ROUTES, async (subject) => {
    const reply = await subject.call({ target: "/heart_beat" });
    return (
      expectStatus(reply, 200) ??
      expectHeader(reply, "Content-Type", /^application\/json\b/) ??
      differs("body", '"success"', reply.body)
    );
  }),
  asks(
    "health-successor",
    "GET /startup/heart_beat answers success as text",
    ROUTES,
    async (subject) => {
      const reply = await subject.call({ target: "/startup/heart_beat" });
      return (
        expectStatus(reply, 200) ??
        expectHeader(reply, "Content-Type", /^text\/plain\b/) ??
        differs("body", "success", reply.body)
      );
    },
  ),
  asks(
    "health-head",
    "HEAD is answered as GET, without its content",
    "RFC 9110 section 9.3.2",
    async (subject) => {
      const wire = subject.connect();
      wire.send(formatRequest({ method: "HEAD", ...HEALTH }));
      const head = await wire.answer("HEAD");
      wire.send(formatRequest(HEALTH));
      const next = await wire.answer();
      wire.close();
      const behind = expectStatus(next, 200);
      const [told, sent] = [head, next].map(({ headers }) => headers.get("content-length"));
      return (
        expectStatus(head, 200) ??
        (behind && `the request behind it: ${behind}`) ??
        differs("Content-Length", sent ?? null, told ?? null)
      );
    },
  ),
  asks(
    "status",
    "GET /status tells state, version, pid and uptime as JSON",
    ROUTES,
    async (subject) => {
      const reply = await subject.call({ target: "/status" });
      const fields = parseFields(reply.body);
      return (
        expectStatus(reply, 200) ??
        expectHeader(reply, "Content-Type", /^application\/json\b/) ??
        differs("state", "waiting", fields?.["state"] ?? null) ??
        differs("kind of version", "string", typeof fields?.["version"]) ??
        differs("kind of pid", "number", typeof fields?.["pid"]) ??
        differs("kind of uptime_seconds", "number", typeof fields?.["uptime_seconds"])
      );
    },
  ),
  asks(
    "request-id",
    "Every answer carries X-Request-ID: the caller's, or a fresh one",
    "README, Problems",
    async (subject) => {
      const own = await subject.call({ ...HEALTH, headers: { "X-Request-ID": "order-66" } });
      const [first, second] = [await subject.call(HEALTH), await subject.call(HEALTH)];
      const fresh = [first, second].map(({ headers }) => headers.get("x-request-id") ?? "");
      return (
        expectHeader(own, "X-Request-ID", /^order-66$/) ??
        expectHeader(first, "X-Request-ID", /^\S{8,}$/) ??
        (fresh[0] === fresh[1]
          ? "X-Request-ID: expected a fresh one each time, got the same"
          : undefined)
      );
    },
  ),
  asks(
    "no-cors",
    "No answer invites web pages of other origins",
    "README, Who may claim",
    async (subject) => {
      const headers = {
        Origin: "http://attacker.example",
        "Access-Control-Request-Method": "POST",
      };
      const asked = await subject.call({ ...HEALTH, headers });
      const flown = await subject.call({ method: "OPTIONS", headers });
      const invited = [...asked.headers.keys(), ...flown.headers.keys()].find((name) =>
        name.startsWith("access-control-"),
      );
      return differs(
        "a header field",
        "none of Access-Control-*",
        invited ?? "none of Access-Control-*",
      );
    },
  ),
  asks(
    "keep-alive",
    "A connection carries one request after another",
    "RFC 9112 section 9.3",
    async (subject) => {
      const wire = subject.connect();
      wire.send(formatRequest(HEALTH));
      const first = await wire.answer();
      wire.send(formatRequest(HEALTH));
      const second = await wire.answer();
      wire.close();
      return expectStatus(first, 200) ?? expectStatus(second, 200);
    },
  ),
  asks(
    "connection-close",
    "Connection: close is answered, and the connection ended",
    "RFC 9112 section 9.6",
    async (subject) => {
      const wire = subject.connect();
      wire.send(formatRequest({ ...HEALTH, headers: { Connection: "close" } }));
      const reply = await wire.answer();
      const isEnded = await wire.isEnded();
      wire.close();
      return expectStatus(reply, 200) ?? differs("connection ended", true, isEnded);
    },
  ),
  asks(
    "pipelining",
    "Requests in one packet are answered in their order",
    "RFC 9112 section 9.3.2",
    async (subject) => {
      const wire = subject.connect();
      wire.send(formatRequest(HEALTH) + formatRequest({ target: "/nowhere" }));
      const [first, second] = [await wire.answer(), await wire.answer()];
      wire.close();
      return differs("statuses", [200, 404], [first.status, second.status]);
    },
  ),
  asks(
    "byte-by-byte",
    "A request of one byte a packet is the same request",
    "RFC 9112 section 2.2",
    async (subject) => {
      const wire = subject.connect();
      await wire.sendByteByByte(formatRequest(HEALTH));
      const reply = await wire.answer();
      wire.close();
      return expectStatus(reply, 200);
    },
  ),
  asks(
    "half-close",
    "A caller who has finished sending is still answered",
    "RFC 9112 section 9.6",
    async (subject) => {
      const wire = subject.connect();
      wire.send(formatRequest(HEALTH));
      wire.finish();
      const reply = await wire.answer();
      wire.close();
      return expectStatus(reply, 200);
    },
  ),
  asks(
    "absolute-form",
    "A target in absolute form is the same target",
    "RFC 9112 section 3.2.2",
    async (subject) => {
      return expectStatus(await subject.call({ target: "http://localhost{health}" }), 200);
    },
  ),
  asks(
    "http-1.0",
    "HTTP/1.0 is answered, without Host, and the connection ended",
    "RFC 9112 section 2.3",
    async (subject) => {
      const wire = subject.connect();
      wire.send("GET {health} HTTP/1.0\r\n\r\n");
      const reply = await wire.answer();
      const isEnded = await wire.isEnded();
      wire.close();
      return expectStatus(reply, 200) ?? differs("connection ended", true, isEnded);
    },
  ),
  asks(
    "silent-callers",
    "Callers who send nothing do not shut out the health check",
    "README, Limits",
    async (subject) => {
      const silent = Array.from({ length: 200 }, () => subject.connect());
      for (const wire of silent) wire.send("GET /");
      const reply = await subject.call(HEALTH);
      for (const wire of silent) wire.close();
      return expectStatus(reply, 200);
    },
  ),
];
