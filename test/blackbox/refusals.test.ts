/** Claims that are refused: each hears why, spends nothing and changes nothing. */

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeOnEachHost, start } from "./program.ts";
import { call, claim, heartBeat, type Sent } from "./wire.ts";

type Case = readonly [sentence: string, sent: Sent, status: number, code: string, errors?: Errors];

/** The variables that the answer names, each with its code. */
type Errors = readonly (readonly [name: string, code: string])[];

function json(body: string): Sent {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body };
}

function form(body: string): Sent {
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  return { method: "POST", headers, body };
}

const REFUSED: readonly Case[] = [
  [
    "a query beside a body",
    { ...json('{"KEY1":"value1"}'), target: "/?KEY2=value2" },
    400,
    "query_beside_body",
  ],
  [
    "a body without a media type",
    { method: "POST", body: "KEY1=1" },
    415,
    "unsupported_media_type",
  ],
  [
    "a media type that carries no variables",
    { method: "POST", headers: { "Content-Type": "text/plain" }, body: "KEY1=1" },
    415,
    "unsupported_media_type",
  ],
  [
    "a charset that is not UTF-8",
    { ...json("{}"), headers: { "Content-Type": "application/json; charset=latin1" } },
    415,
    "unsupported_media_type",
  ],
  [
    "a compressed body",
    { ...json("{}"), headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" } },
    415,
    "unsupported_content_encoding",
  ],
  [
    "an expectation that cannot be met",
    { headers: { Expect: "a miracle" } },
    417,
    "unsupported_expectation",
  ],
  ["a broken percent-escape", { target: "/?KEY1=100%" }, 400, "malformed_encoding"],
  ["a percent-escape of other digits", form("KEY1=%zz"), 400, "malformed_encoding"],
  ["invalid UTF-8 in an escape", { target: "/?KEY1=%FF" }, 400, "malformed_encoding"],
  ["an overlong form", { target: "/?KEY1=%C0%AF" }, 400, "malformed_encoding"],
  ["a surrogate in UTF-8", form("KEY1=%ED%A0%80"), 400, "malformed_encoding"],
  ["a body that is not JSON", json("KEY1=value1"), 400, "malformed_json"],
  ["an empty JSON body", json(""), 400, "malformed_json"],
  ["JSON null", json("null"), 400, "malformed_json"],
  ["a JSON array", json("[]"), 400, "malformed_json"],
  ["a JSON string", json('"KEY1"'), 400, "malformed_json"],
  ["JSON with a tail", json("{}{}"), 400, "malformed_json"],
  ["JSON with a trailing comma", json('{"KEY1":"1",}'), 400, "malformed_json"],
  ["JSON behind a byte order mark", json("\uFEFF{}"), 400, "malformed_json"],
  ["a JSON key that comes twice", json('{"KEY1":"1","KEY1":"1"}'), 400, "malformed_json"],
  [
    "JSON a hundred thousand levels deep that never ends",
    json(`{"KEY1":${"[".repeat(100_000)}`),
    400,
    "malformed_json",
  ],
  [
    "JSON a hundred thousand levels deep",
    json(`{"KEY1":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
    422,
    "refused_variables",
    [["KEY1", "not_a_string"]],
  ],
  [
    "JSON values that are not strings, all of them at once",
    json('{"N":8080,"B":true,"Z":null,"A":["1"],"O":{"a":"1"},"E":1e400,"OK":"1"}'),
    422,
    "refused_variables",
    ["N", "B", "Z", "A", "O", "E"].map((name) => [name, "not_a_string"] as const),
  ],
  [
    "a lone surrogate in JSON",
    json('{"KEY1":"\\ud800"}'),
    422,
    "refused_variables",
    [["KEY1", "not_unicode"]],
  ],
  [
    "a NUL in a value",
    { target: "/?KEY1=a%00b" },
    422,
    "refused_variables",
    [["KEY1", "contains_nul"]],
  ],
  [
    "the same name twice with different values",
    { target: "/?KEY1=1&KEY2=2&KEY1=3" },
    422,
    "refused_variables",
    [["KEY1", "duplicate_name"]],
  ],
  [
    "names that are no names",
    form("1KEY=1&a.b=2&a-b=3&=4&a%20b=5"),
    422,
    "refused_variables",
    Array.from({ length: 5 }, () => [expect.any(String), "invalid_name"] as const),
  ],
  [
    "names whose values become code",
    { target: "/?LD_PRELOAD=1&PATH=2&BASH_FUNC_ls=3&NODE_OPTIONS=4&GIT_CONFIG_COUNT=5" },
    422,
    "refused_variables",
    ["LD_PRELOAD", "PATH", "BASH_FUNC_ls", "NODE_OPTIONS", "GIT_CONFIG_COUNT"].map(
      (name) => [name, "dangerous_name"] as const,
    ),
  ],
  [
    "the server's own settings",
    json('{"STARTUP_SERVER_PORT":"1"}'),
    422,
    "refused_variables",
    [["STARTUP_SERVER_PORT", "dangerous_name"]],
  ],
  [
    "a variable too long to run anything with",
    form(`KEY1=${"v".repeat(131_067)}`),
    422,
    "refused_variables",
    [["KEY1", "too_long"]],
  ],
  [
    "a value that no reader of the dialect would get right",
    { target: "/?KEY1=it%27s%20%24HOME" },
    422,
    "refused_variables",
    [["KEY1", "not_representable"]],
  ],
  ["a body over the limit", form("v".repeat(1024 * 1024 + 1)), 413, "body_too_large"],
  ["a target over the limit", { target: `/?K=${"v".repeat(1024 * 1024)}` }, 414, "target_too_long"],
  [
    "a header section over the limit",
    { headers: { "X-Long": "v".repeat(32 * 1024) } },
    431,
    "header_too_large",
  ],
];

describeOnEachHost("a refused claim", (host) => {
  const rows = REFUSED.map(([sentence, sent, status, code, errors]) => {
    return [sentence, sent, status, code, errors] as const;
  });

  it.each(rows)("hears why: %s", async (_sentence, sent, status, code, errors) => {
    const program = await start(host);
    const envFile = join(program.directory, ".env");
    writeFileSync(envFile, "OLD=1\n");
    const answer = await call(program.port, sent);
    const problem = JSON.parse(answer.body);
    expect([answer.status, problem.status, problem.code]).toEqual([status, status, code]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(problem.request_id).toBe(answer.headers.get("x-request-id"));
    expect([problem.title, problem.detail]).toEqual([answer.reason, expect.any(String)]);
    const told = problem.errors?.map((error: Record<string, string>) => [
      error["name"],
      error["code"],
    ]);
    expect(told).toEqual(errors);
    expect((await heartBeat(program.port)).status).toBe(200);
    expect(program.readEnvFile()).toBe("OLD=1\n");
    expect(readdirSync(program.directory)).toEqual([".env"]);
    expect((await claim(program.port, "KEY3=value3")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY3=value3\n");
  });

  it("hears in the answer what to write instead of a number", async () => {
    const { port } = await start(host);
    const answer = await call(port, json('{"PORT":8080}'));
    expect(JSON.parse(answer.body).detail).toMatch(
      /^PORT: expected a string, got a number; write /,
    );
  });
});
