/**
 * What a machine without a registry of images has in place of base images: Debian's own packages under
 * the images' names. What the Dockerfiles install comes from Debian then, too.
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bootstrap } from "../readers/install.ts";
import type { Engine } from "./setup.ts";

const CACHE = ".cache/docker";
const SUITE = "trixie";
/** The first that has plugins which the engines of older suites work with. */
const PLUGIN_SUITE = "forky";

const SYSTEM_IMAGES = ["alpine:3.22", "ubuntu:24.04"];
const NODE_IMAGES = ["node:24-bookworm-slim"];

/** The plugins of Docker's client that the suite needs, and that not every suite of Debian has. */
export const PLUGINS = ["docker-buildx", "docker-compose"];

/** The path of that plugin. */
export function installPlugin(plugin: string): string {
  return installFile(plugin, `usr/libexec/docker/cli-plugins/${plugin}`);
}

/** The path of a file of that package, in its newest version that runs anywhere. */
export function installFile(name: string, path: string): string {
  const root = join(CACHE, name);
  const file = join(root, path);
  if (!existsSync(file)) {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    bootstrap("extract", [name], PLUGIN_SUITE, root);
  }
  return file;
}

/** The path of an archive of a Debian tree with those packages. */
export function makeTree(name: string, packages: readonly string[], suite: string): string {
  const tree = join(CACHE, `${name}.tar`);
  if (!existsSync(tree)) {
    const part = join(CACHE, `${name}.part.tar`);
    mkdirSync(CACHE, { recursive: true });
    bootstrap("apt", packages, suite, part);
    renameSync(part, tree);
  }
  return tree;
}

/** Gives the engine images of the names that the Dockerfiles ask for. */
export function importStandIns({ env }: Engine): void {
  const tree = makeTree("debian", ["ca-certificates"], SUITE);
  run("docker", ["import", tree, "stand-in:debian"], env);
  const context = makeContext();
  const build = (target: string, tags: readonly string[], ...args: readonly string[]): void => {
    const named = tags.flatMap((tag) => ["--tag", tag]);
    const flags = ["--network", "host", "--allow", "network.host", "--target", target];
    run("docker", ["buildx", "build", ...flags, ...named, ...args, context], env);
  };
  build("system", SYSTEM_IMAGES);
  build(
    "node",
    NODE_IMAGES,
    "--build-arg",
    `REGISTRY=${run("npm", ["config", "get", "registry"])}`,
  );
}

/** npm, and how this machine trusts its mirrors. */
function makeContext(): string {
  const context = join(CACHE, "context");
  if (!existsSync(join(context, "npm"))) {
    rmSync(context, { recursive: true, force: true });
    mkdirSync(join(context, "npm"), { recursive: true });
    const packed = run("npm", ["pack", "--silent", "--pack-destination", CACHE, "npm@10"]);
    const archive = join(CACHE, packed.split("\n").at(-1) ?? "");
    run("tar", ["-xzf", archive, "--strip-components=1", "-C", join(context, "npm")]);
  }
  for (const file of ["Dockerfile", "apk"]) {
    copyFileSync(join("test/docker/stand-in", file), join(context, file));
  }
  copyFileSync("/etc/ssl/certs/ca-certificates.crt", join(context, "ca-certificates.crt"));
  return context;
}

/** What the command prints; its complaints are part of the error where it fails. */
function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return execFileSync(file, args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}
