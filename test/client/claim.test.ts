/** The client's library: every outcome, told apart, against servers that misbehave as scripted. */

import { createHash } from "node:crypto";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { claim, type ClaimOptions, type Outcome, type Variables } from "../../client/claim.ts";
import { reactionTo } from "../../client/reactions.ts";
import { PROBLEMS, type ProblemCode } from "../../src/problems.ts";
import {
  answer,
  closeUnanswered,
  cut,
  lastly,
  problem,
  type Reply,
  reset,
  type Script,
  ScriptedServer,
  stayAway,
  tellStatus,
} from "./scripted-server.ts";

const SECRET = "tr0ub4dor&3 geheim";
const TOKEN = "0123456789abcdef0123456789abcdef";
const VARIABLES = { KEY1: SECRET, KEY2: "value2" };
const FILE = `KEY1='${SECRET}'\nKEY2=value2\n`;

const OUTPUT = {
  file: ".env",
  dialect: "portable",
  length: FILE.length,
  sha256: createHash("sha256").update(FILE).digest("hex"),
  uncommon_names: [],
};
const RECEIPT = {
  names: ["KEY1", "KEY2"],
  count: 2,
  ...OUTPUT,
  request_id: "its",
  replayed: false,
  outputs: [OUTPUT],
};

function receipt(more: object = {}): Reply {
  return answer(200, { ...RECEIPT, ...more }, "application/json");
}

const FAST: ClaimOptions = { token: TOKEN, deadlineMs: 1_500, attemptMs: 300 };

const ACCEPTED_AND_CUT = cut(
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{",
);

type Row = readonly [
  sentence: string,
  script: Script,
  expected: object,
  claims: number,
  options?: ClaimOptions,
];

const ENDINGS: readonly Row[] = [
  [
    "is claimed and verified where the digest is right",
    { claim: [receipt()] },
    {
      outcome: "claimed",
      verified: true,
      receipt: {
        names: ["KEY1", "KEY2"],
        outputs: [
          {
            file: ".env",
            dialect: "portable",
            length: FILE.length,
            sha256: OUTPUT.sha256,
            uncommonNames: [],
          },
        ],
        requestId: "its",
        replayed: false,
      },
      attempts: 1,
    },
    1,
  ],
  [
    "is claimed where somebody has sent the same already",
    { claim: [receipt({ replayed: true })] },
    { outcome: "claimed", verified: true, receipt: { replayed: true } },
    1,
  ],
  [
    "is claimed after the server was slow to come up",
    { health: [reset, answer(503, "no"), stayAway, answer(200, "success")], claim: [receipt()] },
    { outcome: "claimed", verified: true, attempts: 1 },
    1,
  ],
  [
    "is claimed, unverified, in a dialect that is not known here",
    { claim: [receipt({ outputs: [OUTPUT, { ...OUTPUT, dialect: "klingon" }] })] },
    { outcome: "claimed", verified: false, reason: "unknown_dialect" },
    1,
  ],
  [
    "is claimed, unverified, where the server writes no file",
    { claim: [receipt({ file: null, dialect: null, sha256: null, outputs: [] })] },
    { outcome: "claimed", verified: false, reason: "no_output", receipt: { outputs: [] } },
    1,
  ],
  [
    "is unknown where the answer is OK alone, as of one that does not read what is posted",
    { claim: [answer(200, "OK")] },
    { outcome: "unknown", reason: "no_receipt", evidence: "none", lastFailure: "200" },
    1,
  ],
  [
    "mismatches where another digest was written",
    { claim: [receipt({ outputs: [{ ...OUTPUT, sha256: "0".repeat(64) }] })] },
    { outcome: "mismatched", differing: [".env"] },
    1,
  ],
  [
    "mismatches where another length was written",
    { claim: [receipt({ outputs: [{ ...OUTPUT, length: 1 }] })] },
    { outcome: "mismatched", differing: [".env"] },
    1,
  ],
  [
    "mismatches where one output of a dialect is wrong beside one that is not known",
    {
      claim: [
        receipt({
          outputs: [
            { ...OUTPUT, dialect: "klingon" },
            { ...OUTPUT, length: 1 },
          ],
        }),
      ],
    },
    { outcome: "mismatched", differing: [".env"] },
    1,
  ],
  [
    "mismatches where other names were taken",
    { claim: [receipt({ names: ["KEY2", "KEY1"] })] },
    { outcome: "mismatched", differing: ["names"] },
    1,
  ],
  [
    "mismatches where other names were taken and no file was written",
    { claim: [receipt({ names: ["KEY1"], outputs: [] })] },
    { outcome: "mismatched", differing: ["names"] },
    1,
  ],
  [
    "is refused with each variable's problem",
    {
      claim: [
        problem(422, "refused_variables", {
          detail: "KEY2: refused",
          errors: [
            { name: "KEY2", code: "dangerous_name", reason: "refused" },
            { name: "not a name", code: "brand_new", reason: "because" },
          ],
        }),
      ],
    },
    {
      outcome: "refused",
      by: "server",
      problem: {
        code: "refused_variables",
        status: 422,
        detail: "KEY2: refused",
        variables: [
          { name: "KEY2", code: "dangerous_name", reason: "refused" },
          { name: "(not shown)", code: "unrecognized", reason: "because" },
        ],
      },
      attempts: 1,
    },
    1,
  ],
  [
    "is refused by a code that is newer than the client",
    { claim: [problem(418, "short_and_stout")] },
    { outcome: "refused", by: "server", problem: { code: "unrecognized", status: 418 } },
    1,
  ],
  [
    "is refused by a stranger's 404",
    { claim: [answer(404, "<html>", "text/html")] },
    { outcome: "refused", problem: { code: "unrecognized", status: 404 } },
    1,
  ],
  [
    "follows no redirect",
    { claim: [answer(307, "", "text/plain", ["Location: /elsewhere"])] },
    { outcome: "refused", problem: { code: "unrecognized", status: 307 } },
    1,
  ],
  [
    "is refused where the server stays crowded until the deadline",
    { claim: [problem(503, "too_many_connections")] },
    { outcome: "refused", problem: { code: "too_many_connections" } },
    -1,
  ],
  [
    "is claimed where the server was crowded at first",
    { claim: [problem(503, "too_many_connections"), problem(408, "request_timeout"), receipt()] },
    { outcome: "claimed", attempts: 3 },
    3,
  ],
  [
    "is taken by another environment",
    { claim: [problem(409, "already_claimed")] },
    { outcome: "taken", problem: { code: "already_claimed", status: 409 } },
    1,
  ],
  [
    "is sent again where the answer was lost and the server still waits",
    { claim: [reset, receipt()] },
    { outcome: "claimed", verified: true, attempts: 2 },
    2,
  ],
  [
    "is sent again where no answer came in time",
    { claim: [stayAway, receipt()] },
    { outcome: "claimed", verified: true, attempts: 2 },
    2,
  ],
  [
    "hears the receipt again where the server is claimed",
    {
      claim: [closeUnanswered, receipt({ replayed: true })],
      status: [tellStatus({ state: "claimed" })],
    },
    { outcome: "claimed", verified: true, receipt: { replayed: true }, attempts: 2 },
    2,
  ],
  [
    "hears after a lost answer that another environment has won",
    {
      claim: [closeUnanswered, problem(409, "already_claimed")],
      status: [tellStatus({ state: "claimed" })],
    },
    { outcome: "taken", attempts: 2 },
    2,
  ],
  [
    "goes on asking where a gateway answers for the server",
    {
      claim: [answer(502, "bad gateway", "text/html"), receipt()],
      status: [answer(502, "bad gateway", "text/html"), reset, tellStatus({ state: "waiting" })],
    },
    { outcome: "claimed", attempts: 2 },
    2,
  ],
  [
    "does not take a gateway's 408 for a refusal",
    { claim: [answer(408, "waited long enough"), receipt({ replayed: true })] },
    { outcome: "claimed", verified: true, attempts: 2 },
    2,
  ],
  [
    "does not take a stranger's refusal for the fate of what was sent before",
    { claim: [reset, answer(404, "no such container"), receipt({ replayed: true })] },
    { outcome: "claimed", attempts: 3 },
    3,
  ],
  [
    "does not take a failed commit for the fate of what was sent before",
    { claim: [reset, problem(500, "commit_failed"), receipt()] },
    { outcome: "claimed", attempts: 3 },
    3,
  ],
  [
    "is refused where the first try fails to be written",
    { claim: [problem(500, "commit_failed")] },
    { outcome: "refused", problem: { code: "commit_failed", status: 500 } },
    1,
  ],
  [
    "is unknown where the answer was lost and nobody listens any more",
    { claim: [lastly(reset)] },
    {
      outcome: "unknown",
      reason: "server_gone",
      evidence: "none",
      lastFailure: "ECONNREFUSED",
      attempts: 1,
    },
    1,
  ],
  [
    "is unknown, but accepted, where the answer broke off behind its 200",
    { claim: [lastly(ACCEPTED_AND_CUT)] },
    { outcome: "unknown", reason: "server_gone", evidence: "accepted" },
    1,
  ],
  [
    "is unknown, without evidence, where another's answer broke off behind its 200",
    { claim: [lastly(cut("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"))] },
    { outcome: "unknown", reason: "server_gone", evidence: "none" },
    1,
  ],
  [
    "is unknown, with what was heard, where the server goes between two questions",
    { claim: [reset], status: [lastly(tellStatus({ state: "claimed" }))] },
    { outcome: "unknown", reason: "server_gone", evidence: "claimed", attempts: 1 },
    1,
  ],
  [
    "is not sent to a server that has started since",
    { claim: [reset], status: [tellStatus({ state: "waiting", uptimeMs: 0 })] },
    { outcome: "unknown", reason: "another_server", evidence: "none", attempts: 1 },
    1,
  ],
  [
    "is not sent to whatever listens there now",
    { claim: [reset], status: [answer(404, "<html>", "text/html")] },
    { outcome: "unknown", reason: "another_server", lastFailure: "404", attempts: 1 },
    1,
  ],
  [
    "is unknown where nothing is answered any more until the deadline",
    { claim: [reset], status: [stayAway] },
    { outcome: "unknown", reason: "deadline", lastFailure: "TIMEOUT", attempts: 1 },
    1,
  ],
  [
    "is unreachable where the health check is never answered",
    { health: [reset] },
    { outcome: "unreachable", reason: "deadline", lastFailure: "ECONNRESET", attempts: 0 },
    0,
  ],
  [
    "is unreachable where something else answers the health check",
    { health: [answer(200, "<html>Welcome", "text/html")] },
    { outcome: "unreachable", reason: "deadline", lastFailure: "200", attempts: 0 },
    0,
  ],
  [
    "tells what was heard before the attempt that the deadline cut short",
    { health: [answer(503, "no"), stayAway] },
    { outcome: "unreachable", reason: "deadline", lastFailure: "503", attempts: 0 },
    0,
    { deadlineMs: 500, attemptMs: 10_000 },
  ],
  [
    "takes OK from the older generation",
    { claim: [answer(200, "OK")] },
    { outcome: "claimed", verified: false, reason: "no_receipt", attempts: 1 },
    1,
    { generation: "query" },
  ],
  [
    "takes OK in JSON from the older generation",
    { claim: [answer(200, '"OK"', "application/json")] },
    { outcome: "claimed", verified: false, reason: "no_receipt", attempts: 1 },
    1,
    { generation: "query" },
  ],
  [
    "is never sent again to the older generation",
    { claim: [reset] },
    { outcome: "unknown", reason: "answer_lost", evidence: "none", attempts: 1 },
    1,
    { generation: "query" },
  ],
  [
    "is refused by the older generation's 422",
    { claim: [answer(422, { detail: [{ input: SECRET }] }, "application/json")] },
    { outcome: "refused", problem: { code: "unrecognized", status: 422 } },
    1,
    { generation: "query" },
  ],
];

async function run(script: Script, options: ClaimOptions = {}): Promise<[Outcome, ScriptedServer]> {
  const server = await ScriptedServer.start(script);
  return [await claim(server.url, VARIABLES, { ...FAST, ...options }), server];
}

function expectNoSecret(outcome: Outcome): void {
  const shown = [
    inspect(outcome, { depth: Infinity, showHidden: true }),
    JSON.stringify(outcome),
    String(outcome),
  ].join("\n");
  for (const secret of [SECRET, TOKEN, encodeURIComponent(SECRET)]) {
    expect(shown).not.toContain(secret);
  }
}

describe("a claim", () => {
  it.each(ENDINGS.map((row) => [row[0], row] as const))("%s", async (_sentence, row) => {
    const [, script, expected, claims, options] = row;
    const [outcome, server] = await run(script, options);
    expect(outcome).toMatchObject(expected);
    if (claims >= 0) expect(server.heard.claim).toHaveLength(claims);
    else expect(server.heard.claim.length).toBeGreaterThan(1);
    expectNoSecret(outcome);
    expect(outcome.durationMs).toBeLessThan(2_500);
  });

  it.each(Object.keys(PROBLEMS) as ProblemCode[])("understands %s", async (code) => {
    const [status] = PROBLEMS[code];
    const [outcome] = await run({ claim: [problem(status, code), receipt()] });
    const expected = { refused: "refused", failed: "refused", taken: "taken", crowded: "claimed" };
    expect(outcome.outcome).toBe(expected[reactionTo(code)]);
    if ("problem" in outcome) expect(outcome.problem.code).toBe(code);
  });

  it.each([
    ["a problem's detail", problem(422, "refused_variables", { detail: `bad: ${SECRET}` })],
    [
      "a variable's problem",
      problem(422, "refused_variables", {
        errors: [{ name: TOKEN, code: SECRET, reason: `got ${SECRET}` }],
      }),
    ],
    ["a problem's code", problem(422, SECRET)],
    ["a receipt's file", receipt({ outputs: [{ ...OUTPUT, file: SECRET, length: 1 }] })],
    ["a receipt's dialect", receipt({ outputs: [{ ...OUTPUT, dialect: SECRET }] })],
    ["a receipt's names", receipt({ names: [SECRET, TOKEN] })],
    ["a receipt's request id", receipt({ request_id: `Bearer ${TOKEN}`, names: [] })],
    ["a stranger's page", answer(404, `<html>${SECRET}`, "text/html")],
  ])("repeats nothing that is secret from %s", async (_sentence, reply) => {
    const [outcome] = await run({ claim: [reply] });
    expectNoSecret(outcome);
  });

  it("is unreachable where nobody ever listens, and says so by errno", async () => {
    const [, server] = await run({ claim: [receipt()] });
    const { url } = server;
    server.leave();
    const outcome = await claim(url, VARIABLES, { deadlineMs: 200 });
    const expected = { outcome: "unreachable", lastFailure: "ECONNREFUSED", attempts: 0 };
    expect(outcome).toMatchObject(expected);
    expect(outcome.durationMs).toBeGreaterThanOrEqual(190);
  });

  it("is sent ever more rarely to a server that never answers it", async () => {
    const server = await ScriptedServer.start({ claim: [reset] });
    const url = server.url.replace("127.0.0.1", "localhost");
    const outcome = await claim(url, VARIABLES, FAST);
    expect(outcome).toMatchObject({ outcome: "unknown", reason: "deadline" });
    expect(outcome.attempts).toBe(server.heard.claim.length);
    expect(outcome.attempts).toBeGreaterThan(1);
    expect(outcome.attempts).toBeLessThan(40);
  });

  it("waits for a server that comes up later", async () => {
    const first = await ScriptedServer.start({});
    const { url } = first;
    first.leave();
    const claimed = claim(url, VARIABLES, { deadlineMs: 10_000 });
    await delay(100);
    await ScriptedServer.start({ claim: [receipt()] }, Number(new URL(url).port));
    expect(await claimed).toMatchObject({ outcome: "claimed", verified: true });
  });

  it("sends the token with the claim alone, and one request id with all", async () => {
    const script = { claim: [reset, receipt()] };
    const [outcome, { heard }] = await run(script);
    for (const request of heard.claim) expect(request).toContain(`Authorization: Bearer ${TOKEN}`);
    for (const request of [...heard.health, ...heard.status]) expect(request).not.toContain(TOKEN);
    for (const request of Object.values(heard).flat()) {
      expect(request).toContain(`X-Request-ID: ${outcome.requestId}`);
      expect(request).toContain("Connection: close");
    }
  });

  it("sends JSON in the variables' order, whatever their names are", async () => {
    const server = await ScriptedServer.start({ claim: [answer(200, "OK")] });
    const pairs = [
      ["Z", "1"],
      ["__proto__", "ü\n"],
      ["A", ""],
    ] as const;
    await claim(server.url, new Map(pairs));
    expect(server.heard.claim[0]).toMatch(/^POST \/ HTTP/);
    expect(server.heard.claim[0]).toContain('\r\n\r\n{"Z":"1","__proto__":"ü\\n","A":""}');
  });

  it("sends a query to the older generation", async () => {
    const server = await ScriptedServer.start({ claim: [answer(200, "OK")] });
    await claim(`${server.url}/startup/inject`, { A: "1&b=ü +%", B: "" }, { generation: "query" });
    expect(server.heard.health[0]).toMatch(/^GET \/startup\/heart_beat HTTP/);
    expect(server.heard.claim[0]).toMatch(
      /^GET \/startup\/inject\?A=1%26b%3D%C3%BC\+%2B%25&B= HTTP/,
    );
  });

  it("refuses by itself what no server takes, and sends nothing", async () => {
    const server = await ScriptedServer.start({ claim: [receipt()] });
    const variables: Record<string, string> = JSON.parse(
      '{"PORT": 8080, "A": null, "B": {}, "C": ["x"], "D": true, "1": "x", "OK": "fine"}',
    );
    const outcome = await claim(server.url, variables);
    expect(outcome).toMatchObject({ outcome: "refused", by: "client", attempts: 0 });
    const problems = outcome.outcome === "refused" ? outcome.problem.variables : [];
    expect(problems.map(({ name, code }) => [name, code])).toEqual([
      ["1", "invalid_name"],
      ["PORT", "not_a_string"],
      ["A", "not_a_string"],
      ["B", "not_a_string"],
      ["C", "not_a_string"],
      ["D", "not_a_string"],
    ]);
    expect(server.heard).toEqual({ health: [], claim: [], status: [] });
  });

  it.each([
    ["no URL", "KEY1=geheim"],
    ["another protocol", "ftp://geheim/"],
    ["a user", "http://geheim@localhost/"],
    ["a password", "http://:geheim@localhost/"],
    ["a query", "http://localhost/?KEY=geheim"],
    ["an empty query", "http://localhost/?"],
    ["a fragment", "http://localhost/#geheim"],
  ])("is no call with %s, which is not repeated", async (_sentence, url) => {
    const thrown: unknown = await claim(url, {}).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(TypeError);
    expect(String(thrown)).toMatch(/url: expected an http or https URL/);
    expect(inspect(thrown)).not.toContain("geheim");
  });

  // As callers in JavaScript may give them.
  it.each([
    ["text", '"KEY1=geheim"'],
    ["nothing", "null"],
    ["a list of text", '["geheim"]'],
    ["a list of nothing", "[null]"],
    ["a name that is no text", '[[1,"geheim"]]'],
  ])("is no call with %s for variables, which is not repeated", async (_sentence, json) => {
    const variables: Variables = JSON.parse(json);
    const thrown: unknown = await claim("http://localhost", variables).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(TypeError);
    expect(String(thrown)).toMatch(/variables: expected an object of strings, or pairs/);
    expect(inspect(thrown)).not.toContain("geheim");
  });

  it("is no call with a generation that there is none of", async () => {
    const options: ClaimOptions = JSON.parse('{"generation":"older"}');
    const called = claim("http://localhost", {}, options);
    await expect(called).rejects.toThrow(new TypeError("generation: expected json or query"));
  });

  it.each<[string, ClaimOptions, RegExp]>([
    ["no time", { deadlineMs: 0 }, /deadlineMs: expected milliseconds/],
    ["time that is no number", { attemptMs: NaN }, /attemptMs: expected milliseconds/],
    ["more time than there is", { deadlineMs: Infinity }, /deadlineMs: expected milliseconds/],
    ["a token that no header carries", { token: "geheim\r\nA: b" }, /token: expected a token/],
    ["a time that is none", { sentAtMs: NaN }, /sentAtMs: expected milliseconds since 1970/],
  ])("is no call with %s", async (_sentence, options, sentence) => {
    const thrown: unknown = await claim("http://localhost", {}, options).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(TypeError);
    expect(String(thrown)).toMatch(sentence);
    expect(inspect(thrown)).not.toContain("geheim");
  });
});

describe("a claim that is aborted", () => {
  it.each<[string, Script, object]>([
    ["before anything is sent is unreachable", { health: [stayAway] }, { outcome: "unreachable" }],
    ["while the answer is awaited is unknown", { claim: [stayAway] }, { outcome: "unknown" }],
    [
      "while its fate is asked for is unknown",
      { claim: [ACCEPTED_AND_CUT], status: [stayAway] },
      { outcome: "unknown", evidence: "accepted" },
    ],
  ])("%s", async (_sentence, script, expected) => {
    const server = await ScriptedServer.start(script);
    const signal = AbortSignal.timeout(150);
    const outcome = await claim(server.url, VARIABLES, { signal });
    expect(outcome).toMatchObject({ ...expected, reason: "aborted" });
    expect(outcome.durationMs).toBeLessThan(1_000);
  });

  it("ends with all others that share its signal, of which Node does not warn", async () => {
    const server = await ScriptedServer.start({ health: [stayAway] });
    const warned: string[] = [];
    const hear = (warning: Error): number => warned.push(warning.name);
    process.on("warning", hear);
    const controller = new AbortController();
    const claims = Array.from({ length: 50 }, () =>
      claim(server.url, VARIABLES, { signal: controller.signal }),
    );
    while (server.heard.health.length < 50) await delay(5);
    controller.abort();
    const outcomes = await Promise.all(claims);
    process.off("warning", hear);
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["unreachable"]));
    expect(warned).toEqual([]);
  });

  it("before it begins asks nobody", async () => {
    const server = await ScriptedServer.start({});
    const outcome = await claim(server.url, VARIABLES, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ outcome: "unreachable", reason: "aborted" });
    expect(server.heard.health).toEqual([]);
  });
});

describe("a claim whose earlier outcome was unknown", () => {
  it("is sent to the server that has been there since then", async () => {
    const server = await ScriptedServer.start({
      claim: [receipt()],
      status: [tellStatus({ state: "waiting", uptimeMs: 60_000 })],
    });
    const sentAtMs = Date.now() - 30_000;
    expect(await claim(server.url, VARIABLES, { sentAtMs })).toMatchObject({ outcome: "claimed" });
  });

  it.each<[string, Script, string]>([
    [
      "is not sent to a younger one",
      { status: [tellStatus({ state: "waiting", uptimeMs: 20_000 })] },
      "another_server",
    ],
    ["is not sent where something else listens", { status: [answer(404, "")] }, "another_server"],
    ["stays unknown where the server goes", { status: [lastly(reset)] }, "server_gone"],
  ])("%s", async (_sentence, script, reason) => {
    const server = await ScriptedServer.start(script);
    const sentAtMs = Date.now() - 30_000;
    const outcome = await claim(server.url, VARIABLES, { ...FAST, sentAtMs });
    expect(outcome).toMatchObject({ outcome: "unknown", reason, sentAtMs, attempts: 0 });
    expect(server.heard).toMatchObject({ health: [], claim: [] });
  });
});

describe("a claim whose earlier outcome was unknown by a clock that was set back since", () => {
  it("is sent to nobody", async () => {
    const server = await ScriptedServer.start({ claim: [receipt()] });
    const sentAtMs = Date.now() + 30_000;
    const outcome = await claim(server.url, VARIABLES, { ...FAST, sentAtMs });
    expect(outcome).toMatchObject({ outcome: "unknown", reason: "another_server", sentAtMs });
    expect(server.heard.claim).toEqual([]);
  });
});

/** Does not compile unless the outcomes narrow, and all are there. */
export function narrow(outcome: Outcome): string {
  switch (outcome.outcome) {
    case "claimed":
      return outcome.verified ? outcome.receipt.requestId : outcome.reason;
    case "mismatched":
      return outcome.differing.join(", ");
    case "refused":
      return outcome.by + outcome.problem.code;
    case "taken":
      return outcome.problem.detail;
    case "unknown":
      return outcome.reason + outcome.evidence;
    case "unreachable":
      return outcome.lastFailure;
    default:
      return outcome satisfies never;
  }
}
