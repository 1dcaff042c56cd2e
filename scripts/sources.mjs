/** Obtains the pinned sources of what is linked into the binary, and refuses them unless their digests match. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";

/**
 * @typedef {object} Source
 * @property {string} version
 * @property {string} license an SPDX expression
 * @property {string} archive the tarball's name in the cache
 * @property {string} variable names a local tarball, for builds without a network
 * @property {string} url upstream's
 * @property {string} debianPath the same version on a mirror of Debian
 * @property {readonly string[]} digests SHA-256 of upstream's tarball first, then of Debian's where that differs
 * @property {string} summary what of it the binary holds
 */

/** @type {Readonly<Record<"quickjs" | "musl", Source>>} */
export const SOURCES = {
  quickjs: {
    version: "2025-04-26",
    license: "MIT",
    archive: "quickjs-2025-04-26.tar.xz",
    variable: "QUICKJS_TARBALL",
    url: "https://bellard.org/quickjs/quickjs-2025-04-26.tar.xz",
    debianPath: "pool/main/q/quickjs/quickjs_2025.04.26.orig.tar.xz",
    digests: [
      "2f20074c25166ef6f781f381c50d57b502cb85d470d639abccebbef7954c83bf",
      "ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe",
    ],
    summary: "The JavaScript engine that runs the program",
  },
  musl: {
    version: "1.2.6",
    license: "MIT",
    archive: "musl-1.2.6.tar.gz",
    variable: "MUSL_TARBALL",
    url: "https://musl.libc.org/releases/musl-1.2.6.tar.gz",
    debianPath: "pool/main/m/musl/musl_1.2.6.orig.tar.gz",
    digests: ["d585fd3b613c66151fc3249e8ed44f77020cb5e6c1e635a616d3f9f82460512a"],
    summary: "The C library, linked statically",
  },
};

const CACHE = ".cache";
const TARBALLS = `${CACHE}/sources`;
const FETCH_TIMEOUT_MS = 60_000;

/**
 * The folder that holds a source, obtained on first use: from the file that its variable names, from
 * `.cache/sources`, from upstream, or from this machine's own mirror of Debian.
 * @param {keyof typeof SOURCES} name
 * @returns {Promise<string>}
 */
export async function obtainSource(name) {
  const source = SOURCES[name];
  const folder = `${CACHE}/${name}`;
  // Another version's folder stays what it is until this one is whole.
  const marker = `${folder}/.obtained`;
  if (existsSync(marker) && readFileSync(marker, "utf8") === source.archive) return folder;
  const tarball = await keepTarball(source);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part);
  execFileSync("tar", ["-xf", tarball, "--strip-components=1", "-C", part]);
  writeFileSync(`${part}/.obtained`, source.archive);
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  return folder;
}

/** @param {Source} source */
async function keepTarball(source) {
  const path = `${TARBALLS}/${source.archive}`;
  if (existsSync(path)) {
    verify(source, readFileSync(path), path);
    return path;
  }
  const bytes = await findTarball(source);
  mkdirSync(TARBALLS, { recursive: true });
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
  return path;
}

/** @param {Source} source */
async function findTarball(source) {
  const local = process.env[source.variable];
  if (local !== undefined && local !== "") return verify(source, readFileSync(local), local);
  const failures = [];
  for (const url of [source.url, ...debianUrls(source)]) {
    try {
      return verify(source, await download(url), new URL(url).pathname);
    } catch (failure) {
      failures.push(failure instanceof Error ? failure.message : String(failure));
    }
  }
  throw new Error(
    `${source.archive} could not be fetched (${failures.join("; ")}); ` +
      `set ${source.variable} to a downloaded tarball, or put it into ${TARBALLS}`,
  );
}

/**
 * Where this machine's own package manager gets its packages, if it is Debian's.
 * @param {Source} source
 */
function debianUrls({ debianPath }) {
  try {
    // What is configured, also where the lists have been removed, as in most images.
    const args = ["indextargets", "--no-release-info", "--format", "$(SITE)"];
    const sites = execFileSync("apt-get", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return [...new Set(sites.split("\n"))]
      .filter((site) => site.startsWith("http"))
      .map((site) => `${site.replace(/\/$/, "")}/${debianPath}`);
  } catch {
    return [];
  }
}

/** @param {string} url */
async function download(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${new URL(url).pathname}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * @param {Source} source
 * @param {Uint8Array} bytes
 * @param {string} name
 */
function verify({ digests }, bytes, name) {
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digests.includes(digest)) return bytes;
  throw new Error(`${name}: expected SHA-256 ${digests.join(" or ")}, got ${digest}`);
}
