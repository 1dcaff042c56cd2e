/** Writes an SPDX 2.3 document of binaries: what each is, and the sources that are linked into it. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import process from "node:process";
import { SOURCES } from "./sources.mjs";

/** @typedef {{ name: string, sha1: string, sha256: string }} Binary */

const TOOL = "Tool: startup-server/scripts/sbom.mjs";

/**
 * The document, as a value that is the same for the same binaries. `created` is the time of the
 * source, as in SOURCE_DATE_EPOCH.
 * @param {readonly Binary[]} binaries
 * @param {{ version: string, license: string, created: Date }} project
 */
export function describeBinaries(binaries, { version, license, created }) {
  const digests = binaries.map(({ sha256 }) => sha256).join("");
  const id = createHash("sha256").update(digests).digest("hex");
  const linked = Object.entries(SOURCES).map(([name, source]) => describeSource(name, source));
  const built = binaries.map((binary) => describeBinary(binary, version, license));
  const describes = built.map(({ SPDXID }) => relate("SPDXRef-DOCUMENT", "DESCRIBES", SPDXID));
  const links = built.flatMap((binary) =>
    linked.map((source) => relate(binary.SPDXID, "STATIC_LINK", source.SPDXID)),
  );
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `startup-server-${version}`,
    documentNamespace: `https://spdx.org/spdxdocs/startup-server-${version}-${id}`,
    creationInfo: { created: created.toISOString().replace(/\.\d+Z$/, "Z"), creators: [TOOL] },
    packages: [...built, ...linked],
    relationships: [...describes, ...links],
  };
}

/**
 * @param {Binary} binary
 * @param {string} version
 * @param {string} license
 */
function describeBinary({ name, sha1, sha256 }, version, license) {
  return {
    SPDXID: `SPDXRef-${name}`,
    name,
    packageFileName: name,
    versionInfo: version,
    supplier: "NOASSERTION",
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    primaryPackagePurpose: "APPLICATION",
    licenseConcluded: `${license} AND MIT`.replace("MIT AND MIT", "MIT"),
    licenseDeclared: license,
    copyrightText: "NOASSERTION",
    checksums: [
      { algorithm: "SHA1", checksumValue: sha1 },
      { algorithm: "SHA256", checksumValue: sha256 },
    ],
    comment: "Holds some of the compiler's own run-time functions: libgcc's or compiler-rt's",
    externalRefs: [purl(`pkg:generic/${name}@${version}?checksum=sha256:${sha256}`)],
  };
}

/**
 * @param {string} name
 * @param {import("./sources.mjs").Source} source
 */
function describeSource(name, { version, license, url, digests, archive, summary }) {
  const [digest = ""] = digests;
  return {
    SPDXID: `SPDXRef-${name}`,
    name,
    packageFileName: archive,
    versionInfo: version,
    supplier: "NOASSERTION",
    downloadLocation: url,
    filesAnalyzed: false,
    primaryPackagePurpose: "LIBRARY",
    summary,
    licenseConcluded: license,
    licenseDeclared: license,
    copyrightText: "NOASSERTION",
    checksums: [{ algorithm: "SHA256", checksumValue: digest }],
    externalRefs: [
      purl(
        `pkg:generic/${name}@${version}?checksum=sha256:${digest}&download_url=${encodeURIComponent(url)}`,
      ),
    ],
  };
}

/** @param {string} referenceLocator */
function purl(referenceLocator) {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator };
}

/**
 * @param {string} spdxElementId
 * @param {string} relationshipType
 * @param {string} relatedSpdxElement
 */
function relate(spdxElementId, relationshipType, relatedSpdxElement) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

/**
 * @param {string} path
 * @returns {Binary}
 */
function readBinary(path) {
  const bytes = readFileSync(path);
  const [sha1 = "", sha256 = ""] = ["sha1", "sha256"].map((algorithm) =>
    createHash(algorithm).update(bytes).digest("hex"),
  );
  return { name: basename(path), sha1, sha256 };
}

if (process.argv[1] === import.meta.filename) {
  const paths = process.argv.slice(2);
  if (paths.length === 0) {
    process.stderr.write("sbom: expected the paths of binaries, got none\n");
    process.exit(64);
  }
  const { version, license } = JSON.parse(readFileSync("package.json", "utf8"));
  const seconds = Number(process.env["SOURCE_DATE_EPOCH"] ?? Math.floor(Date.now() / 1000));
  const created = new Date(seconds * 1000);
  const document = describeBinaries(paths.map(readBinary), { version, license, created });
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
}
