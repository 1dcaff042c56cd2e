/** Bodies and queries made to break a parser: a 4xx, quickly, and the server still waits (RELIABILITY, Content). */

import { performance } from "node:perf_hooks";
import { expect, it } from "vitest";
import { describeOnEachHost, start } from "./program.ts";
import { call, claim, claimForm, claimJson, formatRequest, heartBeat, Wire } from "./wire.ts";

const DEEP = 100_000;

const JSON_REFUSED: readonly (readonly [
  sentence: string,
  body: string | Uint8Array,
  status: number,
])[] = [
  ["arrays a hundred thousand deep", `{"A":${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`, 422],
  ["objects a hundred thousand deep", `{"A":${'{"A":'.repeat(DEEP)}1${"}".repeat(DEEP)}}`, 422],
  ["brackets without an end", `{"A":${"[".repeat(DEEP)}`, 400],
  ["brackets alone", "[".repeat(DEEP), 400],
  ["braces alone", "{".repeat(DEEP), 400],
  ["1e400", '{"A":1e400}', 422],
  ["-1e400", '{"A":-1e400}', 422],
  ["a number of a hundred thousand digits", `{"A":${"9".repeat(DEEP)}}`, 422],
  ["NaN", '{"A":NaN}', 400],
  ["Infinity", '{"A":Infinity}', 400],
  ["a byte order mark", '\uFEFF{"A":"1"}', 400],
  ["UTF-16", Buffer.from('\uFEFF{"A":"1"}', "utf16le"), 400],
  ["a key twice", '{"A":"1","A":"1"}', 400],
  ["a key twice, once in escapes", '{"A":"1","\\u0041":"1"}', 400],
  ["__proto__ twice", '{"__proto__":"1","__proto__":"2"}', 400],
  ["__proto__ with an object", '{"__proto__":{"A":"1"}}', 422],
  ["a lone high surrogate", '{"A":"\\ud83d"}', 422],
  ["a lone low surrogate", '{"A":"\\ude80"}', 422],
  ["surrogates the wrong way round", '{"A":"\\ude80\\ud83d"}', 422],
  ["a lone surrogate in a name", '{"\\ud83d":"1"}', 422],
  ["invalid UTF-8", Buffer.from('{"A":"\xFF"}', "latin1"), 400],
  ["an overlong slash", Buffer.from('{"A":"\xC0\xAF"}', "latin1"), 400],
  ["an overlong NUL", Buffer.from('{"A":"\xC0\x80"}', "latin1"), 400],
  ["a surrogate in UTF-8", Buffer.from('{"A":"\xED\xA0\x80"}', "latin1"), 400],
  ["a character beyond Unicode", Buffer.from('{"A":"\xF4\x90\x80\x80"}', "latin1"), 400],
  ["a sequence that is cut off", Buffer.from('{"A":"\xF0\x9F\x9A"}', "latin1"), 400],
  ["a raw NUL", '{"A":"\0"}', 400],
  ["an escaped NUL", '{"A":"\\u0000"}', 422],
  ["a raw line feed in a string", '{"A":"a\nb"}', 400],
  ["a single quote", "{'A':'1'}", 400],
  ["a comment", '{"A":"1"}/**/', 400],
  ["a bare name", '{A:"1"}', 400],
  ["a bad escape", '{"A":"\\x41"}', 400],
  ["a short escape", '{"A":"\\u041"}', 400],
  ["a vertical tab between", '{"A":\v"1"}', 400],
  ["a non-breaking space between", '{"A":\u00A0"1"}', 400],
];

const FORMS_REFUSED: readonly (readonly [sentence: string, form: string, status: number])[] = [
  ["%", "A=%", 400],
  ["%4", "A=%4", 400],
  ["%u0041", "A=%u0041", 400],
  ["an overlong slash", "A=%C0%AF", 400],
  ["an overlong NUL", "A=%C0%80", 400],
  ["a five-byte form", "A=%F8%88%80%80%80", 400],
  ["a surrogate", "A=%ED%A0%80", 400],
  ["a tail byte alone", "A=%80", 400],
  ["a sequence that is cut off", "A=%F0%9F%9A", 400],
  ["a sequence cut off by &", "A=%F0%9F&B=%9A%80", 400],
  ["an encoded carriage return", "A=a%0Db", 422],
  ["an encoded line end", "A=a%0D%0AB=2", 422],
  ["an encoded NUL", "A=a%00b", 422],
  ["a name with an encoded line feed", "A%0AB=1", 422],
  ["a name with an encoded equals sign", "A%3DB=1", 422],
];

describeOnEachHost("content", (host) => {
  /** What a loaded machine may take for what costs milliseconds; what is quadratic takes minutes. */
  const promptMs = host.name === "sanitized" ? 25_000 : 8_000;

  it("of hostile JSON is a 4xx, told by a status and a code, and nothing else", async () => {
    const program = await start(host);
    for (const [sentence, body, status] of JSON_REFUSED) {
      const headers = { "Content-Type": "application/json" };
      const answer = await call(program.port, { method: "POST", headers, body });
      expect([sentence, answer.status]).toEqual([sentence, status]);
      expect(JSON.parse(answer.body).code).toBe(
        status === 400 ? expectedCode(body) : "refused_variables",
      );
    }
    expect((await claimJson(program.port, { KEY1: "value1" })).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("of hostile forms and queries is a 4xx, in both alike", async () => {
    const program = await start(host);
    for (const [sentence, form, status] of FORMS_REFUSED) {
      const posted = await claimForm(program.port, form);
      const got = await claim(program.port, form);
      expect([sentence, posted.status, got.status]).toEqual([sentence, status, status]);
      const code = status === 400 ? "malformed_encoding" : "refused_variables";
      expect([posted, got].map((answer) => JSON.parse(answer.body).code)).toEqual([code, code]);
    }
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("with names that objects have by nature is plain content", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "length"];
    for (const send of ["json", "form"] as const) {
      const program = await start(host);
      const json = `{${names.map((name) => `"${name}":"1"`).join(",")}}`;
      const form = names.map((name) => `${name}=1`).join("&");
      const answer = await (send === "json"
        ? claimJson(program.port, json)
        : claimForm(program.port, form));
      expect(answer.status).toBe(200);
      expect(await program.exit).toBe(0);
      expect(program.readEnvFile()).toBe(names.map((name) => `${name}=1\n`).join(""));
    }
  });

  it("of ten thousand header lines is answered by the limit, and as many as fit at once", async () => {
    const program = await start(host);
    const startMs = performance.now();
    const line = "GET /heart_beat HTTP/1.1\r\nHost: a\r\n";
    for (const [fields, status] of [
      ["X: 1\r\n".repeat(10_000), 431],
      ["a:\r\n".repeat(8_000), 200],
      [`Connection: ${",".repeat(30_000)}\r\n`, 200],
      [`Accept: ${"a/b,".repeat(7_000)}\r\n`, 200],
      ["X-Request-ID: a\r\n".repeat(1_900), 200],
    ] as const) {
      const wire = await Wire.connect(program.port);
      await wire.send(`${line}${fields}\r\n`);
      expect([fields.slice(0, 20), (await wire.answer()).status]).toEqual([
        fields.slice(0, 20),
        status,
      ]);
    }
    expect(performance.now() - startMs).toBeLessThan(promptMs);
  });

  it("of ten thousand variables is taken or refused in a time that does not grow with its square", async () => {
    const program = await start(host, { args: ["--require", "NEVER"] });
    const names = Array.from({ length: 10_000 }, (_, index) => `KEY${index}`);
    const startMs = performance.now();
    for (const answer of [
      await claimForm(program.port, names.map((name) => `${name}=1`).join("&")),
      await claimForm(program.port, names.map((_, index) => `KEY=${index}`).join("&")),
      await claimForm(program.port, names.map((name) => `0${name}=1`).join("&")),
      await claimJson(program.port, Object.fromEntries(names.map((name) => [name, 1]))),
    ]) {
      expect(answer.status).toBe(422);
    }
    expect(performance.now() - startMs).toBeLessThan(promptMs);
    expect((await heartBeat(program.port)).status).toBe(200);
  });

  it("is the same one byte at a time, with an end in the middle of a character", async () => {
    const program = await start(host);
    const body = '{"KEY1":"🚀","KEY2":"\\ud83d\\ude80"}';
    const headers = { "Content-Type": "application/json" };
    const wire = await Wire.connect(program.port);
    await wire.sendByteByByte(formatRequest({ method: "POST", headers, body }));
    expect((await wire.answer()).status).toBe(200);
    wire.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1='🚀'\nKEY2='🚀'\n");
  });
});

/** Bytes that are not UTF-8 are told as such. */
function expectedCode(body: string | Uint8Array): string {
  return typeof body === "string" ? "malformed_json" : "malformed_encoding";
}
