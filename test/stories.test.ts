/** Every flag and every exit status is told by a story that each host runs. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EXIT_STATUSES } from "../src/pages/program.ts";
import { SETTING_NAMES } from "../src/settings.ts";

const STORIES = readdirSync("test/blackbox")
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => readFileSync(`test/blackbox/${name}`, "utf8"))
  .filter((text) => text.includes("describeOnEachHost("))
  .join("\n");

const STATUSES = EXIT_STATUSES.flatMap(([statuses]) => statuses.split(", "));

describe("on each host a story tells", () => {
  it.each([...SETTING_NAMES, "help", "version"])("of --%s", (name) => {
    expect(STORIES).toMatch(new RegExp(`"--${name}["= ]`));
  });

  it.each(STATUSES)("of the exit status %s", (status) => {
    expect(STORIES).toMatch(new RegExp(`exit\\)\\.toBe\\(${status}\\)|, ${status}[,\\]]`));
  });
});
