/** The servers that are compared: how each is built and started, or why it cannot be. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import process from "node:process";
import { buildNative } from "../scripts/build.mjs";
import { BUILT } from "./place.ts";

export const CONTENDER_NAMES = ["startup-server", "c", "go", "node", "bun", "fastapi"] as const;
export type ContenderName = (typeof CONTENDER_NAMES)[number];

/** A server that can be started. */
export interface Contender {
  readonly name: ContenderName;
  /** For people, with the version of what it stands on. */
  readonly label: string;
  /** Everything that has to be shipped to run it on a bare Linux of the same C library. */
  readonly sizeBytes: number;
  /** Listens on that port of 127.0.0.1 and writes that file. */
  command(port: number | "%p", file: string): readonly string[];
}

/** A server that cannot be started here, with the reason. */
export interface Absent {
  readonly name: ContenderName;
  readonly reason: string;
}

const BUN = "bun@1.4.5";
const FASTAPI = ["fastapi==0.142.2", "uvicorn[standard]==0.54.0"];
const PEERS = "bench/peers";

const BUILDS: Readonly<Record<ContenderName, () => Contender | Promise<Contender>>> = {
  "startup-server": buildOurs,
  c: buildC,
  go: buildGo,
  node: () => {
    const script = resolve(PEERS, "node.mjs");
    const sizeBytes = sizeOf(realpathSync(process.execPath)) + sizeOf(script);
    return peer("node", `Node ${process.versions.node}`, sizeBytes, [process.execPath, script]);
  },
  bun: buildBun,
  fastapi: buildFastapi,
};

/** Builds every server that is asked for, or tells why it is absent. Ours has to be there. */
export async function buildContenders(
  names: readonly ContenderName[],
): Promise<readonly (Contender | Absent)[]> {
  const built: (Contender | Absent)[] = [];
  for (const name of names) {
    try {
      built.push(await BUILDS[name]());
    } catch (thrown) {
      if (name === "startup-server") throw thrown;
      built.push({ name, reason: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }
  return built;
}

export function isPresent(contender: Contender | Absent): contender is Contender {
  return "command" in contender;
}

function peer(
  name: ContenderName,
  label: string,
  sizeBytes: number,
  start: readonly string[],
): Contender {
  return {
    name,
    label,
    sizeBytes,
    command: (port, file) => [...start, String(port), file],
  };
}

/** The native host, as it is shipped. */
export async function buildOurs(): Promise<Contender> {
  await buildNative();
  const binary = resolve("dist/startup-server");
  writeOut(binary);
  return {
    name: "startup-server",
    label: "startup-server",
    sizeBytes: sizeOf(binary),
    command: (port, file) => [
      binary,
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--file",
      file,
    ],
  };
}

function buildC(): Contender {
  const binary = join(BUILT, "bare");
  // The C library that ours has been built with, whatever this machine's own is.
  const musl = resolve(`.cache/musl-${process.arch === "arm64" ? "arm64" : "amd64"}`);
  const headers = ["-nostdinc", "-isystem", `${musl}/include`];
  const own = ["-isystem", run("cc", ["-print-file-name=include"])];
  const begin = ["crt1.o", "crti.o"].map((file) => `${musl}/lib/${file}`);
  const builtins = run("cc", ["-print-libgcc-file-name"]);
  const libraries = ["-Wl,--start-group", `${musl}/lib/libc.a`, builtins, "-Wl,--end-group"];
  const link = ["-nostdlib", ...begin, `${PEERS}/bare.c`, ...libraries, `${musl}/lib/crtn.o`];
  const flags = ["-Os", "-static", "-s", "-fno-pie", "-no-pie", "-o", binary];
  run("cc", [...flags, ...headers, ...own, ...link]);
  writeOut(binary);
  return peer("c", "bare C, musl", sizeOf(binary), [binary]);
}

function buildGo(): Contender {
  const binary = join(BUILT, "go-server");
  const flags = ["build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "main.go"];
  run("go", flags, { cwd: `${PEERS}/go`, env: { ...process.env, CGO_ENABLED: "0" } });
  writeOut(binary);
  const version = /go(\d[\d.]*)/.exec(run("go", ["version"]))?.[1] ?? "";
  return peer("go", `Go ${version} net/http`, sizeOf(binary), [binary]);
}

function buildBun(): Contender {
  const folder = join(BUILT, "bun");
  const bun = join(folder, "node_modules/.bin/bun");
  if (!existsSync(bun)) {
    mkdirSync(folder, { recursive: true });
    run("npm", ["install", "--silent", "--no-save", "--prefix", folder, BUN]);
  }
  const binary = join(BUILT, "bun-server");
  run(bun, ["build", "--compile", "--minify", "--outfile", binary, `${PEERS}/bun.mjs`]);
  writeOut(binary);
  return peer("bun", `Bun ${run(bun, ["--version"])} compiled`, sizeOf(binary), [binary]);
}

function buildFastapi(): Contender {
  const folder = join(BUILT, "fastapi");
  const python = join(folder, "bin/python3");
  if (!existsSync(join(folder, "bin/uvicorn"))) {
    run("python3", ["-m", "venv", folder]);
    run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...FASTAPI]);
  }
  const asked = "import sys, fastapi, uvicorn; print(sys.version.split()[0], fastapi.__version__)";
  const [version = "", fastapi = ""] = run(python, ["-c", asked]).split(" ");
  const standard = run(python, ["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"]);
  const sizeBytes = sizeOf(realpathSync(python)) + sizeOf(join(folder, "lib")) + sizeOf(standard);
  const script = resolve(PEERS, "fastapi_server.py");
  return peer("fastapi", `FastAPI ${fastapi}, uvicorn, Python ${version}`, sizeBytes, [
    python,
    script,
  ]);
}

function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const { error, status, stdout } = spawnSync(command, args, { ...options, encoding: "utf8" });
  const name = basename(command);
  if (error !== undefined) throw new Error(`${name} cannot be started`);
  if (status !== 0) throw new Error(`${name} ${args[0] ?? ""} failed with status ${status}`);
  return stdout.trim();
}

/** To the disk: until then a program's pages count as the process's own dirty ones. */
function writeOut(binary: string): void {
  run("sync", [binary]);
}

/** Of a file, or of everything in a directory. */
function sizeOf(path: string): number {
  const { size } = statSync(path);
  if (!statSync(path).isDirectory()) return size;
  let sum = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) sum += sizeOf(join(path, entry.name));
  }
  return sum;
}
