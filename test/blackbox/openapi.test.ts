/** What /openapi.json says of the server is what the server does, by requests made from it. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PROBLEMS } from "../../src/problems.ts";
import { formatOpenApi } from "../../src/pages/openapi.ts";
import { type DescribedResponse, type Operation, readDocument } from "../pages/openapi-document.ts";
import { invalidRequests, validRequests } from "./openapi-requests.ts";
import { describeOnEachHost, type Launch, makeDirectory, type Program, start } from "./program.ts";
import { type Answer, call, formatRequest, type Sent, Wire } from "./wire.ts";

const DOCUMENT = readDocument();
const OPERATIONS = DOCUMENT.operations.map((operation) => [operation.id, operation] as const);

/** How many environments are claimed for each operation, media type and answer asked for. */
const CLAIMS = 2;
/** The same of what spends nothing. */
const QUESTIONS = 25;

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

/** A caller who has sent all: who would have to wait is answered at once. */
async function callOnce(port: number, sent: Sent): Promise<Answer> {
  const wire = await Wire.connect(port);
  await wire.send(formatRequest(sent));
  wire.halfClose();
  const answer = await wire.answer(sent.method);
  wire.close();
  return answer;
}

/** The answer is one that the operation describes, in every member and header. */
function expectDescribed(operation: Operation, answer: Answer): void {
  const { responses, method } = operation;
  const described = responses.get(String(answer.status)) ?? responses.get("default");
  if (described === undefined) throw new Error(`${operation.id}: no answer is described`);
  expectBody(described, answer, method);
  if (answer.status === 200) return;
  const { status, code } = method === "HEAD" ? { ...answer, code: undefined } : readJson(answer);
  expect(status).toBe(answer.status);
  const refusal = DOCUMENT.refusals.get(String(status)) ?? DOCUMENT.refusals.get("default");
  if (code !== undefined) expect(refusal?.codes).toContain(code);
}

function expectBody(described: DescribedResponse, answer: Answer, method: string): void {
  for (const name of described.requiredHeaders) expect([...answer.headers.keys()]).toContain(name);
  const type = answer.headers.get("content-type") ?? "";
  if (method === "HEAD") return expect(answer.body).toBe("");
  expect(described.mediaTypes).toContain(type);
  const body: unknown = type.endsWith("json") ? JSON.parse(answer.body) : answer.body;
  expect([answer.body, described.check(type, body)]).toEqual([answer.body, undefined]);
}

function readJson(answer: Answer): { readonly status: number; readonly code: string } {
  return JSON.parse(answer.body);
}

describeOnEachHost("/openapi.json", (host) => {
  it("is told as it was made from the tables, by HEAD too", async () => {
    const { port } = await start(host);
    const told = await call(port, { target: "/openapi.json" });
    expect(told.status).toBe(200);
    expect(told.headers.get("content-type")).toBe("application/json");
    expect(told.body).toBe(formatOpenApi());
    const head = await call(port, { method: "HEAD", target: "/openapi.json" });
    expect(head.headers.get("content-length")).toBe(told.headers.get("content-length"));
  });

  it.each(OPERATIONS)("says of %s what valid requests are answered", async (_id, operation) => {
    const isClaim = operation.path === "/" || operation.path === "/startup/inject";
    let program: Program | undefined;
    const statuses = new Map<number, number>();
    const mediaTypes = new Set<string | undefined>();
    for (const sent of validRequests(DOCUMENT, operation, isClaim ? CLAIMS : QUESTIONS)) {
      program ??= await start(host);
      const answer = await callOnce(program.port, sent);
      expectDescribed(operation, answer);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status !== 200) continue;
      const type = answer.headers.get("content-type");
      mediaTypes.add(type);
      const asked = sent.headers?.["Accept"];
      if (asked !== "*/*") expect(type).toBe(asked);
      if (!isClaim) continue;
      expect(await program.exit).toBe(0);
      program = undefined;
    }
    // Some environments have a name that is refused, or a value that the dialect cannot hold.
    expect([...statuses.keys()].filter((status) => status !== 200 && status !== 422)).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(statuses.get(422) ?? 0);
    const described = operation.responses.get("200")?.mediaTypes ?? [];
    for (const type of described) expect([...mediaTypes]).toContain(type);
  });

  it("says what the receipt of a claim without a file is, and of one with several", async () => {
    const sent = { target: "/?KEY1=value1", headers: { Accept: "application/json" } };
    for (const args of [
      ["--file=none", "--", "true"],
      ["--output=sh:.env", "--output=files:secrets"],
    ]) {
      const { port } = await start(host, { args });
      const { status, body } = await call(port, sent);
      expect([status, DOCUMENT.check("Receipt", JSON.parse(body))]).toEqual([200, undefined]);
    }
  });

  it.each(OPERATIONS)("says of %s what is refused", async (_id, operation) => {
    const program = await start(host);
    for (const [sentence, sent] of invalidRequests(operation)) {
      const answer = await callOnce(program.port, sent);
      expect([sentence, answer.status >= 400 && answer.status < 500]).toEqual([sentence, true]);
      expectDescribed({ ...operation, method: sent.method ?? "GET" }, answer);
    }
    expect(program.messages).not.toContain("claimed");
  });

  it("describes no operation that is not allowed, and all that are", async () => {
    const { port } = await start(host);
    for (const path of new Set(DOCUMENT.operations.map((operation) => operation.path))) {
      const answer = await call(port, { method: "OPTIONS", target: path });
      const allowed = answer.headers.get("allow")?.split(", ").toSorted();
      const methods = DOCUMENT.operations.filter((operation) => operation.path === path);
      expect([path, allowed]).toEqual([path, methods.map(({ method }) => method).toSorted()]);
    }
  });

  it.each(OPERATIONS)("lists for %s no status that cannot be met", async (_id, operation) => {
    for (const status of operation.responses.keys()) {
      if (status === "200" || status === "default") continue;
      const { launch, prepare, changes } = provocationOf(status);
      const program = await start(host, launch?.());
      const holding = await prepare?.(program);
      const answer = await callOnce(program.port, { ...plain(operation), ...changes?.(operation) });
      expect([operation.id, answer.status]).toEqual([operation.id, Number(status)]);
      expectDescribed(operation, answer);
      holding?.close();
    }
  });

  it.each(OPERATIONS)("says of %s what any request may meet", async (_id, operation) => {
    const program = await start(host, { args: LEAST_LIMITS });
    const refusals = refusedRequests(operation);
    for (const [code, text] of refusals) {
      const wire = await Wire.connect(program.port);
      await wire.send(text);
      // Nobody knows what method a request line has that cannot be read.
      const method = text.startsWith("HEAD ") && !BEFORE_METHOD.includes(code) ? "HEAD" : "GET";
      const answer = await wire.answer(method);
      expectDescribed({ ...operation, method }, answer);
      const expected = Object.entries(PROBLEMS).find(([name]) => name === code)?.[1][0];
      expect([code, answer.status]).toEqual([code, expected]);
      if (method === "GET") expect(readJson(answer).code).toBe(code);
      wire.close();
    }
    const met = [...refusals.map(([code]) => code), "too_many_connections", "internal_error"];
    expect(met.toSorted()).toEqual(DOCUMENT.refusals.get("default")?.codes.toSorted());
  });

  it.each(OPERATIONS)("says of %s that connections may be too many", async (_id, operation) => {
    const program = await start(host, { args: ["--max-connections", "1"] });
    const wire = await Wire.connect(program.port);
    // What is answered in front of half a request shows that the half has been taken in.
    const half = formatRequest(plain(operation)).subarray(0, 20);
    await wire.send(Buffer.concat([formatRequest({ target: "/heart_beat" }), half]));
    expect((await wire.answer()).status).toBe(200);
    expect((await call(program.port, { target: "/heart_beat" })).status).toBe(200);
    expectDescribed({ ...operation, method: "GET" }, await wire.answer());
  });
});

/** The operation's request that is answered with 200. */
function plain({ method, path: target, bodies, query }: Operation): Sent {
  if (bodies.size > 0) return { method, target, headers: FORM, body: "KEY1=value1" };
  const isClaim = query.some(({ name }) => name === "environment");
  return { method, target: isClaim ? `${target}?KEY1=value1` : target };
}

interface Provocation {
  readonly launch?: () => Launch;
  /** What happens before; the connection is kept until the answer is there. */
  readonly prepare?: (program: Program) => Promise<Wire>;
  readonly changes?: (operation: Operation) => Partial<Sent>;
}

function provocationOf(status: string): Provocation {
  const provocation = PROVOCATIONS[status];
  if (provocation === undefined) throw new Error(`Nothing is known to provoke ${status}`);
  return provocation;
}

/** What makes each status that operations list of a request that would be answered with 200. */
const PROVOCATIONS: Readonly<Record<string, Provocation>> = {
  400: {
    changes: ({ bodies, path: target, query }) => {
      if (bodies.size > 0) return { body: "KEY1=%4" };
      return { target: `${target}?${query[0]?.name === "wait" ? "wait=x" : "KEY1=%4"}` };
    },
  },
  401: { launch: () => ({ env: { STARTUP_SERVER_TOKEN: "secret" } }) },
  403: { changes: () => ({ headers: { ...FORM, Origin: "http://elsewhere.example" } }) },
  409: {
    launch: () => ({ args: ["--drain", "20000"] }),
    prepare: async ({ port }) => {
      const winner = await Wire.connect(port);
      await winner.send(formatRequest({ target: "/?KEY2=value2" }));
      expect((await winner.answer()).status).toBe(200);
      return winner;
    },
  },
  415: { changes: () => ({ headers: { ...FORM, "Content-Encoding": "gzip" } }) },
  422: { launch: () => ({ args: ["--require", "NEVER"] }) },
  500: {
    launch: () => {
      const cwd = makeDirectory();
      mkdirSync(join(cwd, ".env"));
      return { cwd };
    },
  },
};

const LEAST_LIMITS = [
  ["--max-target", "200"],
  ["--max-header", "1000"],
  ["--max-body", "100"],
  ["--request-timeout", "500"],
].flat();

/** Problems of the request line itself. */
const BEFORE_METHOD = [
  "malformed_request_line",
  "malformed_target",
  "target_too_long",
  "unsupported_version",
];

/** By its code, a request to that path that is refused whatever it asks for. */
function refusedRequests({ method, path }: Operation): readonly (readonly [string, string])[] {
  const line = `${method} ${path} HTTP/1.1\r\n`;
  const host = "Host: localhost\r\n";
  const type = "Content-Type: application/json\r\n";
  const chunked = "Transfer-Encoding: chunked\r\n";
  const head = line + host + type;
  return [
    ["malformed_request_line", `${method} ${path}\r\n${host}\r\n`],
    ["malformed_target", `${method} relative HTTP/1.1\r\n${host}\r\n`],
    ["malformed_header", `${line}${host}Two Words: x\r\n\r\n`],
    ["malformed_host", `${line}${host}${host}\r\n`],
    ["mismatched_host", `${method} http://other${path} HTTP/1.1\r\n${host}\r\n`],
    ["malformed_length", `${head}Content-Length: +5\r\n\r\n`],
    ["conflicting_framing", `${head}Content-Length: 5\r\n${chunked}\r\n`],
    ["malformed_transfer_encoding", `${head}Transfer-Encoding: gzip\r\n\r\n`],
    ["malformed_chunk", `${head}${chunked}\r\n0x5\r\n`],
    ["not_found", `${method} ${path}x HTTP/1.1\r\n${host}\r\n`],
    ["method_not_allowed", `PUT ${path} HTTP/1.1\r\n${host}\r\n`],
    ["request_timeout", line + host],
    ["body_too_large", `${head}Content-Length: 101\r\n\r\n`],
    ["target_too_long", `${method} ${path}?${"x".repeat(200)} HTTP/1.1\r\n${host}\r\n`],
    ["unsupported_content_encoding", `${head}Content-Encoding: gzip\r\n\r\n`],
    ["unsupported_expectation", `${head}Expect: wonders\r\nContent-Length: 2\r\n\r\n{}`],
    ["header_too_large", `${line}${host}X: ${"x".repeat(1000)}\r\n\r\n`],
    ["unsupported_transfer_encoding", `${head}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ["unsupported_method", `CLAIM ${path} HTTP/1.1\r\n${host}\r\n`],
    ["unsupported_version", `${method} ${path} HTTP/2.0\r\n${host}\r\n`],
  ];
}
