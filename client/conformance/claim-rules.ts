/** Rules of the claim itself, each against a server that was started for it. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { asFields, parseFields } from "../json-fields.ts";
import { type AddressRule, differs, expectHeader, expectStatus } from "./rule.ts";
import { type ProcessRule, processRule } from "./rule.ts";
import { formatRequest, type Sent } from "./wire.ts";

const FILE = "KEY1=value1\nKEY2=value2\n";
const QUERY = "KEY1=value1&KEY2=value2";
const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };
const JSON_BODY = '{"KEY1":"value1","KEY2":"value2"}';
const JSON_CLAIM: Sent = { method: "POST", headers: JSON_TYPE, body: JSON_BODY };

const CONTRACT = "README, The contract";

/** The request is a claim that is accepted with `OK`, and leaves that file. */
function takes(id: string, sentence: string, sent: Sent | string, file: string): ProcessRule {
  return processRule(id, sentence, CONTRACT, async (server) => {
    const bytes = typeof sent === "string" ? sent : formatRequest(sent);
    const reply = await server.callRaw(bytes);
    const problem = expectStatus(reply, 200) ?? differs("body", "OK", reply.body);
    return problem ?? (await server.expectClaimed(file));
  });
}

/** The one claim that a server at an address is spent for. */
export const FINAL_RULE: AddressRule = {
  id: "final-claim",
  sentence: "A claim is answered with a receipt of what was written",
  clause: CONTRACT,
  kind: "claims",
  needs: "address",
  check: async (subject) => {
    const headers = { ...JSON_TYPE, Accept: "application/json" };
    const reply = await subject.call({ ...JSON_CLAIM, headers });
    const fields = parseFields(reply.body);
    return (
      expectStatus(reply, 200) ??
      expectHeader(reply, "Content-Type", /^application\/json\b/) ??
      differs("names", ["KEY1", "KEY2"], fields?.["names"] ?? null) ??
      differs("replayed", false, fields?.["replayed"] ?? null)
    );
  },
};

export const CLAIM_RULES: readonly ProcessRule[] = [
  takes(
    "claim-query",
    "GET / takes the query, answers OK, writes the file and ends with 0",
    { target: `/?${QUERY}` },
    FILE,
  ),
  takes(
    "claim-successor",
    "GET /startup/inject does the same",
    { target: `/startup/inject?${QUERY}` },
    FILE,
  ),
  takes("claim-json", "POST takes a JSON object of strings", JSON_CLAIM, FILE),
  takes(
    "claim-form",
    "POST takes a form",
    { method: "POST", target: "/startup/inject", headers: FORM_TYPE, body: QUERY },
    FILE,
  ),
  takes("claim-empty", "A claim without variables is a claim", { target: "{claim}" }, ""),
  takes(
    "claim-decoded",
    "Percent-escapes are decoded, each to its byte",
    { target: "{claim}?KEY1=%2Fa%2fb%2Bc&K%45Y2=%3D" },
    "KEY1=/a/b+c\nKEY2='='\n",
  ),
  takes(
    "claim-chunked",
    "A chunked body is the same body",
    `POST {claim} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n${JSON_BODY.slice(0, 5)}\r\n${(JSON_BODY.length - 5).toString(16)};x=y\r\n${JSON_BODY.slice(5)}\r\n0\r\nT: v\r\n\r\n`,
    FILE,
  ),
  processRule(
    "expect-continue",
    "Expect: 100-continue is answered before the body is sent",
    "RFC 9110 section 10.1.1",
    async (server) => {
      const wire = server.connect();
      const headers = {
        ...JSON_TYPE,
        Expect: "100-continue",
        "Content-Length": String(JSON_BODY.length),
      };
      wire.send(formatRequest({ method: "POST", headers }));
      const interim = await wire.answer();
      wire.send(JSON_BODY);
      const reply = await wire.answer();
      wire.close();
      return (
        expectStatus(interim, 100) ?? expectStatus(reply, 200) ?? (await server.expectClaimed(FILE))
      );
    },
  ),
  processRule(
    "receipt",
    "The receipt tells names, count, length and digest of the file",
    CONTRACT,
    async (server) => {
      const headers = { Accept: "application/json", "X-Request-ID": "order-66" };
      const reply = await server.call({ target: `{claim}?${QUERY}`, headers });
      const fields = parseFields(reply.body);
      const problem = expectStatus(reply, 200) ?? (await server.expectClaimed(FILE));
      if (problem !== undefined) return problem;
      const told = ["names", "count", "length", "sha256", "request_id", "replayed"].map(
        (name) => fields?.[name] ?? null,
      );
      const sha256 = createHash("sha256").update(readFileSync(server.file)).digest("hex");
      const expected = [["KEY1", "KEY2"], 2, FILE.length, sha256, "order-66", false];
      const [output] = Array.isArray(fields?.["outputs"]) ? fields["outputs"] : [];
      return (
        differs("receipt", expected, told) ??
        differs("digest of the first output", sha256, asFields(output)?.["sha256"] ?? null)
      );
    },
  ),
  processRule(
    "exactly-one",
    "Of many simultaneous claims exactly one wins",
    "README, Exactly one",
    async (server) => {
      const contenders = Array.from({ length: 40 }, (_, index) => `WINNER=${index}`);
      const wires = contenders.map(() => server.connect());
      for (const [index, wire] of wires.entries()) {
        wire.send(formatRequest({ target: `{claim}?${contenders[index]}` }));
      }
      const replies = await Promise.all(wires.map((wire) => wire.answer()));
      for (const wire of wires) wire.close();
      const winners = contenders.filter((_, index) => replies[index]?.status === 200);
      const others = replies.filter(({ status }) => ![200, 409, 0].includes(status));
      return (
        differs("claims that were accepted", 1, winners.length) ??
        differs(
          "other statuses than 409",
          [],
          others.map(({ status }) => status),
        ) ??
        (await server.expectClaimed(`${winners[0]}\n`))
      );
    },
  ),
  processRule(
    "replay",
    "While the winner is answered, the same again hears the same, another 409",
    "README, Exactly one",
    async (server) => {
      const winner = server.connect();
      // Nobody else can reach the server once the winner has gone.
      const [same, other] = [server.connect(), server.connect()];
      const headers = { Accept: "application/json" };
      winner.send(formatRequest({ target: `{claim}?${QUERY}`, headers }));
      const won = await winner.answer();
      same.send(formatRequest({ target: `{claim}?${QUERY}`, headers }));
      other.send(formatRequest({ target: "{claim}?KEY1=other" }));
      const [replayed, refused] = await Promise.all([same.answer(), other.answer()]);
      for (const wire of [winner, same, other]) wire.close();
      const [first, second] = [parseFields(won.body), parseFields(replayed.body)];
      return (
        expectStatus(won, 200) ??
        expectStatus(replayed, 200) ??
        differs("replayed", [false, true], [first?.["replayed"], second?.["replayed"]]) ??
        differs("digest", first?.["sha256"], second?.["sha256"] ?? null) ??
        expectStatus(refused, 409) ??
        (await server.expectClaimed(FILE))
      );
    },
  ),
  processRule(
    "vanished-caller",
    "A caller who has sent all and does not wait for the answer has claimed all the same",
    "README, Exit status",
    async (server) => {
      const wire = server.connect();
      wire.send(formatRequest({ target: "{health}" }));
      // Answered, so that the connection has been accepted when its caller goes.
      const reply = await wire.answer();
      wire.send(formatRequest({ target: `{claim}?${QUERY}` }));
      wire.finish();
      wire.close();
      return expectStatus(reply, 200) ?? (await server.expectClaimed(FILE));
    },
  ),
  processRule(
    "token",
    "With a token only its bearer claims, and the health check needs none",
    "README, Who may claim",
    async (server) => {
      const none = await server.call({ target: `{claim}?${QUERY}` });
      const wrong = await server.call({
        target: `{claim}?${QUERY}`,
        headers: { Authorization: "Bearer s3same" },
      });
      const problem =
        expectStatus(none, 401) ??
        expectStatus(wrong, 401) ??
        expectHeader(wrong, "WWW-Authenticate", /^Bearer\b/);
      const untouched = problem ?? (await server.expectUntouched());
      if (untouched !== undefined) return untouched;
      const right = await server.call({
        target: `{claim}?${QUERY}`,
        headers: { Authorization: "Bearer sesame" },
      });
      return expectStatus(right, 200) ?? (await server.expectClaimed(FILE));
    },
    { settings: { STARTUP_SERVER_TOKEN: "sesame" } },
  ),
];
