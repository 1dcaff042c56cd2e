/** What a bug does: it ends the program, says so, and gives nothing away. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, type TestContext } from "vitest";
import type { HostProgram } from "../setup.ts";
import { need } from "./needs.ts";
import { describeOnEachHost, type Launch, makeDirectory, start } from "./program.ts";
import { formatRequest, Wire } from "./wire.ts";

const SECRET = "s3cret-Value-8Hq";

/** Room to start in, and none for a request of a mebibyte. */
const FEW_BYTES = 4_000_000;

/** What makes the host fail where nobody expects it to: a broken engine, or memory that runs out. */
function breaking({ name }: HostProgram, context: TestContext): Launch {
  if (name !== "node") {
    need(context, "prlimit");
    return { wrapper: ["prlimit", `--as=${FEW_BYTES}`] };
  }
  const module = join(makeDirectory(), "broken.cjs");
  const thrower = `function () { throw new TypeError("${SECRET}"); }`;
  writeFileSync(module, `require("node:net").Socket.prototype.write = ${thrower};`);
  return { env: { NODE_OPTIONS: `--require ${module}` } };
}

describeOnEachHost("a bug", (host) => {
  // The sanitizers need more memory than any limit that would run out.
  it.skipIf(host.name === "sanitized")(
    "ends the program with 70 and one sentence, which tells nothing of what it had in hand",
    async (context) => {
      const program = await start(host, breaking(host, context));
      const wire = await Wire.connect(program.port);
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      const body = `A=${SECRET.repeat(65_000)}`;
      await wire.send(formatRequest({ method: "POST", headers, body }));
      expect(await program.exit).toBe(70);
      expect(program.stderr).toMatch(/\nstartup-server: ended by a bug\n$/);
      expect(program.stderr + program.stdout).not.toContain(SECRET);
    },
  );
});
