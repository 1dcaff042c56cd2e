/** The pool's example as its users run it: bundled, one process an orchestrator, on the suite's engine. */

import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { expect, inject, onTestFinished, vi } from "vitest";
import { makeDirectory } from "../blackbox/program.ts";
import { buildImage, Container, docker } from "./container.ts";

const BUNDLE = "dist/docker-pool.mjs";
const IMAGE = "pooled";
const LABEL = "startup-server.pool";

/** What it says marks the beginning of a workload; behind its last variable it ends, unless it is to stay. */
const WORKLOAD = `
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
extern char **environ;
int main(void)
{
	printf("the workload runs\\n");
	for (char **variable = environ; *variable; variable++) printf("variable %s\\n", *variable);
	fflush(stdout);
	if (getenv("STAY")) for (;;) pause();
}
`;

/** What every container has from its engine. */
const INHERITED = /^(?:HOME|HOSTNAME|PATH)=/;

export async function buildOrchestrator(): Promise<void> {
  await build({
    entryPoints: ["examples/docker-pool/main.ts"],
    outfile: BUNDLE,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  const workload = ".cache/docker/pooled";
  writeFileSync(`${workload}.c`, WORKLOAD);
  execFileSync("gcc", ["-static", "-Os", "-s", "-o", workload, `${workload}.c`]);
  const lines = [
    "FROM scratch",
    "COPY startup-server workload /",
    'ENTRYPOINT ["/startup-server"]',
  ];
  buildImage(IMAGE, `${lines.join("\n")}\n`, {
    "startup-server": "dist/startup-server",
    workload,
  });
}

/** A line that an orchestrator has written about a job. */
export interface Told {
  readonly job: string;
  readonly outcome: string;
  readonly serial?: string;
  readonly attempts?: number;
  readonly claimMs?: number;
}

/** A job's container, and what its workload said. */
export interface Run {
  readonly container: Container;
  readonly name: string;
  readonly state: string;
  /** Those that the pool's jobs brought; undefined where no workload has begun. */
  readonly variables: readonly string[] | undefined;
}

/** One pool on the suite's engine; whatever is left of it goes with the test. */
export class PoolOnEngine {
  readonly name: string;
  readonly root = makeDirectory();

  constructor(name: string) {
    this.name = name;
    onTestFinished(() => {
      for (const id of this.#ids()) docker("rm", "--force", "--volumes", id);
      const bindings = this.bindings();
      if (bindings.length > 0) docker("volume", "rm", "--force", ...bindings);
    });
  }

  /** Starts an orchestrator that keeps so many containers waiting. */
  start(size: number, ...flags: readonly string[]): Orchestrator {
    return this.startAt(inject("engine").env["DOCKER_HOST"] ?? "", size, ...flags);
  }

  /** The same, with another socket in the engine's place. */
  startAt(host: string, size: number, ...flags: readonly string[]): Orchestrator {
    const place = ["--pool", this.name, "--directory", this.root];
    const kind = ["--image", IMAGE, "--network", "none", "--size", String(size)];
    return new Orchestrator([...place, ...kind, ...flags, "--", "/workload"], host);
  }

  /** Names and states of the containers that wait for a job. */
  waiting(): readonly string[] {
    return this.#list("{{.Names}} {{.State}}", `name=^${this.name}\\.waiting\\.`);
  }

  async waitForWaiting(size: number): Promise<void> {
    await vi.waitFor(
      () => {
        const waiting = this.waiting();
        expect(waiting.filter((line) => line.endsWith(" running"))).toHaveLength(size);
        expect(waiting).toHaveLength(size);
      },
      { timeout: 60_000, interval: 50 },
    );
  }

  /** All containers that have begun their workload. */
  runs(): readonly Run[] {
    const lines = this.#list("{{.ID}} {{.Names}} {{.State}}");
    const runs = lines.map((line): Run => {
      const [id = "", name = "", state = ""] = line.split(" ");
      const container = new Container(id);
      return { container, name, state, variables: readVariables(container.logs()) };
    });
    return runs.filter(({ variables }) => variables !== undefined);
  }

  bindings(): readonly string[] {
    const filter = `label=${LABEL}=${this.name}`;
    return linesOf(docker("volume", "ls", "--quiet", "--filter", filter));
  }

  directories(): readonly string[] {
    return linesOf(execFileSync("ls", ["-A", join(this.root, this.name)], { encoding: "utf8" }));
  }

  /** What remains when nothing is to wait any more. */
  async left(): Promise<object> {
    await this.start(0).end();
    return { ids: this.#ids(), bindings: this.bindings(), directories: this.directories() };
  }

  #ids(): readonly string[] {
    return this.#list("{{.ID}}");
  }

  #list(format: string, ...filters: readonly string[]): readonly string[] {
    const all = [`label=${LABEL}=${this.name}`, ...filters].flatMap((one) => ["--filter", one]);
    return linesOf(docker("ps", "--all", "--format", format, ...all));
  }
}

/** What is left of a pool of which nothing is left. */
export const NOTHING = { ids: [], bindings: [], directories: [] };

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function readVariables(logs: string): readonly string[] | undefined {
  const lines = logs.split("\n");
  if (!lines.includes("the workload runs")) return undefined;
  const variables = lines.filter((line) => line.startsWith("variable "));
  return variables
    .map((line) => line.slice("variable ".length))
    .filter((variable) => !INHERITED.test(variable))
    .toSorted();
}

export class Orchestrator {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown>;
  readonly #asked = new Map<string, (told: Told | undefined) => void>();
  #complaints = "";

  constructor(args: readonly string[], host: string) {
    const env = { PATH: process.env["PATH"], DOCKER_HOST: host };
    this.#child = spawn(process.execPath, [BUNDLE, ...args], { env });
    this.#exited = once(this.#child, "close");
    // Whoever writes to a killed one hears EPIPE, which its answers tell already.
    this.#child.stdin.on("error", () => undefined);
    this.#child.stderr.on("data", (text) => (this.#complaints += String(text)));
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const told: Told = JSON.parse(line);
      this.#settle(told.job, told);
    });
    void this.#exited.then(() => {
      for (const job of this.#asked.keys()) this.#settle(job, undefined);
    });
    onTestFinished(() => void this.#child.kill("SIGKILL"));
  }

  /** Undefined where it died before it answered. */
  async deliver(
    job: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<Told | undefined> {
    return await this.#ask(job, { job, variables });
  }

  async forget(job: string): Promise<Told | undefined> {
    return await this.#ask(job, { forget: job });
  }

  /** What it complained of. */
  get complaints(): string {
    return this.#complaints;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Waits until it is dead. */
  async died(): Promise<void> {
    await this.#exited;
    expect(this.#child.signalCode).toBe("SIGKILL");
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#exited;
    expect({ status: this.#child.exitCode, complaints: this.#complaints }).toEqual({
      status: 0,
      complaints: "",
    });
  }

  async #ask(job: string, request: object): Promise<Told | undefined> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return undefined;
    return await new Promise((resolve) => {
      this.#asked.set(job, resolve);
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  #settle(job: string, told: Told | undefined): void {
    this.#asked.get(job)?.(told);
    this.#asked.delete(job);
  }
}
