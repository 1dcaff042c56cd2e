/** What the release workflow makes of binaries: its own scripts, run here as GitHub runs them. */

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { VERSION } from "../../src/version.ts";
import { makeDirectory } from "../blackbox/program.ts";

const FOLDER = ".github/workflows";

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly steps: readonly Step[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
}

function readJobs(name: string): Readonly<Record<string, Job>> {
  return parse(readFileSync(`${FOLDER}/${name}.yml`, "utf8")).jobs;
}

const release = readJobs("release");

function stepOf(job: string, name: string): Step {
  const step = release[job]?.steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`the job ${job} has no step ${name}`);
  return step;
}

const ASSETS = ["alpine", "alpine-arm64", "ubuntu", "ubuntu-arm64"].map(
  (kind) => `startup-server-${kind}`,
);

/** The source as that job checks it out, and binaries as it downloads them: nothing may run them yet. */
function checkOut(): string {
  const root = makeDirectory();
  mkdirSync(join(root, "assets"));
  cpSync("scripts", join(root, "scripts"), { recursive: true });
  cpSync("package.json", join(root, "package.json"));
  const program = `#!/bin/sh\necho 'startup-server ${VERSION} (native host)'\n`;
  for (const asset of ASSETS) writeFileSync(join(root, "assets", asset), program, { mode: 0o644 });
  return root;
}

function runStep(step: Step, cwd: string, own: Readonly<Record<string, string>> = {}): number {
  const env = { PATH: process.env["PATH"], GIT_DIR: resolve(gitDirectory()), ...own };
  const { status, stderr } = spawnSync("bash", ["--norc", "-e", "-c", step.run ?? ""], {
    cwd,
    env,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return status ?? -1;
}

function gitDirectory(): string {
  return execFileSync("git", ["rev-parse", "--git-dir"], { encoding: "utf8" }).trim();
}

describe("the release", () => {
  it("has the assets that it promises", () => {
    const { system = [], arch = [] } = release["binary"]?.strategy?.matrix ?? {};
    const pattern = stepOf("binary", "Build").env?.["ASSET"] ?? "";
    expect(pattern).toBe(
      "startup-server-${{ matrix.system }}${{ matrix.arch == 'arm64' && '-arm64' || '' }}",
    );
    const made = system.flatMap((one) =>
      arch.map((other) => `startup-server-${one}${other === "arm64" ? "-arm64" : ""}`),
    );
    expect(made.toSorted()).toEqual(ASSETS);
  });

  it("has digests of every asset that sha256sum checks, and an SBOM of every binary", () => {
    const root = checkOut();
    expect(runStep(stepOf("assets", "SBOM and digests"), root)).toBe(0);
    const assets = join(root, "assets");
    const check = ["-c", "sha256sum --check --strict SHA256SUMS"];
    const checked = execFileSync("sh", check, { cwd: assets, encoding: "utf8" });
    const sbom = "startup-server.spdx.json";
    expect(checked.trim().split("\n").toSorted()).toEqual(
      [...ASSETS, sbom].map((asset) => `${asset}: OK`).toSorted(),
    );
    const { packages } = JSON.parse(readFileSync(join(assets, sbom), "utf8"));
    expect(packages.map(({ name }: { readonly name: string }) => name)).toEqual([
      ...ASSETS,
      "quickjs",
      "musl",
    ]);
  });

  it.for([
    [`v${VERSION}`, "true", 0],
    ["v9.9.9", "true", 1],
    ["a-branch", "false", 0],
  ] as const)("of %s (a release: %s) goes on with status %i", ([TAG, IS_RELEASE, status]) => {
    expect(runStep(stepOf("assets", "Version"), checkOut(), { TAG, IS_RELEASE })).toBe(status);
  });

  it("does not go on with binaries of another version", () => {
    const root = checkOut();
    writeFileSync(join(root, "assets/startup-server-ubuntu"), "#!/bin/sh\necho other\n");
    const own = { TAG: `v${VERSION}`, IS_RELEASE: "true" };
    expect(runStep(stepOf("assets", "Version"), root, own)).toBe(1);
  });

  it("publishes a package that names the repository which vouches for it", () => {
    const root = checkOut();
    const bin = join(root, "bin");
    mkdirSync(bin);
    const npm = execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim();
    const publish = `#!/bin/sh\n[ "$1" = publish ] || exec ${npm} "$@"\ncp package.json published\n`;
    writeFileSync(join(bin, "npm"), publish, { mode: 0o755 });
    const own = {
      PATH: `${bin}:${process.env["PATH"]}`,
      HOME: root,
      npm_config_update_notifier: "false",
      REPOSITORY: "https://example.org/owner/startup-server",
      IS_RELEASE: "true",
    };
    expect(runStep(stepOf("npm", "Publish"), root, own)).toBe(0);
    expect(JSON.parse(readFileSync(join(root, "published"), "utf8")).repository).toEqual({
      type: "git",
      url: "git+https://example.org/owner/startup-server.git",
    });
  });
});

describe.each(["check", "release"])("the workflow %s", (name) => {
  const scripts = Object.values(readJobs(name)).flatMap(({ steps }) =>
    steps.map(({ run = "" }) => run),
  );

  it("calls scripts and reads files that there are", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8"));
    const text = scripts.join("\n");
    const called = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = ""]) => script);
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(called));
    const files = [...text.matchAll(/\b(?:scripts\/[\w.-]+|\.ci\/run)/g)].map(([path]) => path);
    const dockerfiles = ["alpine.Dockerfile", "ubuntu.Dockerfile"];
    for (const file of [...files, ...dockerfiles])
      expect([file, existsSync(file)]).toEqual([file, true]);
  });
});
