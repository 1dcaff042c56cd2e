/** A restarted container: what was claimed is reused where all of it stands, and only there. */

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { expect, it, onTestFinished } from "vitest";
import type { HostProgram } from "../setup.ts";
import { bindMount, mount, mountSmallDisk, need } from "./needs.ts";
import {
  describeOnEachHost,
  makeDirectory,
  type Program,
  run,
  runToEnd,
  start,
} from "./program.ts";
import { makeTree, readTree } from "./tree.ts";
import { claim, formatRequest, Wire } from "./wire.ts";

const REUSE = "--if-exists=reuse";
const RECORD = "..env.startup-server-claimed";
const SECRET = "s3cret-Value-8Hq";
const QUERY = `KEY1=${SECRET}&KEY2=value2`;
const FILE = `KEY1=${SECRET}\nKEY2=value2\n`;
const TWO = ["--output=sh:.env", "--output=files:secrets"];

/** A directory in which that has been claimed, and a server has ended behind it. */
async function makeClaimed(
  host: HostProgram,
  args: readonly string[] = [],
  cwd = makeDirectory(),
): Promise<string> {
  const program = await start(host, { cwd, args: [REUSE, ...args] });
  expect((await claim(program.port, QUERY)).status).toBe(200);
  expect(await program.exit).toBe(0);
  return cwd;
}

async function expectReuse(
  host: HostProgram,
  cwd: string,
  args: readonly string[] = [],
  wrapper: readonly string[] = [],
): Promise<Program> {
  const program = await runToEnd(host, { cwd, args: [REUSE, ...args], wrapper });
  expect([await program.exit, program.messages]).toEqual([0, ["reused what was claimed before"]]);
  return program;
}

/** It waits, says why, and can be claimed, which is reused from then on. */
async function expectWait(
  host: HostProgram,
  cwd: string,
  args: readonly string[],
  why: { readonly reason: string; readonly file: string },
): Promise<void> {
  const program = await start(host, { cwd, args: [REUSE, ...args] });
  const level = why.reason === "no_record" ? "info" : "warn";
  expect(program.events[0]).toMatchObject({ level, message: "nothing to reuse", ...why });
  expect((await claim(program.port, "KEY3=value3")).status).toBe(200);
  expect(await program.exit).toBe(0);
  const { events } = await expectReuse(host, cwd, args);
  expect(events[0]).toMatchObject({ count: 1, names: ["KEY3"] });
}

function changeByte(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length - 2;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Leaves the same bytes, behind a symlink. */
function replaceBySymlink(path: string): void {
  renameSync(path, `${path}.moved`);
  symlinkSync(`${path}.moved`, path);
}

function replaceByFifo(path: string): void {
  rmSync(path);
  execFileSync("mkfifo", [path]);
}

/** A record whose own digest is right. */
function forge(path: string, change: (rest: string) => string, title?: string): void {
  const [line = "", ...lines] = readFileSync(path, "utf8").split("\n");
  const rest = change(lines.join("\n"));
  const digest = createHash("sha256").update(rest).digest("hex");
  writeFileSync(path, `${title ?? line.slice(0, line.lastIndexOf(" "))} ${digest}\n${rest}`);
}

type Row = readonly [
  sentence: string,
  tamper: (cwd: string) => void,
  reason: string,
  file: string,
  after?: readonly string[],
];

const TAMPERED: readonly Row[] = [
  ["a byte of the file is another", (cwd) => changeByte(join(cwd, ".env")), "changed", ".env"],
  [
    "the file is cut",
    (cwd) => writeFileSync(join(cwd, ".env"), FILE.slice(0, -1)),
    "changed",
    ".env",
  ],
  ["the file has more", (cwd) => appendFileSync(join(cwd, ".env"), "#"), "changed", ".env"],
  ["the file is empty", (cwd) => writeFileSync(join(cwd, ".env"), ""), "changed", ".env"],
  ["the file is gone", (cwd) => rmSync(join(cwd, ".env")), "missing", ".env"],
  ["the file is a symlink", (cwd) => replaceBySymlink(join(cwd, ".env")), "untrusted", ".env"],
  ["the file is a FIFO", (cwd) => replaceByFifo(join(cwd, ".env")), "untrusted", ".env"],
  ["others may read it", (cwd) => chmodSync(join(cwd, ".env"), 0o644), "untrusted", ".env"],
  ["nobody may write it", (cwd) => chmodSync(join(cwd, ".env"), 0o400), "untrusted", ".env"],
  ["the record is gone", (cwd) => rmSync(join(cwd, RECORD)), "no_record", `./${RECORD}`],
  [
    "a byte of the record is another",
    (cwd) => changeByte(join(cwd, RECORD)),
    "damaged_record",
    `./${RECORD}`,
  ],
  [
    "the record is cut",
    (cwd) => {
      const path = join(cwd, RECORD);
      writeFileSync(path, readFileSync(path).subarray(0, -1));
    },
    "damaged_record",
    `./${RECORD}`,
  ],
  [
    "the record is empty",
    (cwd) => writeFileSync(join(cwd, RECORD), ""),
    "damaged_record",
    `./${RECORD}`,
  ],
  [
    "the record is of another format",
    (cwd) => writeFileSync(join(cwd, RECORD), `{"sha256":"${"0".repeat(64)}"}\n`),
    "damaged_record",
    `./${RECORD}`,
  ],
  [
    "the record is of a later version",
    (cwd) => forge(join(cwd, RECORD), (rest) => rest, "startup-server-claimed 2"),
    "damaged_record",
    `./${RECORD}`,
  ],
  [
    "the record tells of other settings",
    (cwd) => forge(join(cwd, RECORD), (rest) => rest.replace('"deny":[]', '"deny":["A"]')),
    "other_settings",
    ".env",
  ],
  [
    "the record has a length that is none",
    (cwd) => forge(join(cwd, RECORD), (rest) => rest.replace(/\n\d+ (\w{64})/, "\n-5 $1")),
    "damaged_record",
    `./${RECORD}`,
  ],
  [
    "the record tells of no output",
    (cwd) => forge(join(cwd, RECORD), (rest) => rest.replace(/\n\d+ .*\n$/, "\n\n")),
    "changed",
    ".env",
  ],
  [
    "the record is a symlink",
    (cwd) => replaceBySymlink(join(cwd, RECORD)),
    "untrusted_record",
    `./${RECORD}`,
  ],
  [
    "the record is a FIFO",
    (cwd) => replaceByFifo(join(cwd, RECORD)),
    "untrusted_record",
    `./${RECORD}`,
  ],
  [
    "others may read the record",
    (cwd) => chmodSync(join(cwd, RECORD), 0o604),
    "untrusted_record",
    `./${RECORD}`,
  ],
  [
    "others may write the record",
    (cwd) => chmodSync(join(cwd, RECORD), 0o602),
    "untrusted_record",
    `./${RECORD}`,
  ],
  ["another dialect is wanted", () => undefined, "other_settings", ".env", ["--format=json"]],
  ["another mode is wanted", () => undefined, "other_settings", ".env", ["--mode=640"]],
  [
    "another owner is wanted",
    () => undefined,
    "other_settings",
    ".env",
    [`--owner=${process.getuid?.() ?? 0}`],
  ],
  ["a name is refused now", () => undefined, "other_settings", ".env", ["--deny=KEY2"]],
  ["a name is required now", () => undefined, "other_settings", ".env", ["--require=KEY3"]],
  [
    "one more output is wanted",
    () => undefined,
    "other_settings",
    ".env",
    ["--output=portable:.env", "--output=json:b"],
  ],
];

const TAMPERED_DIRECTORY: readonly Row[] = [
  ["a file in it is another", (cwd) => changeByte(join(cwd, "secrets/KEY2")), "changed", "secrets"],
  ["a file in it is gone", (cwd) => rmSync(join(cwd, "secrets/KEY1")), "changed", "secrets"],
  [
    "there is one more file in it",
    (cwd) => writeFileSync(join(cwd, "secrets/KEY3"), ""),
    "changed",
    "secrets",
  ],
  [
    "there is a directory in it",
    (cwd) => mkdirSync(join(cwd, "secrets/more")),
    "changed",
    "secrets",
  ],
  [
    "a file in it is a symlink",
    (cwd) => {
      renameSync(join(cwd, "secrets/KEY1"), join(cwd, "elsewhere"));
      symlinkSync("../elsewhere", join(cwd, "secrets/KEY1"));
    },
    "changed",
    "secrets",
  ],
  [
    "a file in it is a FIFO",
    (cwd) => replaceByFifo(join(cwd, "secrets/KEY1")),
    "changed",
    "secrets",
  ],
  [
    "others may read a file in it",
    (cwd) => chmodSync(join(cwd, "secrets/KEY1"), 0o644),
    "changed",
    "secrets",
  ],
  ["others may search it", (cwd) => chmodSync(join(cwd, "secrets"), 0o711), "untrusted", "secrets"],
  [
    "it is a symlink to itself elsewhere",
    (cwd) => replaceBySymlink(join(cwd, "secrets")),
    "untrusted",
    "secrets",
  ],
  [
    "it is a file",
    (cwd) => {
      rmSync(join(cwd, "secrets"), { recursive: true });
      writeFileSync(join(cwd, "secrets"), SECRET, { mode: 0o600 });
    },
    "changed",
    "secrets",
  ],
  ["the other output is gone", (cwd) => rmSync(join(cwd, ".env")), "missing", ".env"],
];

describeOnEachHost("--if-exists=reuse", (host) => {
  it("ends at once with 0 where what was claimed stands, and touches nothing", async () => {
    const cwd = await makeClaimed(host);
    const before = [".env", RECORD].map((name) => statSync(join(cwd, name)).ino);
    const program = await expectReuse(host, cwd);
    expect(program.events).toMatchObject([
      { level: "info", count: 2, names: ["KEY1", "KEY2"], files: [".env"] },
    ]);
    expect([".env", RECORD].map((name) => statSync(join(cwd, name)).ino)).toEqual(before);
    expect(program.readEnvFile()).toBe(FILE);
    expect(readdirSync(cwd).toSorted()).toEqual([RECORD, ".env"]);
  });

  it("keeps a record that only its owner may read, and that holds no value", async () => {
    const cwd = await makeClaimed(host, ["--mode=644"]);
    expect(statSync(join(cwd, RECORD)).mode & 0o7777).toBe(0o600);
    const record = readFileSync(join(cwd, RECORD), "utf8");
    expect(record).toMatch(
      /^startup-server-claimed 1 [0-9a-f]{64}\n\{.*\}\nKEY1,KEY2\n\d+ [0-9a-f]{64}\n$/,
    );
    expect(record).not.toContain(SECRET);
    expect(record).toContain(createHash("sha256").update(FILE).digest("hex"));
  });

  it("waits where nothing has been claimed yet", async () => {
    const why = { reason: "no_record", file: `./${RECORD}` };
    await expectWait(host, makeDirectory(), [], why);
  });

  it("waits where another writer's file stands, whole or half", async () => {
    const cwd = makeTree({ ".env": "KEY1=val" });
    await expectWait(host, cwd, [], { reason: "no_record", file: `./${RECORD}` });
  });

  it("reuses several outputs, with the digest that the receipt had", async () => {
    const cwd = await makeClaimed(host, TWO);
    const before = readTree(cwd);
    await expectReuse(host, cwd, TWO);
    expect(readTree(cwd)).toEqual(before);
  });

  it("reuses an empty claim, and an empty directory", async () => {
    const cwd = makeDirectory();
    const program = await start(host, { cwd, args: [REUSE, ...TWO] });
    expect((await claim(program.port, "")).status).toBe(200);
    expect(await program.exit).toBe(0);
    await expectReuse(host, cwd, TWO);
  });

  it("reuses what was acknowledged right before a kill", async () => {
    const cwd = makeDirectory();
    const program = await start(host, { cwd, args: [REUSE, "--drain=20000"] });
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: `/?${QUERY}` }));
    expect((await wire.answer()).status).toBe(200);
    program.kill("SIGKILL");
    expect(await program.exit).toBe(137);
    await expectReuse(host, cwd);
  });

  it.for(TAMPERED)("waits where %s", async ([, tamper, reason, file, after = []]) => {
    const cwd = await makeClaimed(host);
    tamper(cwd);
    await expectWait(host, cwd, after, { reason, file });
  });

  it.for(TAMPERED_DIRECTORY)("waits where, of a directory, %s", async (row) => {
    const [, tamper, reason, file] = row;
    const cwd = await makeClaimed(host, TWO);
    tamper(cwd);
    const program = await start(host, { cwd, args: [REUSE, ...TWO] });
    expect(program.events[0]).toMatchObject({ message: "nothing to reuse", reason, file });
  });

  it("waits where, of a directory, there is one more file whose name is no text", async (context) => {
    need(context, "linux");
    const cwd = await makeClaimed(host, TWO);
    writeFileSync(Buffer.from(`${cwd}/secrets/\xff`, "latin1"), "", { mode: 0o600 });
    const program = await start(host, { cwd, args: [REUSE, ...TWO] });
    expect(program.events[0]).toMatchObject({ reason: "changed", file: "secrets" });
  });

  it.for([
    ["the file", ".env", "untrusted", ".env"],
    ["the record", RECORD, "untrusted_record", `./${RECORD}`],
  ] as const)("waits where %s is somebody else's", async ([, name, reason, file], context) => {
    need(context, "root");
    const cwd = await makeClaimed(host);
    chownSync(join(cwd, name), 41_234, 0);
    await expectWait(host, cwd, [], { reason, file });
  });

  it("waits where the file is of another claim than the record", async () => {
    const [cwd, other] = [await makeClaimed(host), makeDirectory()];
    const program = await start(host, { cwd: other, args: [REUSE] });
    expect((await claim(program.port, "KEY9=value9")).status).toBe(200);
    expect(await program.exit).toBe(0);
    copyFileSync(join(other, ".env"), join(cwd, ".env"));
    await expectWait(host, cwd, [], { reason: "changed", file: ".env" });
  });

  it("reuses a file that was given to --owner, for as long as it is theirs", async (context) => {
    need(context, "root");
    const args = ["--owner=41234:42345"];
    const cwd = await makeClaimed(host, args);
    expect(statSync(join(cwd, RECORD)).uid).toBe(0);
    await expectReuse(host, cwd, args);
    chownSync(join(cwd, ".env"), 41_234, 0);
    await expectWait(host, cwd, args, { reason: "untrusted", file: ".env" });
  });

  it("reuses a file that nobody may write, without being root", async (context) => {
    need(context, "root", "setpriv");
    const cwd = makeDirectory();
    chownSync(cwd, 41_234, 41_234);
    const ids = ["--reuid=41234", "--regid=41234", "--clear-groups"];
    const wrapper = ["setpriv", ...ids, "--inh-caps=-all", "--bounding-set=-all"];
    const args = [REUSE, "--mode=0400"];
    const program = await start(host, { cwd, args, wrapper });
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    await expectReuse(host, cwd, ["--mode=0400"], wrapper);
  });

  it("reuses a file that is mounted, and was written in place", async (context) => {
    need(context, "mounts");
    const cwd = makeTree({ ".env": "below\n" });
    const source = join(makeDirectory(), "mounted");
    writeFileSync(source, "OLD=1\n");
    bindMount(source, join(cwd, ".env"));
    await makeClaimed(host, [], cwd);
    await expectReuse(host, cwd);
    writeFileSync(source, FILE.slice(1));
    await expectWait(host, cwd, [], { reason: "changed", file: ".env" });
  });

  it("reuses a file on a disk that cannot be written any more, and ends with 73 where there is none", async (context) => {
    need(context, "mounts");
    const cwd = await makeClaimed(host, [], mountSmallDisk(64));
    mount("-o", "remount,ro", cwd);
    await expectReuse(host, cwd);
    const program = await runToEnd(host, { cwd, args: [REUSE, "--file=other"] });
    const messages = ["nothing to reuse", "the env file's directory cannot be written"];
    expect([await program.exit, program.messages]).toEqual([73, messages]);
  });

  it("makes durable what it reuses before it ends", async (context) => {
    need(context, "strace");
    const cwd = await makeClaimed(host);
    const trace = join(makeDirectory(), "trace");
    const wrapper = ["strace", "-f", "-y", "-o", trace, "-e", "trace=fsync"];
    await expectReuse(host, cwd, [], wrapper);
    const lines = readFileSync(trace, "utf8").split("\n");
    const synced = lines.flatMap((line) => /fsync\(\d+<(.*)>\) += 0$/.exec(line)?.[1] ?? []);
    expect(synced).toEqual([join(cwd, RECORD), join(cwd, ".env"), cwd]);
  });

  it.for([
    ["the record", 1, "untrusted_record", `./${RECORD}`],
    ["the file", 2, "untrusted", ".env"],
    ["the directory", 3, "not_durable", ".env"],
  ] as const)("waits where %s cannot be made durable", async (row, context) => {
    need(context, "strace");
    const [, when, reason, file] = row;
    const cwd = await makeClaimed(host);
    const inject = ["-e", "trace=fsync", "-e", `inject=fsync:error=EIO:when=${when}`];
    const wrapper = ["strace", "-f", "-o", "/dev/null", ...inject];
    const program = await start(host, { cwd, args: [REUSE], wrapper });
    expect(program.events[0]).toMatchObject({ message: "nothing to reuse", reason, file });
    expect((await claim(program.port, "KEY3=value3")).status).toBe(200);
    expect(await program.exit).toBe(0);
  });

  it("refuses a claim that cannot be recorded, and keeps the old file", async () => {
    const cwd = makeTree({ ".env": "OLD=1\n", [`${RECORD}/`]: "" });
    const program = await start(host, { cwd, args: [REUSE] });
    const answer = await claim(program.port, QUERY);
    expect([answer.status, JSON.parse(answer.body).detail]).toEqual([
      500,
      "EISDIR at rename; nothing was applied",
    ]);
    expect(program.readEnvFile()).toBe("OLD=1\n");
    expect(readdirSync(cwd).toSorted()).toEqual([RECORD, ".env"]);
  });

  it("removes a killed predecessor's unfinished record, whatever the flag says now", async () => {
    const digits = "0123456789abcdef".repeat(2);
    const left = `.${RECORD}.startup-server-${digits}`;
    const cwd = makeTree({ [left]: "half", [`${left}.old`]: "old", [RECORD]: "stays" });
    await start(host, { cwd });
    expect(readdirSync(cwd)).toEqual([RECORD]);
  });

  it("takes no record for an output", async () => {
    const program = await runToEnd(host, { args: ["--file", RECORD] });
    expect(await program.exit).toBe(64);
  });

  it("reuses after a power cut what was acknowledged right before", async (context) => {
    need(context, "root", "mounts", "loop");
    const image = join(makeDirectory(), "disk.img");
    execFileSync("truncate", ["--size=16M", image]);
    execFileSync("mkfs.ext4", ["-q", image]);
    const cwd = mountImage(image);
    const program = await start(host, { cwd, args: [REUSE, ...TWO, "--drain=20000"] });
    const wire = await Wire.connect(program.port);
    await wire.send(formatRequest({ target: `/?${QUERY}` }));
    expect((await wire.answer()).status).toBe(200);
    const copy = join(makeDirectory(), "copy.img");
    copyFileSync(image, copy);
    wire.close();
    expect(await program.exit).toBe(0);
    const after = mountImage(copy);
    await expectReuse(host, after, TWO);
    expect(readFileSync(join(after, ".env"), "utf8")).toBe(FILE);
  });

  // Under strace a signal ends one of Node's threads at a moment of its own.
  if (host.name !== "native") return;

  it(
    "may be killed at every call: behind it, all is reused that was claimed, or nothing",
    { timeout: 180_000 },
    async (context) => {
      need(context, "strace");
      const counts = await countCalls(host);
      const seen = new Set<string>();
      for (const [name, count] of counts) {
        for (let nth = 1; nth <= count; nth += 1) {
          // oxlint-disable-next-line no-await-in-loop -- one kill after the other
          seen.add(await restartBehindKill(host, name, nth));
        }
      }
      expect([...seen].toSorted()).toEqual(["reused", "waits"]);
    },
  );
});

/** An ext4 file system in an image of its own, mounted until the test is over. */
function mountImage(image: string): string {
  const directory = makeDirectory();
  mount("-o", "loop", image, directory);
  onTestFinished(() => void execFileSync("umount", ["-l", directory], { stdio: "pipe" }));
  return directory;
}

const CALLS =
  "link,linkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,unlink,unlinkat,fsync,fchmod,pwrite64";

/** Claimed before, and one byte of it is another now, so that a claim is waited for. */
async function makeSpoiled(host: HostProgram): Promise<string> {
  const cwd = await makeClaimed(host, TWO);
  changeByte(join(cwd, ".env"));
  return cwd;
}

/** How often each call comes behind the start, as a kill counts them: those of the whole run. */
async function countCalls(host: HostProgram): Promise<ReadonlyMap<string, number>> {
  const trace = join(makeDirectory(), "trace");
  const wrapper = ["strace", "-o", trace, "-e", `trace=${CALLS}`];
  const cwd = await makeSpoiled(host);
  const program = await start(host, { cwd, args: [REUSE, ...TWO], wrapper });
  expect((await claim(program.port, "KEY3=value3")).status).toBe(200);
  expect(await program.exit).toBe(0);
  const counts = new Map<string, number>();
  for (const line of readFileSync(trace, "utf8").split("\n")) {
    const [, name] = /^(\w+)\(/.exec(line) ?? [];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

async function restartBehindKill(host: HostProgram, name: string, nth: number): Promise<string> {
  const cwd = await makeSpoiled(host);
  const inject = ["-e", `trace=${name}`, "-e", `inject=${name}:signal=KILL:when=${nth}`];
  const wrapper = ["strace", "-o", "/dev/null", ...inject];
  const program = run(host, { cwd, args: [REUSE, ...TWO], wrapper });
  // It may die before it listens, or in the middle of the claim.
  await program.ready.then((port) => claim(port, "KEY3=value3")).catch(() => undefined);
  expect([name, nth, await program.exit]).toEqual([name, nth, 137]);
  const next = run(host, { cwd, args: [REUSE, ...TWO] });
  const ending = await Promise.race([next.exit, next.ready.then(() => "waits")]);
  const names = readdirSync(cwd).filter(
    (each) => each.includes(".startup-server-") && each !== RECORD,
  );
  expect([name, nth, names]).toEqual([name, nth, []]);
  if (ending === "waits") return ending;
  expect([name, nth, ending, readTree(cwd)]).toMatchObject([
    name,
    nth,
    0,
    { ".env": "KEY3=value3\n", "secrets/": "", "secrets/KEY3": "value3" },
  ]);
  return "reused";
}

const STANDING: readonly (readonly [sentence: string, make: (path: string) => void])[] = [
  ["a file", (path) => writeFileSync(path, "OLD=1\n")],
  ["an empty file", (path) => writeFileSync(path, "")],
  ["a symlink to nothing", (path) => symlinkSync("nowhere", path)],
  ["a directory", (path) => mkdirSync(path)],
  ["a FIFO", (path) => execFileSync("mkfifo", [path])],
  [
    "one more name of a file",
    (path) => {
      writeFileSync(`${path}.other`, "");
      linkSync(`${path}.other`, path);
    },
  ],
];

describeOnEachHost("--if-exists=refuse", (host) => {
  it.each(STANDING)("ends with 73 before it listens where %s stands", async (_sentence, make) => {
    const cwd = makeDirectory();
    make(join(cwd, ".env"));
    const before = lstatSync(join(cwd, ".env"));
    const program = await runToEnd(host, { cwd, args: ["--if-exists=refuse"] });
    expect(await program.exit).toBe(73);
    expect(program.events).toMatchObject([
      { level: "error", message: "an env file stands already", file: ".env" },
    ]);
    const after = lstatSync(join(cwd, ".env"));
    expect([after.ino, after.mtimeMs, after.mode]).toEqual([
      before.ino,
      before.mtimeMs,
      before.mode,
    ]);
  });

  it("ends with 73 where any of several outputs stands", async () => {
    const cwd = makeTree({ "secrets/A": "1" });
    const program = await runToEnd(host, { cwd, args: ["--if-exists=refuse", ...TWO] });
    expect(await program.exit).toBe(73);
    expect(program.events).toMatchObject([{ file: "secrets" }]);
  });

  it("waits where nothing stands, writes no record, and refuses the next time", async () => {
    const cwd = makeDirectory();
    const first = await start(host, { cwd, env: { STARTUP_SERVER_IF_EXISTS: "refuse" } });
    expect((await claim(first.port, QUERY)).status).toBe(200);
    expect(await first.exit).toBe(0);
    expect(readdirSync(cwd)).toEqual([".env"]);
    const second = await runToEnd(host, { cwd, args: ["--if-exists", "refuse"] });
    expect(await second.exit).toBe(73);
  });
});

describeOnEachHost("--if-exists=overwrite", (host) => {
  it("is the default: an intact claim is waited for again, and no record is kept", async () => {
    const cwd = await makeClaimed(host);
    const record = readFileSync(join(cwd, RECORD));
    const program = await start(host, { cwd });
    expect((await claim(program.port, "KEY3=value3")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readFileSync(join(cwd, RECORD))).toEqual(record);
    expect(existsSync(join(cwd, ".env"))).toBe(true);
    // The record that stayed tells of another file.
    await expectWait(host, cwd, [], { reason: "changed", file: ".env" });
  });
});
