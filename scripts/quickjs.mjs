/** Obtains the pinned QuickJS, and refuses it unless its digest matches. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";

export const QUICKJS_VERSION = "2025-04-26";

/** The upstream tarball, and the same version as Debian's source package packs it. */
const DIGESTS = [
  "2f20074c25166ef6f781f381c50d57b502cb85d470d639abccebbef7954c83bf",
  "ec81da5b3249ed648dbc7df4a1654988910e66a118d9b71cb63534216efcfbbe",
];

const UPSTREAM = `https://bellard.org/quickjs/quickjs-${QUICKJS_VERSION}.tar.xz`;
const DEBIAN_PATH = "pool/main/q/quickjs/quickjs_2025.04.26.orig.tar.xz";

const CACHE = ".cache";
const FOLDER = `${CACHE}/quickjs`;
const FETCH_TIMEOUT_MS = 60_000;

/**
 * The folder that holds the engine's source, fetched on first use. `QUICKJS_TARBALL` names a local
 * file for builds without a network.
 * @returns {Promise<string>}
 */
export async function obtainQuickjs() {
  if (existsSync(`${FOLDER}/quickjs.c`)) return FOLDER;
  const tarball = await findTarball();
  mkdirSync(CACHE, { recursive: true });
  const part = `${FOLDER}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part);
  writeFileSync(`${part}/source.tar.xz`, tarball);
  execFileSync("tar", ["-xJf", "source.tar.xz", "--strip-components=1"], { cwd: part });
  rmSync(`${part}/source.tar.xz`);
  rmSync(FOLDER, { recursive: true, force: true });
  renameSync(part, FOLDER);
  return FOLDER;
}

/** @returns {Promise<Uint8Array>} */
async function findTarball() {
  const local = process.env["QUICKJS_TARBALL"];
  if (local !== undefined && local !== "") return verify(readFileSync(local), local);
  const failures = [];
  for (const url of [UPSTREAM, ...debianUrls()]) {
    try {
      return verify(await download(url), new URL(url).pathname);
    } catch (failure) {
      failures.push(failure instanceof Error ? failure.message : String(failure));
    }
  }
  throw new Error(
    `QuickJS ${QUICKJS_VERSION} could not be fetched (${failures.join("; ")}); ` +
      "set QUICKJS_TARBALL to a downloaded tarball",
  );
}

/** Where this machine's own package manager gets its packages, if it is Debian's.  */
function debianUrls() {
  try {
    const sites = execFileSync("apt-get", ["indextargets", "--format", "$(SITE)"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return [...new Set(sites.split("\n"))]
      .filter((site) => site.startsWith("http"))
      .map((site) => `${site.replace(/\/$/, "")}/${DEBIAN_PATH}`);
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
 * @param {Uint8Array} bytes
 * @param {string} name
 */
function verify(bytes, name) {
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (DIGESTS.includes(digest)) return bytes;
  throw new Error(`${name}: expected SHA-256 ${DIGESTS.join(" or ")}, got ${digest}`);
}
