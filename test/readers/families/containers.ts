/** Docker, podman, Compose and kubectl: their clients read the file, an engine is only pretended. */

import { rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { recordCreation } from "../engine.ts";
import type { Place } from "../place.ts";
import {
  ALL,
  memberOf,
  packageVersion,
  parseNulEnded,
  QUOTE_AWARE,
  type Reader,
  type Reading,
  readingOfAssignments,
  readingOfObject,
  versionFrom,
  YAML_TEXT,
} from "../reader.ts";

export function docker(place: Place): Reader {
  return {
    name: "docker --env-file",
    place,
    claims: { docker: ALL },
    version: () => versionFrom(place, ["docker", "--version"]),
    read: async (path) => {
      const specification = await recordCreation(place, (socket) => [
        "docker",
        "--host",
        `unix://${socket}`,
        "create",
        "--env-file",
        path,
        "image",
      ]);
      const assignments = memberOf(specification, "Env");
      if (!Array.isArray(assignments)) throw new Error("expected Env, got none");
      return readingOfAssignments(assignments.map(String));
    },
  };
}

export function podman(place: Place): Reader {
  return {
    name: "podman --env-file",
    place,
    claims: { docker: ALL },
    version: () => packageVersion(place, "podman"),
    read: async (path) => {
      const specification = await recordCreation(place, (socket) => [
        "podman",
        "--remote",
        "--url",
        `unix://${socket}`,
        "create",
        "--pull=never",
        "--env-file",
        path,
        "image",
      ]);
      return readingOfObject(memberOf(specification, "env") ?? {});
    },
  };
}

/** Compose v2: `format` is that of the entry of `env_file`. */
function composeReader(place: Place, format: "raw" | undefined): Reader {
  const isRaw = format === "raw";
  return {
    name: isRaw ? "Compose v2, format: raw" : "Compose v2 env_file",
    place,
    claims: isRaw ? { docker: ALL } : { ...QUOTE_AWARE, compose: ALL },
    version: () => packageVersion(place, "docker-compose"),
    read: async (path) => {
      const entry = isRaw ? { path, format } : { path };
      const project = { services: { app: { image: "image", env_file: [entry] } } };
      const printed = await place.run({
        argv: [
          "docker",
          "compose",
          "--project-name",
          "app",
          "-f",
          "-",
          "config",
          "--format",
          "json",
        ],
        cwd: "/",
        input: JSON.stringify(project),
      });
      const json: unknown = JSON.parse(printed.stdout.toString("utf8"));
      return undoubleDollars(memberOf(json, "services", "app", "environment") ?? {});
    },
  };
}

/** \`config\` prints a file that Compose could read again: every dollar sign is doubled. */
function undoubleDollars(environment: unknown): Reading {
  const reading = new Map<string, Buffer>();
  for (const [name, value] of readingOfObject(environment)) {
    reading.set(
      name,
      Buffer.from(
        value.toString("utf8").replaceAll("$$", () => "$"),
        "utf8",
      ),
    );
  }
  return reading;
}

export function compose(place: Place): readonly Reader[] {
  return [composeReader(place, undefined), composeReader(place, "raw")];
}

const COMPOSE_V1 = `
import sys
from compose.config.environment import env_vars_from_file
for name, value in env_vars_from_file(sys.argv[1]).items():
    sys.stdout.buffer.write((name + "=" + value + "\\0").encode())
`;

/** Compose v1 is Python; its reader is called as it calls it itself. */
export function composeV1(place: Place): Reader {
  return {
    name: "Compose v1 env_file",
    place,
    claims: QUOTE_AWARE,
    version: () => packageVersion(place, "docker-compose"),
    read: async (path) => {
      const { stdout } = await place.run({ argv: ["python3", "-c", COMPOSE_V1, path] });
      return parseNulEnded(stdout);
    },
  };
}

export function kubectl(place: Place): Reader {
  return {
    name: "kubectl --from-env-file",
    place,
    claims: { docker: ALL },
    version: () => versionFrom(place, ["kubectl", "version", "--client"]),
    read: async (path) => {
      const flags = [`--from-env-file=${path}`, "--dry-run=client", "--output=json"];
      const printed = await place.run({
        argv: ["kubectl", "create", "configmap", "app", ...flags],
      });
      const json: unknown = JSON.parse(printed.stdout.toString("utf8"));
      return readingOfObject(memberOf(json, "data") ?? {});
    },
  };
}

const KUSTOMIZATION = "kustomization.yaml";

export function kustomize(place: Place): Reader {
  return {
    name: "kustomize envs",
    place,
    claims: { docker: YAML_TEXT },
    version: () => versionFrom(place, ["sh", "-c", "kubectl version --client | tail -n 1"]),
    read: async (path) => {
      const directory = dirname(path);
      const generator = { name: "app", envs: [path.slice(directory.length + 1)] };
      const file = place.outside(`${directory}/${KUSTOMIZATION}`);
      writeFileSync(file, JSON.stringify({ configMapGenerator: [generator] }));
      try {
        const printed = await place.run({ argv: ["kubectl", "kustomize", directory] });
        const input = printed.stdout.toString("utf8");
        // kubectl reads its own YAML, and this way takes no cluster.
        const flags = ["--local", "--filename=-", "--output=json", "read=yes"];
        const read = await place.run({ argv: ["kubectl", "annotate", ...flags], input });
        const json: unknown = JSON.parse(read.stdout.toString("utf8"));
        return readingOfObject(memberOf(json, "data") ?? {});
      } finally {
        rmSync(file);
      }
    },
  };
}
