/** Many claims at once: exactly one wins, and everybody else hears so or finds the door closed. */

import { expect, it } from "vitest";
import { describeOnEachHost, start } from "./program.ts";
import { type Answer, call, claimForm, claimJson, formatRequest, heartBeat, Wire } from "./wire.ts";

const CLAIMS = 200;

type Outcome = Answer | "closed";

async function claimOn(connected: Promise<Wire>, contender: number): Promise<Outcome> {
  try {
    const wire = await connected;
    await wire.send(formatRequest({ target: targetOf(contender) }));
    const answer = await wire.answer();
    wire.close();
    return answer;
  } catch {
    return "closed";
  }
}

function targetOf(contender: number): string {
  const path = contender % 2 === 0 ? "/" : "/startup/inject";
  return `${path}?WINNER=${contender}&PADDING=${"x".repeat(contender * 10)}`;
}

function fileOf(contender: number): string {
  return `WINNER=${contender}\nPADDING=${"x".repeat(contender * 10)}\n`;
}

function tally(outcomes: readonly Outcome[]): readonly (number | "closed")[] {
  return outcomes.map((outcome) => (outcome === "closed" ? outcome : outcome.status));
}

describeOnEachHost("two hundred simultaneous claims", (host) => {
  it.each([
    ["that connect at the same time", 0],
    ["of which half have been connected before", CLAIMS / 2],
  ])("%s have exactly one winner", async (_sentence, connectedBefore) => {
    const program = await start(host);
    const connect = (): Promise<Wire> => Wire.connect(program.port);
    const early = await Promise.all(Array.from({ length: connectedBefore }, connect));
    const outcomes = await Promise.all(
      Array.from({ length: CLAIMS }, (_, contender) => {
        const wire = early[contender];
        return claimOn(wire === undefined ? connect() : Promise.resolve(wire), contender);
      }),
    );
    const statuses = tally(outcomes);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect([...new Set(statuses)].filter((status) => status !== 200 && status !== 409)).toEqual(
      statuses.includes("closed") ? ["closed"] : [],
    );
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe(fileOf(statuses.indexOf(200)));
    expect(program.messages.filter((message) => message === "claimed")).toHaveLength(1);
  });
});

describeOnEachHost("while the winner is being answered", (host) => {
  it("the same environment gets the same answer, and another one gets 409", async () => {
    const program = await start(host, { args: ["--drain", "20000"] });
    const winner = await Wire.connect(program.port);
    const headers = { Accept: "application/json" };
    await winner.send(formatRequest({ target: "/?KEY1=value1&KEY2=value2", headers }));
    const won = JSON.parse((await winner.answer()).body);
    const form = await claimForm(program.port, "KEY1=value1&KEY2=value2");
    expect(form).toMatchObject({ status: 200, body: "OK" });
    const again = await call(program.port, { target: "/?KEY1=value1&KEY2=value2", headers });
    expect(again.status).toBe(200);
    expect(JSON.parse(again.body)).toEqual({ ...won, replayed: true });
    expect(won.replayed).toBe(false);
    const other = await claimJson(program.port, { KEY1: "other" });
    expect(other.status).toBe(409);
    expect(JSON.parse(other.body)).toMatchObject({ status: 409, code: "already_claimed" });
    expect((await heartBeat(program.port)).status).toBe(200);
    expect(program.hasExited).toBe(false);
    winner.close();
    expect(await program.exit).toBe(0);
    expect(program.readEnvFile()).toBe("KEY1=value1\nKEY2=value2\n");
  });
});
