/** Faults that were survived last: each of these stories once failed. */

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { expect, it } from "vitest";
import { need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, type Program, start } from "./program.ts";
import { trace } from "./tracing.ts";
import { claim, formatRequest, heartBeat, Wire } from "./wire.ts";

const OLD = "OLD=0ld-value\n";

describeOnEachHost("a commit", (host) => {
  const startOver = (): Promise<Program> => {
    const cwd = makeDirectory();
    writeFileSync(join(cwd, ".env"), OLD);
    return start(host, { cwd });
  };

  it("P4: an old file that can have no second name stands again, too", async (context) => {
    need(context, "root", "strace");
    const program = await startOver();
    const faults = ["?link,linkat:error=EPERM:when=1", "fsync:error=EIO:when=2"];
    const injected = faults.flatMap((fault) => ["-e", `inject=${fault}`]);
    await trace(program.pid, "-e", "trace=?link,linkat,fsync", ...injected);
    expect((await claim(program.port, "KEY1=value1")).status).toBe(500);
    expect(program.readEnvFile()).toBe(OLD);
  });

  it.runIf(host.name === "node")(
    "P4: a directory whose closing fails has been synced: the claim has won",
    async (context) => {
      need(context, "root", "strace");
      const program = await startOver();
      await trace(program.pid, "-e", "trace=close", "-e", "inject=close:error=EIO:when=2");
      expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
      expect(await program.exit).toBe(0);
      expect(readdirSync(program.directory)).toEqual([".env"]);
    },
  );

  it.runIf(host.name === "node")("P11: EDQUOT is told by its name", async (context) => {
    need(context, "root", "strace");
    const program = await startOver();
    await trace(program.pid, "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=EDQUOT:when=1");
    const answer = await claim(program.port, "KEY1=value1");
    expect(JSON.parse(answer.body).detail).toBe("EDQUOT at write; nothing was applied");
  });
});

describeOnEachHost("a server", (host) => {
  it.runIf(host.name === "native")(
    "P12: a hundred thousand variables are answered by a limit, not by the clock",
    async () => {
      const program = await start(host);
      const wire = await Wire.connect(program.port);
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      const body = `${"A=&".repeat(100_000)}A=1`;
      await wire.send(formatRequest({ method: "POST", headers, body }));
      const startMs = performance.now();
      expect((await heartBeat(program.port)).status).toBe(200);
      expect((await wire.answer()).status).toBeGreaterThanOrEqual(400);
      expect(performance.now() - startMs).toBeLessThan(5_000);
    },
  );
});
