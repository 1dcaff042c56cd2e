/** The targets of the claim command, each with its environment, all checked before anything is sent. */

import type { Entry } from "../../src/claim/environment.ts";
import { parseJsonObject } from "../../src/claim/json-object.ts";
import type { Environment } from "../../src/claim/variable.ts";
import type { VariableProblem } from "../../src/problems.ts";
import { accept, refuse, type Result } from "../../src/result.ts";
import { asText, parseFields } from "../json-fields.ts";
import { parseEntries } from "../payload.ts";
import { keyOf, parseTarget, type Target } from "../target.ts";

export interface PlannedTarget {
  /** As it was given. */
  readonly url: string;
  readonly target: Target;
  readonly environment: Environment;
}

/** A target as it was named, and where. */
interface Named {
  readonly place: string;
  readonly url: string;
  readonly own: readonly Entry[];
}

/**
 * Every target with the variables that all get, and behind them its own. `text` has one target a
 * line: a URL, or an object of `url` and `variables`; lines of blanks and those that begin with `#`
 * are skipped. A target that comes twice is refused: its server takes one environment.
 */
export function planTargets(
  urls: readonly string[],
  text: string,
  common: readonly Entry[],
): Result<readonly PlannedTarget[], string> {
  const named: Named[] = urls.map((url, index) => ({ place: `URL ${index + 1}`, url, own: [] }));
  for (const [index, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const parsed = parseLine(trimmed, `--targets line ${index + 1}`);
    if (!parsed.ok) return parsed;
    named.push(parsed.value);
  }
  const planned = new Map<string, PlannedTarget>();
  for (const one of named) {
    const target = planTarget(one, common);
    if (!target.ok) return refuse(`${one.place}: ${target.problem}`);
    const key = keyOf(target.value.target);
    if (planned.has(key)) return refuse(`${one.place}: expected each target once, got it twice`);
    planned.set(key, target.value);
  }
  return accept([...planned.values()]);
}

const STRING = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const URL_MEMBER = String.raw`"url"\s*:\s*(?:${STRING})`;

/** The only shape of an object that a line may have; the first group is the object of variables. */
const OBJECT_LINE = new RegExp(
  String.raw`^\{\s*${URL_MEMBER}\s*(?:,\s*"variables"\s*:\s*(\{(?:[^"{}]+|${STRING})*\})\s*)?\}$`,
);

function parseLine(line: string, place: string): Result<Named, string> {
  if (!line.startsWith("{")) return accept({ place, url: line, own: [] });
  const [, variables = "{}"] = OBJECT_LINE.exec(line) ?? [line, ""];
  const url = asText(parseFields(line)?.["url"]);
  // Not JSON.parse, which would let the last of two equal names win.
  const own = parseJsonObject(variables, Infinity);
  return url === undefined || own === undefined
    ? refuse(`${place}: expected {"url": "http://...", "variables": {"NAME": "value"}}`)
    : accept({ place, url, own });
}

function planTarget(named: Named, common: readonly Entry[]): Result<PlannedTarget, string> {
  const { url, own } = named;
  const target = parseTarget(url);
  if (!target.ok) return target;
  const environment = parseEntries([...common, ...own]);
  if (!environment.ok) return refuse(describeProblems(environment.problem));
  return accept({ url, target: target.value, environment: environment.value });
}

function describeProblems(problems: readonly VariableProblem[]): string {
  return problems.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
}
