/** Whether any path costs more than in proportion to its input, by instructions at two sizes. */

import { DIALECT_NAMES } from "../src/dialects/dialect-names.ts";
import {
  formatChunkedClaim,
  formatFormClaim,
  formatJsonClaim,
  formatQueryClaim,
  HOSTILE_REQUESTS,
  makeMixture,
  makeVariables,
} from "./claims.ts";
import { buildWithSymbols } from "./costs.ts";
import { countInstructions, type LifeOptions } from "./counted-life.ts";

interface Path {
  readonly name: string;
  /** The smaller of the two sizes; at it the input outweighs what every request costs. */
  readonly size: number;
  formatRequest(size: number): string;
  readonly args: readonly string[];
  /** Whether each byte is sent alone, once the one before has been read. */
  readonly isSplit?: boolean;
}

/** How many times the smaller size the greater one is. */
const TIMES = 8;

/** What that many times the input may cost: in proportion, and a little for memory that has outgrown its first place. */
const MOST_TIMES = 11;

/** Under callgrind everything takes fifty times as long. */
const PATIENCE = ["--request-timeout", "3600000"];

const PATHS: readonly Path[] = [
  path("variables in JSON", 500, (size) => formatJsonClaim(makeVariables(size))),
  path("variables in a form", 500, (size) => formatFormClaim(makeVariables(size))),
  path("variables in a query", 500, (size) => formatQueryClaim(makeVariables(size))),
  path("bytes of a value in JSON", 10_000, (size) => formatJsonClaim(makeVariables(1, size))),
  path("bytes of a value in a form", 10_000, (size) => formatFormClaim(makeVariables(1, size))),
  path("chunks of a body", 500, (size) => formatChunkedClaim(makeVariables(1, size))),
  { ...path("reads", 100, (size) => formatJsonClaim(makeVariables(1, size))), isSplit: true },
  ...HOSTILE_REQUESTS.map(([name, size, format]) => path(name, size, format)),
  ...DIALECT_NAMES.map((name) =>
    path(`the ${name} dialect`, 100, (size) => formatJsonClaim(makeMixture(size)), [
      "--format",
      name,
    ]),
  ),
];

function path(
  name: string,
  size: number,
  formatRequest: (size: number) => string,
  args: readonly string[] = [],
): Path {
  return { name, size, formatRequest, args };
}

/** Tells what each path costs, and gives a sentence for each that grows faster than its input. */
export async function checkGrowth(
  directory: string,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  const binary = await buildWithSymbols();
  const count = async (options: Partial<LifeOptions>): Promise<number> => {
    const args = [...PATIENCE, ...(options.args ?? [])];
    const life = await countInstructions({ binary, directory, requests: [], ...options, args });
    return life.instructions;
  };
  const base = await count({});
  const problems: string[] = [];
  for (const { name, size, formatRequest, args, isSplit = false } of PATHS) {
    const costOf = async (much: number): Promise<number> =>
      (await count({ requests: [formatRequest(much)], args, isSplit })) - base;
    const [small, great] = await Promise.all([costOf(size), costOf(size * TIMES)]);
    const times = great / small;
    tell(`${name}: ${TIMES} x ${size} costs ${times.toFixed(2)} x ${small}`);
    if (times > MOST_TIMES) {
      problems.push(`${name}: expected at most ${MOST_TIMES} x, got ${times.toFixed(2)} x`);
    }
  }
  return problems;
}
