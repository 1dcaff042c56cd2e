import { expect, it } from "vitest";
import { describeOnEachHost, start } from "./program.ts";
import { claimForm, claimJson, heartBeat, Wire } from "./wire.ts";

describeOnEachHost("the number of variables", (host) => {
  it("is limited by --max-variables, and the answer names the limit", async () => {
    const program = await start(host, { args: ["--max-variables", "2"] });
    for (const answer of [
      await claimForm(program.port, "A=1&B=2&C=3"),
      await claimJson(program.port, { A: "1", B: "2", C: "3" }),
    ]) {
      expect(answer.status).toBe(422);
      expect(JSON.parse(answer.body)).toMatchObject({
        code: "too_many_variables",
        detail: "The limit is 2 variables",
      });
    }
    expect((await claimForm(program.port, "A=1&B=2")).status).toBe(200);
    expect(await program.exit).toBe(0);
  });

  it("is answered by the limit and not by the clock, whatever the names are", async () => {
    const program = await start(host);
    const forms = ["10&".repeat(140_000), "a&".repeat(500_000), "A=1&".repeat(250_000)];
    for (const form of forms) {
      const began = performance.now();
      const answer = await claimForm(program.port, form);
      expect(JSON.parse(answer.body)).toMatchObject({ code: "too_many_variables" });
      expect(performance.now() - began).toBeLessThan(5000);
    }
    expect((await heartBeat(program.port)).status).toBe(200);
  });
});

describeOnEachHost("a HEAD request", (host) => {
  it.each([
    ["without a Host", "HEAD / HTTP/1.1\r\n\r\n", 400],
    [
      "with a body over the limit",
      "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n",
      413,
    ],
    ["for a claim", "HEAD /?A=1 HTTP/1.1\r\nHost: a\r\n\r\n", 405],
  ])("%s is refused without content", async (_sentence, bytes, status) => {
    const program = await start(host);
    const wire = await Wire.connect(program.port);
    await wire.send(bytes);
    const answer = await wire.answer("HEAD");
    expect([answer.status, answer.body]).toEqual([status, ""]);
    expect(await wire.end()).toBe("finished");
  });
});
