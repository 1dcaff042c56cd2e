/** The npm package as its users meet it: packed, installed into an empty project, run and imported. */

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start } from "./blackbox/program.ts";
import { claim } from "./blackbox/wire.ts";
import { giveReceipt, ScriptedServer } from "./client/scripted-server.ts";

const ROOT = resolve(import.meta.dirname, "..");
const TSC = resolve(ROOT, "node_modules/typescript/bin/tsc");

let project = "";
let packed: readonly string[] = [];

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  // What the caller's npm was told, such as --prefix, is not meant for this one.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_"));
  const env = { ...Object.fromEntries(inherited), npm_config_cache: join(project, "cache") };
  const { stdout } = await promisify(execFile)(command, [...args], { cwd, env });
  return stdout;
}

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "startup-server-package-"));
  const args = ["pack", "--json", "--silent", "--pack-destination", project];
  const [tarball]: readonly Packed[] = JSON.parse(await run("npm", args, ROOT));
  packed = tarball?.files.map(({ path }) => path).toSorted() ?? [];
  writeFileSync(join(project, "package.json"), '{"private":true,"type":"module"}');
  // There is nothing to be fetched: the package stands alone.
  const install = ["install", "--offline", "--no-audit", "--no-fund", `./${tarball?.filename}`];
  await run("npm", install, project);
}, 120_000);

afterAll(() => rm(project, { recursive: true, force: true }));

describe("the npm package", () => {
  it("holds the program, the library, its types and its papers, and nothing else", () => {
    expect(packed.filter((path) => !path.startsWith("dist/share/"))).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist/client.mjs",
      "dist/startup-server.mjs",
      "dist/types/client/call.d.ts",
      "dist/types/client/claim.d.ts",
      "dist/types/client/outcome.d.ts",
      "dist/types/src/problems.d.ts",
      "package.json",
    ]);
  });

  it("brings no other package with it", () => {
    const lock = readFileSync(join(project, "package-lock.json"), "utf8");
    const { packages } = JSON.parse(lock) as { packages: object };
    expect(Object.keys(packages)).toEqual(["", "node_modules/startup-server"]);
  });

  it("is what publint takes for well-formed", async () => {
    const { messages } = await publint({ pkgDir: ROOT, strict: true });
    const manifest: Record<string, unknown> = JSON.parse(
      readFileSync(join(ROOT, "package.json"), "utf8"),
    );
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });

  it("runs the server, which waits, is claimed and ends with 0", async () => {
    const command = ["npx", "--no-install", "startup-server"];
    const server = await start({ name: "node", command, problem: undefined }, { cwd: project });
    expect((await claim(server.port, "KEY1=value1&KEY2=value2")).status).toBe(200);
    expect(await server.exit).toBe(0);
    expect(server.readEnvFile()).toBe("KEY1=value1\nKEY2=value2\n");
  });

  it("tells its version and what it runs on", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      version: string;
    };
    const told = await run("npx", ["--no-install", "startup-server", "--version"], project);
    expect(told).toBe(`startup-server ${version} (node host, Node.js ${process.versions.node})\n`);
  });

  it("runs the claim command", async () => {
    const server = await ScriptedServer.start({ claim: [giveReceipt] });
    const args = ["--no-install", "startup-server", "claim", server.url, "A=1"];
    expect(JSON.parse(await run("npx", args, project))).toMatchObject({ outcome: "claimed" });
  });

  it("exports claim() to JavaScript", async () => {
    const server = await ScriptedServer.start({ claim: [giveReceipt] });
    const code = `import { claim } from "startup-server";
      console.log(JSON.stringify(await claim(process.argv[2], { A: "1" })));`;
    writeFileSync(join(project, "use.mjs"), code);
    const told = await run(process.execPath, ["use.mjs", server.url], project);
    expect(JSON.parse(told)).toMatchObject({ outcome: "claimed", verified: true });
    expect(server.heard.claim).toHaveLength(1);
  });

  it.each(["nodenext", "preserve"])(
    "exports its types to TypeScript, module %s",
    async (module) => {
      const directory = join(project, module);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "use.ts"), USE);
      const readme = readFileSync(join(ROOT, "README.md"), "utf8");
      writeFileSync(
        join(directory, "readme.ts"),
        /```ts\n([^]*?)```/.exec(readme)?.[1] ?? "no example",
      );
      const compilerOptions = {
        module,
        target: "es2022",
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: false,
        lib: ["es2022", "dom"],
        types: [],
      };
      writeFileSync(
        join(directory, "tsconfig.json"),
        JSON.stringify({ compilerOptions, files: ["use.ts", "readme.ts"] }),
      );
      await run(process.execPath, [TSC, "-p", directory], directory).catch((thrown: unknown) => {
        throw new Error(String(Object(thrown).stdout ?? thrown));
      });
    },
  );
});

const USE = `
import { claim, type ClaimOptions, type Outcome, type Variables } from "startup-server";
const options: ClaimOptions = { deadlineMs: 1, signal: AbortSignal.timeout(1), token: undefined };
const variables: Variables = new Map([["A", "1"]]);
const outcome: Outcome = await claim(new URL("http://localhost"), variables, options);
switch (outcome.outcome) {
  case "claimed": {
    // @ts-expect-error: without verification there may be no receipt
    outcome.receipt.names;
    const sha256: string | undefined = outcome.verified ? outcome.receipt.outputs[0]?.sha256 : "";
    console.log(sha256);
    break;
  }
  case "refused":
  case "taken": {
    const code: "already_claimed" | "unrecognized" | string = outcome.problem.code;
    // @ts-expect-error: not one of the codes
    if (outcome.problem.code === "no_such_code") console.log(code);
    break;
  }
  case "mismatched":
  case "unknown":
  case "unreachable":
    break;
  default:
    outcome satisfies never;
}
// @ts-expect-error: values are strings
await claim("http://localhost", { A: 1 });
// @ts-expect-error: no such option
await claim("http://localhost", {}, { retries: 1 });
`;
