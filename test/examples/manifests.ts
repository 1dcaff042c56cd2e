/** The examples' Kubernetes manifests, as values, and what the API's published types say of them. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { parseAllDocuments } from "yaml";

const ROOT = resolve(import.meta.dirname, "../..");
export const EXAMPLES = resolve(ROOT, "examples");

export interface Container {
  readonly args?: readonly string[];
  readonly volumeMounts?: readonly { readonly name: string }[];
}

export interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
}

interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly values: readonly string[];
  }[];
}

export interface Manifest {
  readonly kind: string;
  readonly spec: PodSpec & {
    readonly selector?: Selector;
    readonly podSelector?: Selector;
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
  /** A Role's. */
  readonly rules?: readonly {
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** All of the file's; throws where it is no YAML. */
export function parseManifests(path: string): readonly Manifest[] {
  const documents = parseAllDocuments(readFileSync(resolve(EXAMPLES, path), "utf8"));
  return documents.map((document): Manifest => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS();
  });
}

export function readManifest(path: string, kind: string): Manifest {
  const manifest = parseManifests(path).find((one) => one.kind === kind);
  if (manifest === undefined) throw new Error(`${path} has no ${kind}`);
  return manifest;
}

/** The client calls the API's field `from` by another name, since that is a word of some languages. */
function formatForClient(manifest: unknown): string {
  return JSON.stringify(manifest).replaceAll('"from":', '"_from":');
}

/** What the compiler says of the manifest as a value of the API's type; empty where it is one. */
export function findProblems(manifest: unknown, kind: string): string {
  // Within the project, so that the client's types are found.
  const directory = mkdtempSync(join(ROOT, "dist/manifest-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const source = `import type { V1${kind} } from "@kubernetes/client-node";
export const manifest: V1${kind} = ${formatForClient(manifest)};\n`;
  writeFileSync(join(directory, "manifest.ts"), source);
  const flags = [
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--module",
    "nodenext",
  ];
  try {
    const args = [resolve(ROOT, "node_modules/typescript/bin/tsc"), ...flags, "manifest.ts"];
    execFileSync(process.execPath, args, { cwd: directory, encoding: "utf8" });
    return "";
  } catch (thrown) {
    return thrown instanceof Error && "stdout" in thrown ? String(thrown.stdout) : String(thrown);
  }
}
