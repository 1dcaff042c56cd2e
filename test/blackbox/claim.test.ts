/** A claim from the first byte to the exit status, in every form in which callers send one. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeOnEachHost, start } from "./program.ts";
import { call, claim, claimForm, claimJson, type Sent } from "./wire.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };

const ACCEPTED: readonly (readonly [sentence: string, sent: Sent, file: string])[] = [
  [
    "a GET with a query, as the original's callers send it",
    { target: "/?KEY1=value1&KEY2=value2" },
    "KEY1=value1\nKEY2=value2\n",
  ],
  [
    "a GET to the successor's path",
    { target: "/startup/inject?KEY1=value1&KEY2=value2" },
    "KEY1=value1\nKEY2=value2\n",
  ],
  [
    "a POST of a JSON object",
    { method: "POST", headers: JSON_TYPE, body: '{"KEY1": "value1", "KEY2": "two words"}' },
    "KEY1=value1\nKEY2='two words'\n",
  ],
  [
    "a POST of JSON to the successor's path",
    { method: "POST", target: "/startup/inject", headers: JSON_TYPE, body: '{"KEY1":"value1"}' },
    "KEY1=value1\n",
  ],
  [
    "a POST of a form",
    { method: "POST", headers: FORM_TYPE, body: "KEY1=value1&KEY2=two+words" },
    "KEY1=value1\nKEY2='two words'\n",
  ],
  [
    "a POST of a form to the successor's path",
    { method: "POST", target: "/startup/inject", headers: FORM_TYPE, body: "KEY1=value1" },
    "KEY1=value1\n",
  ],
  [
    "a media type with a charset, in capitals",
    {
      method: "POST",
      headers: { "Content-Type": "Application/JSON; Charset=UTF-8" },
      body: '{"KEY1":"value1"}',
    },
    "KEY1=value1\n",
  ],
  ["an empty value", { target: "/?KEY1=&KEY2" }, "KEY1=\nKEY2=\n"],
  ["an environment without variables", { target: "/" }, ""],
  ["an empty JSON object", { method: "POST", headers: JSON_TYPE, body: "{}" }, ""],
  [
    "percent-escapes, plus signs and Unicode",
    { target: "/?KEY1=%F0%9F%9A%80&KEY2=a%2Bb+c" },
    "KEY1='🚀'\nKEY2='a+b c'\n",
  ],
  [
    "the same variable twice with the same value",
    { target: "/?KEY1=value1&KEY1=value1" },
    "KEY1=value1\n",
  ],
  [
    "names that JavaScript objects have by nature",
    { target: "/?__proto__=a&constructor=b&toString=c&hasOwnProperty=d" },
    "__proto__=a\nconstructor=b\ntoString=c\nhasOwnProperty=d\n",
  ],
  [
    "the same names in JSON",
    { method: "POST", headers: JSON_TYPE, body: '{"__proto__":"a","constructor":"b"}' },
    "__proto__=a\nconstructor=b\n",
  ],
  [
    "a value that spans lines and a value with quotes",
    { target: "/?KEY1=one%0Atwo&KEY2=it%27s" },
    'KEY1="one\ntwo"\nKEY2="it\'s"\n',
  ],
  [
    "a chunked body",
    {
      method: "POST",
      headers: { ...JSON_TYPE, "Transfer-Encoding": "chunked" },
      body: '5\r\n{"KEY\r\nd;name=value\r\n1":"value1" }\r\n0\r\nTrailer: dropped\r\n\r\n',
    },
    "KEY1=value1\n",
  ],
  [
    "a long value",
    { method: "POST", headers: FORM_TYPE, body: `KEY1=${"v".repeat(131_066)}` },
    `KEY1=${"v".repeat(131_066)}\n`,
  ],
  [
    "an absolute target whose authority is Host's",
    { target: "http://localhost/?KEY1=value1" },
    "KEY1=value1\n",
  ],
];

describeOnEachHost("a claim", (host) => {
  it.each(ACCEPTED)("takes %s", async (_sentence, sent, file) => {
    const program = await start(host);
    const answer = await call(program.port, sent);
    expect(answer).toMatchObject({ status: 200, reason: "OK", body: "OK" });
    expect(answer.headers.get("content-type")).toBe("text/plain");
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(file);
    expect(readdirSync(program.directory)).toEqual([".env"]);
  });

  it("takes ten thousand variables", async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `KEY${index}`);
    const program = await start(host);
    const answer = await claimForm(program.port, names.map((name) => `${name}=1`).join("&"));
    expect(answer.status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(names.map((name) => `${name}=1\n`).join(""));
  });

  it("answers with its receipt where the caller accepts JSON", async () => {
    const program = await start(host);
    const headers = { Accept: "text/html;q=0.5, application/json", "X-Request-ID": "order-66" };
    const answer = await call(program.port, { target: "/?KEY2=value2&KEY1=a%20$b", headers });
    expect(answer.status).toBe(200);
    expect(await program.exit).toBe(0);
    const file = readFileSync(join(program.directory, ".env"));
    expect(answer.headers.get("content-type")).toBe("application/json");
    const output = {
      file: ".env",
      dialect: "portable",
      length: file.length,
      sha256: createHash("sha256").update(file).digest("hex"),
      uncommon_names: ["KEY1"],
    };
    expect(JSON.parse(answer.body)).toEqual({
      names: ["KEY2", "KEY1"],
      count: 2,
      ...output,
      request_id: "order-66",
      replayed: false,
      outputs: [output],
    });
  });

  it("answers OK where the caller accepts anything, or JSON at no price", async () => {
    for (const accept of ["*/*", "text/*, application/*;q=0.5", "application/json;q=0"]) {
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      const program = await start(host);
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      const answer = await call(program.port, { headers: { Accept: accept } });
      expect(answer.body).toBe("OK");
    }
  });

  it("answers with the receipt where the caller takes no text", async () => {
    const program = await start(host);
    const headers = { Accept: "application/*" };
    const answer = await call(program.port, { target: "/?KEY1=value1", headers });
    expect(JSON.parse(answer.body)).toMatchObject({ count: 1 });
  });

  it("replaces an env file that is there, and its mode", async () => {
    const program = await start(host);
    writeFileSync(join(program.directory, ".env"), "OLD=1\n".repeat(100), { mode: 0o644 });
    await claim(program.port, "KEY1=value1");
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
    expect(statSync(join(program.directory, ".env")).mode & 0o7777).toBe(0o600);
  });

  it.each([
    ["0600 under an open umask", "000", [], 0o600],
    ["0600 under the strictest umask", "777", [], 0o600],
    ["0600 under the usual umask", "022", [], 0o600],
    ["what --mode says, under the strictest umask", "777", ["--mode", "0644"], 0o644],
    ["what --mode says, to the letter", "000", ["--mode=440"], 0o440],
  ])("gives the env file mode %s", async (_sentence, umask, args, mode) => {
    const wrapper = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
    const program = await start(host, { wrapper, args });
    await claimJson(program.port, { KEY1: "value1" });
    expect(await program.exit).toBe(0);
    expect(statSync(join(program.directory, ".env")).mode & 0o7777).toBe(mode);
  });
});
