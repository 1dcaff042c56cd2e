/** What may be claimed: names that are required, denied, allowed, dangerous; all that is wrong in one answer (DESIGN 2.3). */

import { expect, it } from "vitest";
import { describeOnEachHost, type Program, start } from "./program.ts";
import { type Answer, call, claim, claimJson } from "./wire.ts";

type Told = readonly (readonly [name: string, code: string])[];

function told(answer: Answer): Told {
  const { errors } = JSON.parse(answer.body);
  return errors.map((error: Record<string, string>) => [error["name"], error["code"]]);
}

async function expectFile(program: Program, file: string): Promise<void> {
  expect(await program.exit).toBe(0);
  expect(program.readEnvFile()).toBe(file);
}

const SECRET = "s3cr3t-0f-the-claim";

describeOnEachHost("a policy", (host) => {
  it("tells everything that is wrong at once, by name and reason, and no value", async () => {
    const args = ["--require", "NEEDED,OTHER", "--deny", "NO_*,EXACT", "--log-level", "debug"];
    const program = await start(host, { args });
    const answer = await claimJson(
      program.port,
      `{"NO_1":"${SECRET}","EXACT":"${SECRET}","EXACTLY":"${SECRET}","LD_PRELOAD":"${SECRET}",` +
        `"a.b":"${SECRET}","N":1,"NUL":"${SECRET}\\u0000","LONE":"${SECRET}\\udc00","OTHER":"${SECRET}"}`,
    );
    expect(answer.status).toBe(422);
    expect(told(answer)).toEqual([
      ["NO_1", "denied_name"],
      ["EXACT", "denied_name"],
      ["LD_PRELOAD", "dangerous_name"],
      ["a.b", "invalid_name"],
      ["N", "not_a_string"],
      ["NUL", "contains_nul"],
      ["LONE", "not_unicode"],
      ["NEEDED", "missing"],
    ]);
    for (const { reason } of JSON.parse(answer.body).errors) expect(reason).toMatch(/\w+ \w+/);
    expect(answer.body).not.toContain(SECRET);
    const right = { NEEDED: "1", OTHER: "2", EXACTLY: "3" };
    expect((await claimJson(program.port, right)).status).toBe(200);
    await expectFile(program, "NEEDED=1\nOTHER=2\nEXACTLY=3\n");
    expect(program.stderr).not.toContain(SECRET);
  });

  it("tells at /status what is required", async () => {
    const { port } = await start(host, { args: ["--require", "KEY1,KEY2"] });
    const answer = await call(port, { target: "/status" });
    expect(JSON.parse(answer.body).required).toEqual(["KEY1", "KEY2"]);
  });

  it("may refuse a claim without variables, and takes one by default", async () => {
    const strict = await start(host, { args: ["--refuse-empty"] });
    for (const answer of [await claim(strict.port, ""), await claimJson(strict.port, "{}")]) {
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([422, "empty_claim"]);
    }
    expect((await claim(strict.port, "KEY1=")).status).toBe(200);
    await expectFile(strict, "KEY1=\n");
    const lax = await start(host, { env: { STARTUP_SERVER_REFUSE_EMPTY: "false" } });
    expect((await claim(lax.port, "")).status).toBe(200);
    await expectFile(lax, "");
  });

  it.each<[sentence: string, args: readonly string[], query: string, refused: Told | string]>([
    ["names with . and - are refused", [], "a.b=1", [["a.b", "invalid_name"]]],
    ["--names dotenv takes them", ["--names", "dotenv"], "a.b-c=1", "a.b-c=1\n"],
    [
      "but not in front",
      ["--names=dotenv"],
      ".a=1&-b=2",
      [
        [".a", "invalid_name"],
        ["-b", "invalid_name"],
      ],
    ],
    ["--allow takes one name", ["--allow", "PATH"], "PATH=/bin", "PATH=/bin\n"],
    ["and no other", ["--allow", "PATH"], "PATH=/bin&IFS=x&PATHS=1", [["IFS", "dangerous_name"]]],
    ["--allow takes a pattern", ["--allow", "LD_*"], "LD_DEBUG=x", "LD_DEBUG=x\n"],
    ["--allow takes everything", ["--allow", "*"], "LD_DEBUG=x&IFS=y", "LD_DEBUG=x\nIFS=y\n"],
    [
      "--deny wins over --allow",
      ["--allow", "*", "--deny", "LD_*"],
      "LD_DEBUG=x&IFS=y",
      [["LD_DEBUG", "denied_name"]],
    ],
    ["--deny may be everything", ["--deny", "*"], "KEY1=1", [["KEY1", "denied_name"]]],
    [
      "a name that is denied is not missing, too",
      ["--deny", "A", "--require", "A"],
      "A=1",
      [["A", "denied_name"]],
    ],
    [
      "names that objects have by nature are dangerous to nobody, nor given when missing",
      ["--require", "toString,__proto__"],
      "constructor=1",
      [
        ["toString", "missing"],
        ["__proto__", "missing"],
      ],
    ],
    ["case counts", [], "path=1&Ld_Preload=2", "path=1\nLd_Preload=2\n"],
  ])("%s", async (_sentence, args, query, outcome) => {
    const program = await start(host, { args });
    const answer = await claim(program.port, query);
    if (typeof outcome === "string") {
      expect(answer.status).toBe(200);
      return expectFile(program, outcome);
    }
    expect(answer.status).toBe(422);
    expect(told(answer)).toEqual(outcome);
  });
});
