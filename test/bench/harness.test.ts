/** The measurements still work: a few runs of each, of which no figure is judged. */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { takePorts } from "../../bench/place.ts";
import { need } from "../blackbox/needs.ts";

const hasNative = inject("hosts").some(({ name, problem }) => name === "native" && !problem);

/** Standard output of `npm run bench` with these flags; throws where it fails. */
function bench(...flags: readonly string[]): string {
  return execFileSync(process.execPath, ["bench/run.mjs", ...flags], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

describe.skipIf(!hasNative)("the measurements", { timeout: 120_000 }, () => {
  it("compare servers and tell which goals are reached", (context) => {
    need(context, "linux", "cc", "wrk");
    const shown = bench("main", "--quick", "--only", "startup-server,node");
    expect(shown).toMatch(/^\| {2}\| startup-server \| Node [\d.]+ \|/);
    expect(shown).toMatch(/^\| claim of 1,000 variables to exit, ms \| [\d.]+ \| [\d.]+ \|/m);
    expect(shown).toMatch(/^(reached|MISSED ) file, MB: [\d.]+, at most 0\.6$/m);
  });

  it("follow how cost grows", (context) => {
    need(context, "linux", "cc");
    expect(bench("main", "--growth", "--quick")).toMatch(/^\| variables in JSON \| 1, 10,000 \|/m);
  });

  it.each([
    [["main", "--only", "startup-server,rust"], "expected some of startup-server, c, go"],
    [["main", "--write", "--quick"], "expected a whole run"],
  ])("refuse %j", (flags, sentence) => {
    expect(() => bench(...flags)).toThrow(sentence);
  });
});

describe("takePorts", () => {
  it("takes none that somebody listens on", async (context) => {
    need(context, "linux");
    const taken = takePorts(2) + 3;
    const server = createServer().listen(taken, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const first = takePorts(4);
    expect(first > taken || first + 3 < taken).toBe(true);
  });
});
