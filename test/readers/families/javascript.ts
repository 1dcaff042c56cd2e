/** The packages of the npm registry that read env files, and the JavaScript runtimes that do. */

import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Place } from "../place.ts";
import {
  ALL,
  type Claims,
  COMMON,
  COMMON_FEW_DOLLARS,
  parseNulEnded,
  QUOTE_AWARE,
  type Reader,
  versionFrom,
} from "../reader.ts";

/** Ends every program: prints `read` as `NAME=value` strings, each ended by NUL. */
const PRINT = `
let text = "";
for (const [name, value] of Object.entries(read)) text += name + "=" + value + "\\0";
process.stdout.write(text);
`;

const DOTENV = (packageName: string): string => `
import dotenv from "${packageName}";
const read = {};
const { error } = dotenv.config({ path: process.argv[2], processEnv: read, quiet: true });
if (error) throw error;
`;

const DOTENV_EXPAND = (packageName: string): string => `
import { readFileSync } from "node:fs";
import dotenv from "dotenv16";
import { expand } from "${packageName}";
const parsed = dotenv.parse(readFileSync(process.argv[2]));
const { parsed: read, error } = expand({ parsed, processEnv: {} });
if (error) throw error;
`;

/** Those that look for a file called `.env` in a directory. */
const IN_DIRECTORY = `
import { dirname } from "node:path";
const directory = dirname(process.argv[2]);
`;

const VITE = `
import { loadEnv } from "vite";
${IN_DIRECTORY}
const read = loadEnv("production", directory, "");
`;

const NEXT = (packageName: string): string => `
import nextEnv from "${packageName}";
${IN_DIRECTORY}
const log = { info() {}, error(...all) { throw new Error(all.join(" ")); } };
const { combinedEnv: read } = nextEnv.loadEnvConfig(directory, false, log);
`;

const C12 = `
import { loadDotenv } from "c12";
${IN_DIRECTORY}
const read = await loadDotenv({ cwd: directory, fileName: ".env", interpolate: true, env: {} });
`;

const DOTENV_FLOW = `
import dotenvFlow from "dotenv-flow";
const read = dotenvFlow.parse(process.argv[2]);
`;

const DOTENVX = `
import dotenvx from "@dotenvx/dotenvx";
const read = {};
const { error } = dotenvx.config({ path: process.argv[2], processEnv: read, quiet: true, noOps: true });
if (error) throw error;
`;

const JS: Claims = { ...QUOTE_AWARE, portable: ALL, js: ALL };
const RUNTIME: Claims = { ...QUOTE_AWARE, portable: ALL, js: COMMON };
const EXPANDING: Claims = { ...QUOTE_AWARE, expand: ALL };
const MOSTLY_EXPANDING: Claims = { ...QUOTE_AWARE, expand: COMMON };
const SLOWLY_EXPANDING: Claims = { ...QUOTE_AWARE, expand: COMMON_FEW_DOLLARS };

const PACKAGES: readonly (readonly [
  name: string,
  folder: string,
  claims: Claims,
  program: string,
])[] = [
  ["dotenv 16", "dotenv16", JS, DOTENV("dotenv16")],
  ["dotenv 18", "dotenv18", JS, DOTENV("dotenv18")],
  ["dotenv-flow", "dotenv-flow", JS, DOTENV_FLOW],
  ["dotenv-expand 12", "dotenv-expand12", EXPANDING, DOTENV_EXPAND("dotenv-expand12")],
  ["dotenv-expand 1000", "dotenv-expand", EXPANDING, DOTENV_EXPAND("dotenv-expand")],
  ["dotenvx", "@dotenvx/dotenvx", QUOTE_AWARE, DOTENVX],
  ["Vite loadEnv", "vite", MOSTLY_EXPANDING, VITE],
  ["Next 14", "next-env14", EXPANDING, NEXT("next-env14")],
  ["Next 16", "next-env", EXPANDING, NEXT("next-env")],
  ["c12 (Nuxt)", "c12", SLOWLY_EXPANDING, C12],
];

const RUNTIMES: readonly (readonly [name: string, claims: Claims, ...argv: string[]])[] = [
  ["Node 20", RUNTIME, "node20/bin/node", "--env-file=FILE"],
  ["Node 22", RUNTIME, "node22/bin/node", "--env-file=FILE"],
  ["Node 24", RUNTIME, "node24/bin/node", "--env-file=FILE"],
  ["Node 26", RUNTIME, "node26/bin/node", "--env-file=FILE"],
  ["Deno", RUNTIME, "@deno/linux-x64-glibc/deno", "run", "--allow-env", "--env-file=FILE"],
  ["Bun", EXPANDING, "@oven/bun-linux-x64-baseline/bin/bun", "--env-file=FILE"],
];

const DUMP = 'import process from "node:process";\nconst read = process.env;\n';

/** `root` is the folder inside `place` that npm installed to. */
export function packages(place: Place, root: string): readonly Reader[] {
  const node = `${root}/node_modules/node24/bin/node`;
  return PACKAGES.map(([name, folder, claims, text]) => {
    const program = writeProgram(place, root, name, text);
    return {
      name,
      place,
      claims,
      version: async () => {
        const print = "console.log(JSON.parse(fs.readFileSync(process.argv[1])).version)";
        const file = `${root}/node_modules/${folder}/package.json`;
        return await versionFrom(place, [node, "-e", print, file]);
      },
      read: async (path) => {
        const printed = await place.run({ argv: [node, program, path], cwd: dirname(path) });
        return parseNulEnded(printed.stdout);
      },
    };
  });
}

export function runtimes(place: Place, root: string): readonly Reader[] {
  const program = writeProgram(place, root, "dump", DUMP);
  return RUNTIMES.map(([name, claims, file, ...rest]) => ({
    name,
    place,
    claims,
    version: () => versionFrom(place, [`${root}/node_modules/${file}`, "--version"]),
    read: async (path) => {
      const flags = rest.map((part) => part.replace("FILE", path));
      const argv = [`${root}/node_modules/${file}`, ...flags, program];
      return parseNulEnded((await place.run({ argv, cwd: "/" })).stdout);
    },
  }));
}

/** Beside `node_modules`, where imports find the packages; before any reader runs it. */
function writeProgram(place: Place, root: string, name: string, text: string): string {
  const path = `${root}/${name.replaceAll(/[^\w-]+/g, "-")}.mjs`;
  writeFileSync(place.outside(path), text + PRINT);
  return path;
}
