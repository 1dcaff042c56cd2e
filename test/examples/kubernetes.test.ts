/**
 * The Kubernetes manifests against the API's published types (which the official client's are made from), and the
 * command lines in them against the server's own flags.
 */

import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../../src/command-line.ts";
import {
  EXAMPLES,
  findProblems,
  type Manifest,
  parseManifests,
  type PodSpec,
  readManifest,
} from "./manifests.ts";

const FOLDER = "kubernetes";
const RBAC = "kubernetes-pool/rbac.yaml";
const files = readdirSync(resolve(EXAMPLES, FOLDER))
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => `${FOLDER}/${name}`);

function podOf({ spec }: Manifest): PodSpec {
  return spec.template?.spec ?? spec;
}

describe.each([...files, RBAC])("%s", (name) => {
  test("is what the API takes", () => {
    for (const manifest of parseManifests(name)) {
      expect(findProblems(manifest, manifest.kind)).toBe("");
    }
  });

  test("would not pass with a field of another name", () => {
    const [manifest] = parseManifests(name);
    const wrong = { ...manifest, metadata: { volumez: [] } };
    expect(findProblems(wrong, manifest?.kind ?? "")).toContain("volumez");
  });
});

describe.each(files)("%s", (name) => {
  test("gives the server a command line that it takes", () => {
    const lines = parseManifests(name).flatMap(({ kind, ...manifest }) => {
      if (kind === "NetworkPolicy") return [];
      const { initContainers, containers } = podOf({ kind, ...manifest });
      return [...(initContainers ?? []), ...containers].flatMap(({ args }) =>
        args === undefined ? [] : [args],
      );
    });
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(parseSettings(line, [])).toMatchObject({
        ok: true,
        value: { kind: "serve" },
      });
    }
  });

  test("mounts only volumes that it has", () => {
    for (const manifest of parseManifests(name)) {
      if (manifest.kind === "NetworkPolicy") continue;
      const { initContainers, containers, volumes } = podOf(manifest);
      const mounted = [...(initContainers ?? []), ...containers].flatMap(
        (one) => one.volumeMounts ?? [],
      );
      const known = (volumes ?? []).map((volume) => volume.name);
      expect(mounted.map((mount) => mount.name).filter((mount) => !known.includes(mount))).toEqual(
        [],
      );
    }
  });
});

test("the pool's Deployment selects its own pods, and no longer those whose label says claimed", () => {
  const { selector, template } = readManifest("kubernetes/warm-pool.yaml", "Deployment").spec;
  expect(template?.metadata.labels).toMatchObject(selector?.matchLabels ?? { nothing: "" });
  expect(selector?.matchLabels).toHaveProperty("pool", "waiting");
});

test("the pool's policy selects the pods that can be claimed, also when they have left the Deployment", () => {
  const { podSelector } = readManifest("kubernetes/warm-pool.yaml", "NetworkPolicy").spec;
  expect(podSelector).toEqual({
    matchLabels: { app: "app" },
    matchExpressions: [{ key: "pool", operator: "In", values: ["waiting", "taken"] }],
  });
});

test("every manifest is one of these tests' files", () => {
  expect(files.map((name) => basename(name, ".yaml"))).toEqual([
    "image-volume",
    "init-container",
    "warm-pool",
  ]);
});
