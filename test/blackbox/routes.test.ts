/** What is at which path for both generations of callers, and what is not. */

import { expect, it } from "vitest";
import { describeOnEachHost, start } from "./program.ts";
import { call, claim, heartBeat, Wire, formatRequest } from "./wire.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describeOnEachHost("the routes", (host) => {
  it("tell both generations of callers that the server is there", async () => {
    const { port } = await started();
    const original = await heartBeat(port);
    expect(original).toMatchObject({ status: 200, body: '"success"' });
    expect(original.headers.get("content-type")).toBe("application/json");
    const successor = await call(port, { target: "/startup/heart_beat" });
    expect(successor).toMatchObject({ status: 200, body: "success" });
    expect(successor.headers.get("content-type")).toBe("text/plain");
  });

  it("answer HEAD with the head alone", async () => {
    const { port } = await started();
    for (const target of ["/heart_beat", "/startup/heart_beat", "/status"]) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const answer = await call(port, { method: "HEAD", target });
      expect(answer).toMatchObject({ status: 200, body: "" });
      expect(Number(answer.headers.get("content-length"))).toBeGreaterThan(0);
    }
  });

  it("tell at /status the state, the version and the process", async () => {
    const program = await started();
    const answer = await call(program.port, { target: "/status" });
    expect(JSON.parse(answer.body)).toEqual({
      state: "waiting",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      pid: program.pid,
      uptime_seconds: expect.any(Number),
      required: [],
    });
  });

  it("allow no method but their own, and never claim by HEAD or OPTIONS", async () => {
    const { port } = await started();
    const cases = [
      ["HEAD", "/?KEY1=value1", "GET, POST"],
      ["OPTIONS", "/?KEY1=value1", "GET, POST"],
      ["PUT", "/startup/inject", "GET, POST"],
      ["DELETE", "/", "GET, POST"],
      ["POST", "/heart_beat", "GET, HEAD"],
      ["POST", "/status", "GET, HEAD"],
      ["OPTIONS", "*", "GET, HEAD, POST"],
    ] as const;
    for (const [method, target, allow] of cases) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const answer = await call(port, { method, target });
      expect([method, answer.status, answer.headers.get("allow")]).toEqual([method, 405, allow]);
    }
    expect((await claim(port, "KEY1=value1")).status).toBe(200);
  });

  it("are compared exactly", async () => {
    const { port } = await started();
    const targets = ["//", "/.", "/Heart_Beat", "/heart_beat/", "/heart%5Fbeat", "/x/../", "/%2F"];
    for (const target of targets) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const answer = await call(port, { target });
      expect([target, answer.status]).toEqual([target, 404]);
      expect(JSON.parse(answer.body)).toMatchObject({ status: 404, code: "not_found" });
    }
  });

  it("echo a well-formed request id, and give a fresh UUID for any other", async () => {
    const { port } = await started();
    const ask = async (id: string): Promise<string | undefined> => {
      const answer = await call(port, { target: "/heart_beat", headers: { "X-Request-ID": id } });
      return answer.headers.get("x-request-id");
    };
    expect(await ask("trace/1.2:3+4=5@6~7_8")).toBe("trace/1.2:3+4=5@6~7_8");
    expect(await ask("a".repeat(128))).toBe("a".repeat(128));
    const fresh = [await ask("two words"), await ask('"quoted"'), await ask("a".repeat(129))];
    for (const id of fresh) expect(id).toMatch(UUID);
    expect(new Set(fresh).size).toBe(3);
  });

  it("give every answer a date and keep it out of caches", async () => {
    const { port } = await started();
    const { headers } = await heartBeat(port);
    expect(Math.abs(Date.parse(headers.get("date") ?? "") - Date.now())).toBeLessThan(5_000);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("carry health checks by the hundred on one connection, and a claim behind them", async () => {
    const program = await started();
    const wire = await Wire.connect(program.port);
    for (let count = 0; count < 300; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      await wire.send(formatRequest({ target: "/heart_beat" }));
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const answer = await wire.answer();
      expect(answer.body).toBe('"success"');
      expect(answer.headers.has("connection")).toBe(false);
    }
    await wire.send(formatRequest({ target: "/?KEY1=value1" }));
    const answer = await wire.answer();
    expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
    expect(await wire.end()).toBe("finished");
    wire.close();
    expect(await program.exit).toBe(0);
  });

  const started = () => start(host);
});
