/** kill -9 at random moments, and power cuts: what was acknowledged is there, whole (RELIABILITY P1, P2, P6, P10). */

import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { expect, it, onTestFinished } from "vitest";
import { mount, need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, type Program, start } from "./program.ts";
import { type Answer, call, claim, formatRequest, Wire } from "./wire.ts";

/** How often the native host is killed; the Node host takes so long to start that it is killed less. */
const KILLS = Number(process.env["KILLS"] ?? 200);
const KILLS_OF_NODE = Math.ceil(KILLS / 8);

const TIMEOUT_MS = 60_000 + KILLS * 1_000;

/** Long enough that writing it takes some of the time in which it may be killed. */
const PADDING = "v".repeat(20_000);

function fileOf(round: number): string {
  return `ROUND=${round}\nPADDING=${PADDING}\n`;
}

type Outcome = "absent" | "old" | "new";

/** Claims, and kills after `delayMs`; whether the answer had been heard. */
async function killAfter(program: Program, round: number, delayMs: number): Promise<boolean> {
  const wire = await Wire.connect(program.port);
  const answer: Promise<Answer | undefined> = wire.answer().catch(() => undefined);
  await wire.send(formatRequest({ target: `/?ROUND=${round}&PADDING=${PADDING}` }));
  const untilMs = performance.now() + delayMs;
  // Timers are too coarse for what takes less than a millisecond.
  while (performance.now() < untilMs);
  program.kill("SIGKILL");
  const heard = await answer;
  await program.exit;
  return heard?.status === 200;
}

/** What stands there, which has to be whole. */
function readOutcome(path: string, round: number): Outcome {
  if (!existsSync(path)) return "absent";
  const file = readFileSync(path, "utf8");
  if (file === fileOf(round)) return "new";
  const [, digits = ""] = /^ROUND=(\d+)$/m.exec(file) ?? [];
  if (Number(digits) >= round || file !== fileOf(Number(digits))) {
    throw new Error(`A file of ${file.length} bytes that nobody has claimed`);
  }
  return "old";
}

describeOnEachHost("kill -9", (host) => {
  const kills = host.name === "node" ? KILLS_OF_NODE : KILLS;

  it(
    `P1, P2: at ${kills} random moments leaves no file, the old one or the whole new one`,
    async () => {
      const cwd = makeDirectory();
      const path = join(cwd, ".env");
      const tally = { absent: 0, old: 0, new: 0, heard: 0, litter: 0 };
      let delayMs = 5;
      for (let round = 1; round <= kills; round += 1) {
        // Each start is the successor of what was killed before it: it has cleared up.
        const program = await start(host, { cwd });
        expect(readdirSync(cwd)).toEqual(existsSync(path) ? [".env"] : []);
        const isHeard = await killAfter(program, round, delayMs * (0.5 + Math.random()));
        const outcome = readOutcome(path, round);
        tally[outcome] += 1;
        if (isHeard) {
          tally.heard += 1;
          expect(outcome).toBe("new");
        }
        const names = readdirSync(cwd).filter((name) => name !== ".env");
        tally.litter += names.length;
        if (outcome !== "absent") expect(statSync(path).mode & 0o7777).toBe(0o600);
        for (const name of names) {
          expect(name).toMatch(/^\.\.env\.startup-server-[0-9a-f]{32}(\.old)?$/);
          expect(statSync(join(cwd, name)).mode & 0o7777).toBe(0o600);
        }
        // Stays near the moment at which the old file becomes the new one.
        delayMs = outcome === "new" ? delayMs * 0.8 : delayMs * 1.25;
      }
      process.stderr.write(`\nMEASURED ${host.name}: ${kills} kills: ${JSON.stringify(tally)}\n`);
      const last = await start(host, { cwd });
      expect((await claim(last.port, "KEY1=value1")).status).toBe(200);
      expect(await last.exit).toBe(0);
      expect(last.readEnvFile()).toBe("KEY1=value1\n");
      expect(readdirSync(cwd)).toEqual([".env"]);
    },
    TIMEOUT_MS,
  );
});

/** An ext4 file system in an image of its own, mounted until the test is over. */
function mountImage(image: string): string {
  const directory = makeDirectory();
  mount("-o", "loop", image, directory);
  onTestFinished(() => void execFileSync("umount", ["-l", directory], { stdio: "pipe" }));
  return directory;
}

function makeImage(): string {
  const image = join(makeDirectory(), "disk.img");
  execFileSync("truncate", ["--size=16M", image]);
  execFileSync("mkfs.ext4", ["-q", image]);
  return image;
}

describeOnEachHost("a power cut", (host) => {
  it.for([
    ["where there was none", undefined],
    ["in place of an old one", "OLD=1\n"],
  ] as const)("P1, P6: right behind the 200 leaves the new file, %s", async ([, old], context) => {
    need(context, "root", "mounts", "loop");
    const image = makeImage();
    const cwd = mountImage(image);
    if (old !== undefined) writeFileSync(join(cwd, ".env"), old);
    execFileSync("sync", ["-f", cwd]);
    const program = await start(host, { cwd, args: ["--drain", "20000"] });
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: `/?ROUND=1&PADDING=${PADDING}` }));
    expect((await wire.answer()).status).toBe(200);
    // What nobody has synced is lost, or else the copy would prove nothing.
    writeFileSync(join(cwd, "unsynced"), PADDING);
    const copy = join(makeDirectory(), "copy.img");
    copyFileSync(image, copy);
    wire.close();
    expect(await program.exit).toBe(0);
    const after = mountImage(copy);
    expect(readFileSync(join(after, ".env"), "utf8")).toBe(fileOf(1));
    expect(statSync(join(after, ".env")).mode & 0o7777).toBe(0o600);
    const unsynced = join(after, "unsynced");
    expect(existsSync(unsynced) ? readFileSync(unsynced, "utf8") : "").not.toBe(PADDING);
    const successor = await start(host, { cwd: after });
    expect(readdirSync(after).filter((name) => name.startsWith("..env"))).toEqual([]);
    expect((await call(successor.port, { target: "/?KEY1=value1" })).status).toBe(200);
    expect(await successor.exit).toBe(0);
  });
});
