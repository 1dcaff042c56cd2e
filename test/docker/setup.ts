/** Starts a Docker engine of its own for the suite, on a socket of its own, and stops it afterwards. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { buildNative } from "../../scripts/build.mjs";
import { isCi } from "../blackbox/ci.ts";
import { importStandIns, installPlugin, PLUGINS } from "./stand-in.ts";

/** How the tests reach the engine; `problem` tells why there is none. */
export interface Engine {
  /** What the client's environment has to hold. */
  readonly env: Readonly<Record<string, string>>;
  readonly problem: string | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    engine: Engine;
  }
}

/** A bridge of the suite's own: those of the machine's other engines are left alone. */
const BRIDGE = `startup-${process.pid % 100_000}`;
const ADDRESS = `10.213.${process.pid % 256}.1/24`;
const START_TIMEOUT_MS = 30_000;

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const lacking = findProblem();
  if (lacking !== undefined) {
    if (isCi()) throw new Error(`The Docker suite is mandatory in CI: ${lacking}`);
    process.stderr.write(`\nSKIPPED: every story in a container: ${lacking}\n\n`);
    project.provide("engine", { env: {}, problem: lacking });
    return undefined;
  }
  await buildNative();
  const root = mkdtempSync(join(tmpdir(), "startup-server-docker-"));
  const engine = { env: clientEnvironment(root), problem: undefined };
  const daemon = startDaemon(root);
  const stop = async (): Promise<void> => {
    daemon.kill("SIGTERM");
    if (daemon.exitCode === null) await once(daemon, "exit");
    spawnSync("ip", ["link", "delete", BRIDGE]);
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(daemon, engine, join(root, "log"));
    importStandIns(engine);
  } catch (failure) {
    await stop();
    throw failure;
  }
  project.provide("engine", engine);
  return stop;
}

function findProblem(): string | undefined {
  if (process.platform !== "linux") return "there are containers on Linux alone";
  if (process.getuid?.() !== 0) return "an engine takes root";
  for (const command of ["dockerd", "docker", "ip", "mmdebstrap"]) {
    if (spawnSync("sh", ["-c", `command -v ${command}`]).status !== 0)
      return `no ${command} is here`;
  }
  return undefined;
}

function clientEnvironment(root: string): Readonly<Record<string, string>> {
  const config = join(root, "config");
  mkdirSync(join(config, "cli-plugins"), { recursive: true });
  for (const plugin of PLUGINS)
    symlinkSync(resolve(installPlugin(plugin)), join(config, "cli-plugins", plugin));
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: root,
    DOCKER_HOST: `unix://${root}/docker.sock`,
    DOCKER_CONFIG: config,
  };
}

/** Without rules for packets, which other engines of the machine share: ports are passed on by its proxy. */
function startDaemon(root: string): ChildProcess {
  execFileSync("ip", ["link", "add", BRIDGE, "type", "bridge"]);
  execFileSync("ip", ["address", "add", ADDRESS, "dev", BRIDGE]);
  execFileSync("ip", ["link", "set", BRIDGE, "up"]);
  const sockets = ["--host", `unix://${root}/docker.sock`, "--pidfile", join(root, "pid")];
  const folders = ["--data-root", join(root, "data"), "--exec-root", join(root, "exec")];
  const network = ["--bridge", BRIDGE, "--iptables=false", "--ip6tables=false", "--ip-masq=false"];
  const log = openSync(join(root, "log"), "w");
  const daemon = spawn("dockerd", [...sockets, ...folders, ...network], {
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return daemon;
}

async function waitUntilReady(daemon: ChildProcess, { env }: Engine, log: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (spawnSync("docker", ["version"], { env }).status !== 0) {
    if (daemon.exitCode !== null || performance.now() > deadline)
      throw new Error(`The engine did not start: ${readFileSync(log, "utf8").slice(-2000)}`);
    await sleep(100);
  }
}
