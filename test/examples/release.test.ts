/** The examples name the release that they come with. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { VERSION } from "../../src/version.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../examples");

const files = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" })
  .map((name) => join(EXAMPLES, name))
  .filter((path) => statSync(path).isFile());

test("every image of startup-server that an example names is this version's", () => {
  const named = files.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/startup-server:(\w[\w.-]*)/g)].map(([, tag]) => tag),
  );
  expect(named.length).toBeGreaterThan(4);
  expect(new Set(named)).toEqual(new Set([VERSION]));
});
