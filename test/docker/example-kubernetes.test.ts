/** The Kubernetes manifests as kubectl decodes them: by the API's own types and quantities, without a cluster. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { describeInContainers } from "./container.ts";
import { installFile } from "./stand-in.ts";

const MANIFESTS = ["init-container", "image-volume", "warm-pool"];

let kubectl = "";

/** A command that decodes and prints what has containers; it takes a variable to be added to each. */
function decode(manifest: string): unknown {
  const args = ["set", "env", "--local", "--filename=-", "--output=json", "DECODED=yes"];
  const printed = execFileSync(kubectl, args, {
    input: manifest,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
  return JSON.parse(printed);
}

/** The pod, or the Deployment, of that example; kubectl reads YAML of version 1.1. */
function readManifest(name: string): Record<string, unknown> {
  const text = readFileSync(`examples/kubernetes/${name}.yaml`, "utf8");
  return parseAllDocuments(text, { version: "1.1" })[0]?.toJS() ?? {};
}

/** Without the variable that decoding took. */
function undecorate(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) =>
    Array.isArray(member) ? member.filter((one) => one?.name !== "DECODED") : member,
  );
}

describeInContainers("kubectl", () => {
  beforeAll(() => {
    kubectl = installFile("kubectl", "usr/bin/kubectl");
  });

  it.for(MANIFESTS)("knows every field of %s.yaml, and takes its value", (name) => {
    const manifest = readManifest(name);
    expect(undecorate(decode(JSON.stringify(manifest)))).toMatchObject(manifest);
  });

  it("does not know a field of another name, nor takes a value of another kind", () => {
    const text = JSON.stringify(readManifest("init-container"));
    const renamed = text.replaceAll("fileKeyRef", "fileKeyReference");
    expect(renamed).not.toBe(text);
    expect(JSON.stringify(decode(renamed))).not.toContain("fileKey");
    const wrong = text.replace('"4Mi"', '"4 megabytes"');
    expect(wrong).not.toBe(text);
    expect(() => decode(wrong)).toThrow("quantities must match");
  });
});
