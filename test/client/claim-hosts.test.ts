/** The client's library against the real servers. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { claim } from "../../client/claim.ts";
import { DIALECT_NAMES } from "../../src/dialects/dialect-names.ts";
import { describeOnEachHost, makeDirectory, start } from "../blackbox/program.ts";

const VARIABLES = { KEY1: "a quoted value, ü", KEY2: "" };

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

describeOnEachHost("claim()", (host) => {
  it("verifies every dialect, and lets the server leave at once", async () => {
    const outputs = DIALECT_NAMES.flatMap((name) => ["--output", `${name}:${name}.out`]);
    const program = await start(host, { args: [...outputs, "--drain", "60000"] });
    const outcome = await claim(urlOf(program.port), VARIABLES);
    expect(outcome).toMatchObject({ outcome: "claimed", verified: true, attempts: 1 });
    const receipt = outcome.outcome === "claimed" ? outcome.receipt : undefined;
    expect(receipt?.outputs.map(({ dialect }) => dialect)).toEqual(DIALECT_NAMES);
    expect(receipt?.requestId).toBe(outcome.requestId);
    expect(await program.exit).toBe(0);
    const json: unknown = JSON.parse(readFileSync(join(program.directory, "json.out"), "utf8"));
    expect(json).toEqual(VARIABLES);
    expect(program.stderr).not.toContain("quoted");
  });

  it("claims by the successor's routes", async () => {
    const program = await start(host);
    const outcome = await claim(`${urlOf(program.port)}/startup/inject`, { KEY1: "value1" });
    expect(outcome).toMatchObject({ outcome: "claimed", verified: true });
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
  });

  it("claims over a socket file", async () => {
    const socket = join(makeDirectory(), "socket");
    const program = await start(host, { port: "default", args: ["--listen", `unix:${socket}`] });
    const outcome = await claim(`unix:${socket}`, { KEY1: "value1" });
    expect(outcome).toMatchObject({ outcome: "claimed", verified: true });
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\n");
    const late = await claim(`unix:${socket}`, { KEY1: "value1" }, { sentAtMs: Date.now() });
    expect(late).toMatchObject({ outcome: "unknown", reason: "server_gone" });
  });

  it("claims a server that writes no file", async () => {
    const program = await start(host, { args: ["--file=none", "--", "sh", "-c", "echo $KEY1"] });
    const outcome = await claim(urlOf(program.port), { KEY1: "value1" });
    expect(outcome).toMatchObject({ outcome: "claimed", verified: false, reason: "no_output" });
    expect(await program.exit).toBe(0);
    expect(program.stdout).toBe("value1\n");
  });

  it("claims as the older generation's callers do", async () => {
    const program = await start(host);
    const options = { generation: "query" } as const;
    const outcome = await claim(urlOf(program.port), { KEY1: "a b&c=ü" }, options);
    expect(outcome).toMatchObject({ outcome: "claimed", verified: false, reason: "no_receipt" });
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe('KEY1="a b&c=ü"\n'.replaceAll('"', "'"));
  });

  it("tells what is refused, and the next claim wins", async () => {
    const program = await start(host, { args: ["--require", "KEY1"] });
    const refused = await claim(urlOf(program.port), { PATH: "/bin" });
    expect(refused).toMatchObject({
      outcome: "refused",
      by: "server",
      problem: {
        code: "refused_variables",
        status: 422,
        variables: [
          { name: "PATH", code: "dangerous_name" },
          { name: "KEY1", code: "missing" },
        ],
      },
    });
    expect(existsSync(join(program.directory, ".env"))).toBe(false);
    const claimed = await claim(urlOf(program.port), { KEY1: "value1" });
    expect(claimed.outcome).toBe("claimed");
  });

  it("bears the token", async () => {
    const env = { STARTUP_SERVER_TOKEN: "right" };
    const program = await start(host, { env });
    const wrong = await claim(urlOf(program.port), {}, { token: "wrong" });
    expect(wrong).toMatchObject({ outcome: "refused", problem: { code: "unauthorized" } });
    const right = await claim(urlOf(program.port), {}, { token: "right" });
    expect(right).toMatchObject({ outcome: "claimed", verified: true });
  });

  it("lets one of two environments win, and tells the other so", async () => {
    // A caller who does not close keeps the server long enough to tell the loser.
    const program = await start(host);
    const outcomes = await Promise.all(
      ["A", "B"].map((name) => claim(urlOf(program.port), { [name]: name }, { deadlineMs: 1_000 })),
    );
    const won = outcomes.findIndex(({ outcome }) => outcome === "claimed");
    expect(program.readEnvFile()).toBe(won === 0 ? "A=A\n" : "B=B\n");
    // Whoever comes when the winner has been answered finds nobody.
    const lost = outcomes[1 - won]?.outcome;
    expect(["taken", "unreachable", "unknown"]).toContain(lost);
    expect(await program.exit).toBe(0);
  });

  it("gives many who claim the same for one server the same answer", async () => {
    const program = await start(host, { args: ["--drain", "2000"] });
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => claim(urlOf(program.port), VARIABLES, { deadlineMs: 1_000 })),
    );
    const claimed = outcomes.flatMap((one) => (one.outcome === "claimed" ? [one.receipt] : []));
    expect(claimed.length).toBeGreaterThan(0);
    expect(claimed.filter((receipt) => receipt?.replayed === false)).toHaveLength(1);
    for (const { outcome } of outcomes) {
      expect(["claimed", "unreachable", "unknown"]).toContain(outcome);
    }
  });
});
