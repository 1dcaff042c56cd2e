/** Rules of what is refused: nothing of it is applied, and the server still waits. */

import { parseFields } from "../json-fields.ts";
import { type AddressRule, differs, expectHeader, expectStatus, type Finding } from "./rule.ts";
import type { Subject } from "./subject.ts";
import { formatRequest, type Reply, type Sent } from "./wire.ts";

/** A claim that would be accepted if nothing were wrong with it. */
const CLAIM = "{claim}?KEY1=value1";
const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };

function json(body: string, headers: Sent["headers"] = {}): Sent {
  return { method: "POST", headers: { ...JSON_TYPE, ...headers }, body };
}

function form(body: string): Sent {
  return { method: "POST", headers: FORM_TYPE, body };
}

/** What is sent, as a request or byte for byte, and the statuses that refuse it. */
type Attempt = readonly [sent: Sent | string, ...statuses: readonly number[]];

/** Each attempt is refused by one of its statuses, as a problem where that can be, and changes nothing. */
function refuses(
  id: string,
  sentence: string,
  clause: string,
  attempts: readonly Attempt[],
  alsoExpect: (reply: Reply) => Finding = () => undefined,
): AddressRule {
  const check = async (subject: Subject): Promise<Finding> => {
    for (const [index, [sent, ...statuses]] of attempts.entries()) {
      const method = typeof sent === "string" ? sent.split(" ", 1)[0] : sent.method;
      const bytes = typeof sent === "string" ? sent : formatRequest(sent);
      // oxlint-disable-next-line no-await-in-loop -- the first that is not refused is told
      const reply = await subject.callRaw(bytes, method);
      const problem = expectStatus(reply, ...statuses) ?? alsoExpect(reply);
      if (problem !== undefined) return `attempt ${index + 1} of ${attempts.length}: ${problem}`;
    }
    return await subject.expectUntouched();
  };
  return { id, sentence, clause, kind: "tempts", needs: "address", check };
}

/** A refused variable's answer names it and says why, and does not repeat its value. */
function expectProblemWithout(value: string): (reply: Reply) => Finding {
  return (reply) => {
    const isRepeated = [reply.body, ...reply.headers.values()].some((text) => text.includes(value));
    return isRepeated ? "the answer: expected no value of a variable, got one" : undefined;
  };
}

const VARIABLES = "README, Variables";
const WHO = "README, Who may claim";
const LIMITS = "README, Limits";

export const REFUSAL_RULES: readonly AddressRule[] = [
  refuses(
    "problem",
    "A refusal is a problem with a code and a request id",
    "README, Problems",
    [[{ target: "/nowhere" }, 404]],
    (reply) => {
      const fields = parseFields(reply.body);
      return (
        expectHeader(reply, "Content-Type", /^application\/problem\+json\b/) ??
        differs("status in it", reply.status, fields?.["status"] ?? null) ??
        differs("kind of code", "string", typeof fields?.["code"]) ??
        differs("kind of request_id", "string", typeof fields?.["request_id"])
      );
    },
  ),
  refuses("head-claims-nothing", "HEAD never claims", WHO, [
    [{ method: "HEAD", target: CLAIM }, 405],
    [{ method: "HEAD", target: "/startup/inject?KEY1=value1" }, 405],
  ]),
  refuses("options-claims-nothing", "OPTIONS never claims", WHO, [
    [{ method: "OPTIONS", target: CLAIM }, 405],
    [{ method: "OPTIONS", target: "*" }, 405],
  ]),
  refuses(
    "methods",
    "Other methods are refused, with Allow where the method is known",
    "RFC 9110 section 15.5.6",
    [
      [{ method: "PUT", target: CLAIM }, 405],
      [{ method: "DELETE", target: CLAIM }, 405],
      [{ method: "POST", target: "{health}", headers: JSON_TYPE, body: "{}" }, 405],
    ],
    (reply) => expectHeader(reply, "Allow", /\bGET\b/),
  ),
  refuses(
    "unknown-methods",
    "A method that nobody knows is not implemented",
    "RFC 9110 section 9.1",
    [
      [{ method: "FROB", target: CLAIM }, 501],
      [{ method: "get", target: CLAIM }, 501],
    ],
  ),
  refuses("paths", "Paths are compared exactly", "README, The contract", [
    [{ target: "/other?KEY1=value1" }, 404],
    [{ target: "//?KEY1=value1" }, 404],
    [{ target: "/startup/inject/?KEY1=value1" }, 404],
    [{ target: "/STARTUP/inject?KEY1=value1" }, 404],
    [{ target: "/startup/%69nject?KEY1=value1" }, 404],
    [{ target: "/startup/../?KEY1=value1" }, 404],
  ]),
  refuses("web-pages", "What a browser sends across sites, or as a prefetch, is refused", WHO, [
    [{ target: CLAIM, headers: { "Sec-Fetch-Site": "cross-site" } }, 403],
    [{ target: CLAIM, headers: { "Sec-Fetch-Site": "same-site" } }, 403],
    [{ target: CLAIM, headers: { Origin: "http://attacker.example" } }, 403],
    [json('{"KEY1":"value1"}', { Origin: "null" }), 403],
    [{ target: CLAIM, headers: { "Sec-Purpose": "prefetch" } }, 403],
    [{ target: CLAIM, headers: { Purpose: "prefetch" } }, 403],
  ]),
  refuses("names", "Names that are none are refused", VARIABLES, [
    [{ target: "{claim}?1KEY=value1" }, 422],
    [{ target: "{claim}?KEY%201=value1" }, 422],
    [{ target: "{claim}?=value1" }, 422],
    [json('{"KEY=1":"value1"}'), 422],
  ]),
  refuses(
    "dangerous-names",
    "Names whose values become code are refused",
    VARIABLES,
    [
      [{ target: "{claim}?PATH=geheimnis" }, 422],
      [{ target: "{claim}?LD_PRELOAD=geheimnis" }, 422],
      [json('{"BASH_ENV":"geheimnis"}'), 422],
      [form("NODE_OPTIONS=geheimnis"), 422],
      [{ target: "{claim}?STARTUP_SERVER_PORT=geheimnis" }, 422],
    ],
    expectProblemWithout("geheimnis"),
  ),
  refuses(
    "all-or-nothing",
    "One wrong variable refuses all, and the answer names it",
    "README, All or nothing",
    [[json('{"KEY1":"geheimnis","PATH":"geheimnis","KEY2":"value2"}'), 422]],
    (reply) =>
      expectProblemWithout("geheimnis")(reply) ??
      (reply.body.includes('"PATH"') ? undefined : "the answer: expected the name PATH, got none"),
  ),
  refuses("two-values", "The same name with two values is refused", VARIABLES, [
    [{ target: "{claim}?KEY1=value1&KEY1=value2" }, 422],
    [form("KEY1=value1&KEY1=value2"), 422],
    [json('{"KEY1":"value1","KEY1":"value1"}'), 400],
  ]),
  refuses("escapes", "Broken escapes and broken UTF-8 are refused, never replaced", VARIABLES, [
    [{ target: "{claim}?KEY1=%zz" }, 400],
    [{ target: "{claim}?KEY1=%c3%28" }, 400],
    [{ target: "{claim}?KEY1=%c0%af" }, 400],
    [form("KEY1=%"), 400],
  ]),
  refuses("nul", "A value with NUL is refused", VARIABLES, [
    [{ target: "{claim}?KEY1=a%00b" }, 422],
    [json('{"KEY1":"a\\u0000b"}'), 422],
  ]),
  refuses("lone-surrogates", "A lone surrogate is refused", VARIABLES, [
    [json('{"KEY1":"\\ud800"}'), 422],
  ]),
  refuses("too-long", "A variable that Linux would not run anything with is refused", VARIABLES, [
    [form(`KEY1=${"v".repeat(131_067)}`), 422],
  ]),
  refuses("not-strings", "JSON values other than strings are refused", VARIABLES, [
    [json('{"KEY1":8080}'), 422],
    [json('{"KEY1":true}'), 422],
    [json('{"KEY1":null}'), 422],
    [json('{"KEY1":["value1"]}'), 422],
    [json('{"KEY1":{"KEY2":"value2"}}'), 422],
  ]),
  refuses("malformed-json", "A body that is not one JSON object is refused", VARIABLES, [
    [json(""), 400],
    [json("null"), 400],
    [json('["KEY1"]'), 400],
    [json('{"KEY1":"value1"'), 400],
    [json('{"KEY1":"value1"} {}'), 400],
    [json('\ufeff{"KEY1":"value1"}'), 400],
    [json(`{"KEY1":${"[".repeat(100_000)}`), 400],
  ]),
  refuses("query-beside-body", "A query beside a body is refused", "README, The contract", [
    [{ ...json('{"KEY1":"value1"}'), target: "{claim}?KEY2=value2" }, 400],
  ]),
  refuses(
    "media-types",
    "Bodies of other media types, or encoded ones, are refused",
    "RFC 9110 section 15.5.16",
    [
      [{ method: "POST", headers: { "Content-Type": "text/plain" }, body: "KEY1=value1" }, 415],
      [{ method: "POST", body: '{"KEY1":"value1"}' }, 415],
      [json('{"KEY1":"value1"}', { "Content-Encoding": "gzip" }), 415],
      [json('{"KEY1":"value1"}', { "Content-Type": "application/json; charset=latin1" }), 415],
    ],
  ),
  refuses("limits", "A target, a header section and a body over the limit are refused", LIMITS, [
    [{ target: `{claim}?KEY1=${"v".repeat(2 << 20)}` }, 414],
    [{ target: CLAIM, headers: { "X-Long": "v".repeat(64 << 10) } }, 431],
    [{ method: "POST", headers: { ...JSON_TYPE, "Content-Length": String(2 << 20) } }, 413],
  ]),
];
