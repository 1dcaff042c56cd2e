/** Rules of how the process lives and ends, and of what it prints. */

import { join } from "node:path";
import { differs, expectStatus, type Finding, type ProcessRule, processRule } from "./rule.ts";
import { LEAVE_MS, type ServerProcess } from "./subject.ts";
import { formatRequest } from "./wire.ts";

const CLAIM = { target: "{claim}?KEY1=value1" };
const FILE = "KEY1=value1\n";
const STATUS = "README, Exit status";

function endsBySignal(signal: "SIGTERM" | "SIGINT" | "SIGHUP", status: number): ProcessRule {
  const id = `ends-by-${signal.toLowerCase()}`;
  return processRule(
    id,
    `${signal} ends a waiting server with ${status}`,
    STATUS,
    async (server) => {
      server.kill(signal);
      return differs("exit status", status, (await server.exitWithin(LEAVE_MS)) ?? null);
    },
  );
}

export const PROCESS_RULES: readonly ProcessRule[] = [
  endsBySignal("SIGTERM", 143),
  endsBySignal("SIGINT", 130),
  endsBySignal("SIGHUP", 129),
  processRule(
    "claimed-is-0",
    "Behind the commit the status is 0, whatever signal comes",
    STATUS,
    async (server) => {
      const wire = server.connect();
      wire.send(formatRequest(CLAIM));
      const reply = await wire.answer();
      server.kill("SIGTERM");
      const problem = expectStatus(reply, 200) ?? (await server.expectClaimed(FILE));
      wire.close();
      return problem;
    },
  ),
  processRule(
    "held-up-by-nobody",
    "Callers who stay connected do not keep the server from leaving",
    "README, Heard",
    async (server) => {
      const wires = [server.connect(), server.connect(), server.connect()];
      const [silent, half, winner] = wires;
      half?.send("GET {health} HTTP/1.1\r\nHost: ");
      // Answered, so that the others have been accepted when the claim comes.
      await server.call({ target: "{health}" });
      winner?.send(formatRequest(CLAIM));
      const reply = await winner?.answer();
      const problem = await server.expectClaimed(FILE);
      silent?.close();
      for (const wire of wires) wire.close();
      return (reply && expectStatus(reply, 200)) ?? problem;
    },
  ),
  processRule(
    "frees-the-port",
    "Who has left has freed the port",
    "README, Heard",
    async (server) => {
      const reply = await server.call(CLAIM);
      const problem = expectStatus(reply, 200) ?? (await server.expectClaimed(FILE));
      if (problem !== undefined) return problem;
      const behind = await server.call({ target: "{health}" });
      return differs("a call afterwards", "refused", behind.failure);
    },
  ),
  processRule(
    "prints-no-value",
    "No value and no token is ever printed",
    "README, Private",
    async (server) => {
      const bearer = { Authorization: "Bearer geheimer-schluessel" };
      const refused = await server.call({
        target: "{claim}?KEY1=geheim&PATH=geheim",
        headers: bearer,
      });
      const wrong = await server.call({
        target: "{claim}?KEY1=geheim",
        headers: { Authorization: "Bearer falsch" },
      });
      const claimed = await server.call({ target: "{claim}?KEY1=geheim", headers: bearer });
      const status = await server.exitWithin(LEAVE_MS);
      const isPrinted = ["geheim", "falsch", "Z2VoZWlt", "67656865696d"].some((text) =>
        server.output.includes(text),
      );
      if (isPrinted) return "what it printed: expected no value and no token, got one";
      return (
        expectStatus(refused, 422) ??
        expectStatus(wrong, 401) ??
        expectStatus(claimed, 200) ??
        differs("exit status", 0, status ?? null)
      );
    },
    { settings: { STARTUP_SERVER_TOKEN: "geheimer-schluessel" } },
  ),
  {
    id: "no-directory",
    sentence: "A directory that cannot be written is told at the start, with 73",
    clause: STATUS,
    kind: "starts",
    needs: "process",
    prepare: (directory) => join(directory, "no", "such", ".env"),
    check: (server) => endsAtOnce(server, 73),
  },
  {
    id: "bad-setting",
    sentence: "A setting that is wrong is told at the start, with 64",
    clause: STATUS,
    kind: "starts",
    needs: "process",
    settings: { STARTUP_SERVER_PORT: "http" },
    check: (server) => endsAtOnce(server, 64),
  },
];

async function endsAtOnce(server: ServerProcess, status: number): Promise<Finding> {
  return differs("exit status", status, (await server.exitWithin(LEAVE_MS)) ?? null);
}
