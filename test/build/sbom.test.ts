import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeBinaries } from "../../scripts/sbom.mjs";
import { SOURCES } from "../../scripts/sources.mjs";
import { makeDirectory } from "../blackbox/program.ts";

const BINARY = { name: "startup-server-alpine", sha1: "1".repeat(40), sha256: "2".repeat(64) };
const PROJECT = { version: "1.2.3", license: "MIT", created: new Date(0) };

it("the SBOM names each binary, and QuickJS and musl with version, digest, licence and purl", () => {
  const { packages, relationships, spdxVersion } = describeBinaries([BINARY], PROJECT);
  expect(spdxVersion).toBe("SPDX-2.3");
  expect(packages.map(({ name, versionInfo }) => [name, versionInfo])).toEqual([
    ["startup-server-alpine", "1.2.3"],
    ["quickjs", SOURCES.quickjs.version],
    ["musl", SOURCES.musl.version],
  ]);
  for (const { SPDXID, licenseConcluded, checksums, externalRefs } of packages) {
    expect(SPDXID).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
    expect(licenseConcluded).toBe("MIT");
    const sha256 = checksums.find(({ algorithm }) => algorithm === "SHA256")?.checksumValue;
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(externalRefs.map(({ referenceLocator }) => referenceLocator)).toEqual([
      expect.stringMatching(new RegExp(`^pkg:generic/.+@.+checksum=sha256:${sha256}`)),
    ]);
  }
  expect(relationships.map((one) => Object.values(one).join(" "))).toEqual([
    "SPDXRef-DOCUMENT DESCRIBES SPDXRef-startup-server-alpine",
    "SPDXRef-startup-server-alpine STATIC_LINK SPDXRef-quickjs",
    "SPDXRef-startup-server-alpine STATIC_LINK SPDXRef-musl",
  ]);
});

it("the SBOM of the same binaries and the same source is the same", () => {
  const binary = join(makeDirectory(), "startup-server-ubuntu");
  writeFileSync(binary, "binary");
  const env = { ...process.env, SOURCE_DATE_EPOCH: "86400" };
  const write = (): string =>
    execFileSync("node", ["scripts/sbom.mjs", binary], { env, encoding: "utf8" });
  const document = JSON.parse(write());
  expect(write()).toBe(`${JSON.stringify(document, undefined, 2)}\n`);
  expect(document.creationInfo.created).toBe("1970-01-02T00:00:00Z");
  const sha256 = createHash("sha256").update("binary").digest("hex");
  expect(document.packages[0].checksums[1].checksumValue).toBe(sha256);
  expect(document.packages[0].versionInfo).toBe(
    JSON.parse(readFileSync("package.json", "utf8")).version,
  );
});
