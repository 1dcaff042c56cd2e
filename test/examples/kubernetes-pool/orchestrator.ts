/** The example as it is run: a process of its own, with a kubeconfig that names the fake API. */

import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { onTestFinished } from "vitest";
import { makeDirectory } from "../../blackbox/program.ts";
import { TOKEN } from "./cluster.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
// Within the project, so that the official client is found.
const BUNDLE = resolve(ROOT, "dist/kubernetes-pool.mjs");

/** Node 20 reads no TypeScript. */
export async function buildOrchestrator(): Promise<void> {
  await build({
    entryPoints: [resolve(ROOT, "examples/kubernetes-pool/main.ts")],
    outfile: BUNDLE,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["@kubernetes/client-node"],
    define: { BUILT_TEXT_NAMES: "[]" },
    logLevel: "warning",
  });
}

export interface Job {
  readonly id: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface OrchestratorSpec {
  readonly user: string;
  readonly apiUrl: string;
  readonly port: number;
  readonly jobs: readonly Job[];
  readonly flags?: readonly string[];
}

export class Orchestrator {
  readonly exit: Promise<number | NodeJS.Signals | null>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;

  constructor({ user, apiUrl, port, jobs, flags = [] }: OrchestratorSpec) {
    const directory = makeDirectory();
    const kubeconfig = join(directory, "kubeconfig");
    writeFileSync(kubeconfig, formatKubeconfig(apiUrl, user));
    const tokenFile = join(directory, "token");
    writeFileSync(tokenFile, `${TOKEN}\n`);
    const common = ["--port", String(port), "--token-file", tokenFile, "--poll-ms", "50"];
    const env = { PATH: process.env["PATH"] ?? "", KUBECONFIG: kubeconfig };
    this.#child = spawn(process.execPath, [BUNDLE, ...common, ...flags], { env });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdin?.end(jobs.map((job) => `${JSON.stringify(job)}\n`).join(""));
    this.exit = new Promise((done, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (status, signal) => done(status ?? signal));
    });
    onTestFinished(() => this.kill());
  }

  /** Resolves when it has ended: with SIGKILL it leaves nothing in order. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exit;
  }

  get results(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.stdout.split("\n").filter((line) => line !== "");
    return lines.map((line): Readonly<Record<string, unknown>> => JSON.parse(line));
  }
}

function formatKubeconfig(apiUrl: string, user: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "fake", cluster: { server: apiUrl, "insecure-skip-tls-verify": true } }],
    users: [{ name: user, user: { token: user } }],
    contexts: [{ name: "fake", context: { cluster: "fake", user } }],
    "current-context": "fake",
  });
}
