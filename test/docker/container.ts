/** Containers and images of the suite's own engine, removed after the test. */

import { execFile, execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, inject, onTestFinished, vi } from "vitest";

const READY = "waiting for a claim";
const WAIT = { timeout: 20_000, interval: 20 };

/** Declares the stories where there is an engine to run them. */
export function describeInContainers(theme: string, stories: () => void): void {
  describe.skipIf(inject("engine").problem !== undefined)(theme, stories);
}

/** What `docker` prints; throws what it complains of. */
export function docker(...args: readonly string[]): string {
  const { env } = inject("engine");
  return execFileSync("docker", args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    // An engine that has locked itself up answers never.
    timeout: 240_000,
  }).trim();
}

/** Builds an image from a Dockerfile's text and the files that it copies, by their names there. */
export function buildImage(
  name: string,
  dockerfile: string,
  files: Readonly<Record<string, string>>,
): string {
  const context = mkdtempSync(join(tmpdir(), "startup-server-"));
  try {
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    for (const [file, path] of Object.entries(files)) copyFileSync(path, join(context, file));
    docker("buildx", "build", "--quiet", "--load", "--tag", name, context);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return name;
}

/** Starts a container; `args` are those of `docker run`. */
export function runContainer(...args: readonly string[]): Container {
  const container = new Container(docker("run", "--detach", ...args));
  onTestFinished(() => container.remove());
  return container;
}

export class Container {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  /** What is at `path` in what the engine knows of it, as in `State.Health.Status`. */
  inspect(path: string): string {
    return docker("inspect", "--format", `{{.${path}}}`, this.id);
  }

  /** Standard output and standard error so far. */
  logs(): string {
    const { env } = inject("engine");
    const printed = spawnSync("docker", ["logs", this.id], { env, encoding: "utf8" });
    return printed.stdout + printed.stderr;
  }

  /** Waits until the server says that it waits; returns the port of this machine that leads to it. */
  async ready(): Promise<number> {
    await this.waitFor(READY);
    return Number(docker("port", this.id, "8081").split(":").at(-1));
  }

  async waitFor(text: string): Promise<void> {
    await vi.waitFor(() => {
      if (!this.logs().includes(text))
        throw new Error(`expected ${text}, got ${this.logs()} and ${this.inspect("State.Status")}`);
    }, WAIT);
  }

  async waitForHealth(health: string): Promise<void> {
    await vi.waitFor(() => {
      const found = this.inspect("State.Health.Status");
      if (found !== health) throw new Error(`expected ${health}, got ${found}: ${this.logs()}`);
    }, WAIT);
  }

  /** Waits until it has ended; returns its status. */
  async exit(): Promise<number> {
    const { env } = inject("engine");
    const { stdout } = await promisify(execFile)("docker", ["wait", this.id], { env });
    return Number(stdout);
  }

  remove(): void {
    docker("rm", "--force", "--volumes", this.id);
  }
}
