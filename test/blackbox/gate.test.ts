/** Who may claim: the token's holder, and no web page; who may not spends nothing and learns nothing: RELIABILITY P7, P8. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect, it, vi } from "vitest";
import {
  describeOnEachHost,
  type Launch,
  makeDirectory,
  PATIENCE,
  type Program,
  runToEnd,
  start,
} from "./program.ts";
import { type Answer, call, claim, formatRequest, heartBeat, type Sent, Wire } from "./wire.ts";

const TOKEN = "c4n4ry-T0ken/With+Signs==";
const HOLDER = { Authorization: `Bearer ${TOKEN}` };
const TARGET = "/?KEY1=value1";

/** How far apart wrong tokens are answered. */
const INTERVAL_MS = 200;

/** Looks for the token in every form that might give it away. */
function expectNoToken(text: string, token = TOKEN): void {
  const bytes = Buffer.from(token);
  const base64 = [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    return shifted.slice(4, shifted.length - 4);
  });
  const hex = bytes.toString("hex");
  for (const form of [token, ...base64, hex, hex.toUpperCase(), encodeURIComponent(token)]) {
    expect(text).not.toContain(form);
  }
}

function codeOf(answer: Answer): readonly [status: number, code: string] {
  return [answer.status, JSON.parse(answer.body).code];
}

async function expectClaim(program: Program, headers: Record<string, string>): Promise<void> {
  expect((await call(program.port, { target: TARGET, headers })).status).toBe(200);
  expect(await program.exit).toBe(0);
  expect(program.readEnvFile()).toBe("KEY1=value1\n");
}

function writeToken(text: string | Uint8Array): string {
  const path = join(makeDirectory(), "token");
  writeFileSync(path, text, { mode: 0o400 });
  return path;
}

const SOURCES: readonly (readonly [sentence: string, launch: () => Launch])[] = [
  ["a file", () => ({ args: ["--token-file", writeToken(TOKEN)] })],
  ["a file that ends in a newline", () => ({ args: ["--token-file", writeToken(`${TOKEN}\n`)] })],
  ["a file from Windows", () => ({ args: [`--token-file=${writeToken(`${TOKEN}\r\n`)}`] })],
  [
    "a file that a variable names",
    () => ({ env: { STARTUP_SERVER_TOKEN_FILE: writeToken(TOKEN) } }),
  ],
  ["the variable", () => ({ env: { STARTUP_SERVER_TOKEN: TOKEN } })],
];

/** Everything that is nobody's token. */
const WRONG: readonly (Record<string, string> | string)[] = [
  {},
  { Authorization: "Bearer" },
  { Authorization: "Bearer wrong" },
  { Authorization: `Bearer ${TOKEN}x` },
  { Authorization: `Bearer ${TOKEN.slice(0, -1)}` },
  { Authorization: `Bearer  ${TOKEN}` },
  { Authorization: `Basic ${Buffer.from(`:${TOKEN}`).toString("base64")}` },
  { Authorization: TOKEN },
  { "Proxy-Authorization": `Bearer ${TOKEN}` },
  `Authorization: Bearer ${TOKEN}\r\nAuthorization: Bearer ${TOKEN}`,
];

function wrongRequest(headers: Record<string, string> | string): Buffer {
  if (typeof headers !== "string") return formatRequest({ target: TARGET, headers });
  return Buffer.from(`GET ${TARGET} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`);
}

describeOnEachHost("P7, a token", (host) => {
  it.each(SOURCES)(
    "from %s is asked of every claim, and of nothing else",
    async (_source, launch) => {
      const program = await start(host, launch());
      const refused = await claim(program.port, "KEY1=value1");
      expect(codeOf(refused)).toEqual([401, "unauthorized"]);
      expect(refused.headers.get("www-authenticate")).toBe('Bearer realm="startup-server"');
      for (const target of ["/heart_beat", "/startup/heart_beat", "/status"]) {
        expect((await call(program.port, { target })).status).toBe(200);
      }
      expect((await claim(program.port, "KEY1=value1")).status).toBe(401);
      await expectClaim(program, HOLDER);
      expectNoToken(program.stderr + program.stdout + program.readEnvFile());
    },
  );

  it("P8: is never given away, nor what was offered in its place", async () => {
    const offered = "0ffered-By+Somebody/Else";
    const env = { STARTUP_SERVER_TOKEN: TOKEN };
    const program = await start(host, { env, args: ["--log-level", "debug"] });
    const all = [...WRONG, { Authorization: `Bearer ${offered}` }];
    await Promise.all(
      all.map(async (headers) => {
        const wire = await Wire.connect(program.port);
        await wire.send(wrongRequest(headers));
        const answer = await wire.answer();
        expect([headers, ...codeOf(answer)]).toEqual([headers, 401, "unauthorized"]);
        expectNoToken(JSON.stringify([...answer.headers, answer.body]));
        expectNoToken(JSON.stringify([...answer.headers, answer.body]), offered);
      }),
    );
    const status = await call(program.port, { target: "/status", headers: HOLDER });
    expectNoToken(JSON.stringify([...status.headers, status.body]));
    await expectClaim(program, { Authorization: `bearer ${TOKEN}` });
    expectNoToken(program.stderr + program.stdout);
    expectNoToken(program.stderr + program.stdout, offered);
    const refusals = program.events.filter((event) => event["code"] === "unauthorized");
    expect(refusals.length).toBeGreaterThanOrEqual(all.length);
  });

  it("that is wrong is answered one in 200 ms, over all connections; the right one at once", async () => {
    const program = await start(host, { env: { STARTUP_SERVER_TOKEN: TOKEN } });
    const wires = await Promise.all(Array.from({ length: 40 }, () => Wire.connect(program.port)));
    const startMs = performance.now();
    for (const wire of wires) await wire.send(wrongRequest({ Authorization: "Bearer wrong" }));
    const heardMs: number[] = [];
    const [first, second, third] = wires;
    for (const wire of [first, second, third]) {
      expect((await wire?.answer())?.status).toBe(401);
      heardMs.push(performance.now() - startMs);
    }
    for (const [index, ms] of heardMs.entries()) {
      expect(ms).toBeGreaterThan((index + 1) * INTERVAL_MS - 50);
    }
    expect((await heartBeat(program.port)).status).toBe(200);
    const claimStartMs = performance.now();
    await expectClaim(program, HOLDER);
    // The others would be waiting for their answers for seconds to come.
    expect(performance.now() - claimStartMs).toBeLessThan(3_000);
  });

  it("that is missing is told before a body is sent, and invites none", async () => {
    const program = await start(host, { env: { STARTUP_SERVER_TOKEN: TOKEN } });
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": "1000000",
      Expect: "100-continue",
    };
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ method: "POST", headers }));
    expect((await wire.answer()).status).toBe(401);
    expect(await wire.end()).toBe("finished");
    await expectClaim(program, HOLDER);
  });

  it.each<[sentence: string, launch: () => Launch, said: RegExp]>([
    [
      "that cannot be read",
      () => ({ args: ["--token-file", "missing"] }),
      /got ENOENT at "missing"/,
    ],
    ["that is a directory", () => ({ args: ["--token-file", "/tmp"] }), /got EISDIR at "\/tmp"/],
    ["that is empty", () => ({ args: ["--token-file", writeToken("")] }), /got nothing$/m],
    ["that is a newline", () => ({ args: ["--token-file", writeToken("\n")] }), /got nothing$/m],
    [
      "that holds a blank",
      () => ({ args: ["--token-file", writeToken(`two ${TOKEN}`)] }),
      /got another character$/m,
    ],
    [
      "that ends in two newlines",
      () => ({ args: ["--token-file", writeToken(`${TOKEN}\n\n`)] }),
      /got another character$/m,
    ],
    [
      "that is not ASCII",
      () => ({ env: { STARTUP_SERVER_TOKEN: `${TOKEN}ü` } }),
      /^startup-server: STARTUP_SERVER_TOKEN: .*got another character$/m,
    ],
    [
      "that is too long",
      () => ({ args: ["--token-file", writeToken(TOKEN.repeat(200))] }),
      /got a longer one$/m,
    ],
    [
      "that is given twice",
      () => ({
        args: ["--token-file", writeToken(TOKEN)],
        env: { STARTUP_SERVER_TOKEN: TOKEN },
      }),
      /expected no STARTUP_SERVER_TOKEN beside it, got both/,
    ],
    ["on the command line", () => ({ args: ["--token", TOKEN] }), /--token: no such flag/],
  ])("%s ends the start with one sentence and status 64", async (_sentence, launch, said) => {
    const program = await runToEnd(host, launch());
    expect(await program.exit).toBe(64);
    expect(program.stderr).toMatch(/^startup-server: [^\n]*\n$/);
    expect(program.stderr).toMatch(said);
    expectNoToken(program.stderr);
  });

  it("is what keeps the warning away that anybody may claim", async () => {
    const open = await start(host, { address: "default" });
    const guarded = await start(host, {
      address: "default",
      env: { STARTUP_SERVER_TOKEN: TOKEN },
    });
    const warning = "no token is configured: whoever reaches this address may claim";
    await vi.waitFor(
      () => expect(open.messages).toEqual([warning, "waiting for a claim"]),
      PATIENCE,
    );
    await vi.waitFor(() => expect(guarded.messages).toEqual(["waiting for a claim"]), PATIENCE);
  });
});

const PAGES: readonly Record<string, string>[] = [
  { "Sec-Fetch-Site": "cross-site" },
  { "Sec-Fetch-Site": "same-site" },
  { "Sec-Fetch-Site": "none, cross-site" },
  { "Sec-Fetch-Site": "something-new" },
  { Origin: "http://elsewhere.example" },
  { Origin: "http://localhost.elsewhere.example" },
  { Origin: "http://localhost:9999" },
  { Origin: "null" },
  { Origin: "" },
  { "Sec-Purpose": "prefetch" },
  { "Sec-Purpose": "prefetch;prerender" },
  { Purpose: "prefetch" },
  { "X-Moz": "prefetch" },
];

const METHODS: readonly Sent[] = [
  { target: TARGET },
  { target: "/startup/inject?KEY1=value1" },
  {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "KEY1=value1",
  },
];

describeOnEachHost("P7, a web page", (host) => {
  it("of another origin and a prefetch claim nothing, by no method, not even with the token", async () => {
    const program = await start(host, { env: { STARTUP_SERVER_TOKEN: TOKEN } });
    for (const page of PAGES) {
      for (const sent of METHODS) {
        const headers = { ...sent.headers, ...HOLDER, ...page };
        const answer = await call(program.port, { ...sent, headers });
        expect([page, ...codeOf(answer)]).toEqual([page, 403, "foreign_origin"]);
        expect([...answer.headers.keys()].join()).not.toContain("access-control");
      }
    }
    await expectClaim(program, { ...HOLDER, "Sec-Fetch-Site": "none" });
  });

  it.each([
    ["typed by a person", { "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate" }],
    ["of the server's own origin", { "Sec-Fetch-Site": "same-origin", Origin: "http://localhost" }],
  ])("%s may claim", async (_sentence, headers) => {
    await expectClaim(await start(host), headers);
  });

  it("asks before it sends, and hears nothing that would let it", async () => {
    const program = await start(host);
    for (const method of ["OPTIONS", "HEAD"]) {
      for (const target of [TARGET, "/startup/inject?KEY1=value1"]) {
        const headers = {
          Origin: "http://elsewhere.example",
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Private-Network": "true",
        };
        const answer = await call(program.port, { method, target, headers });
        expect([method, answer.status]).toEqual([method, 405]);
        expect([...answer.headers.keys()].join()).not.toContain("access-control");
      }
    }
    await expectClaim(program, {});
  });
});
