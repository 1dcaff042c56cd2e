/** The systemd units: the server takes the command line that it is given there. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { parseSettings } from "../../src/command-line.ts";

const UNITS = resolve(import.meta.dirname, "../../examples/systemd");

function readUnit(name: string): string {
  return readFileSync(resolve(UNITS, name), "utf8");
}

function wordsOf(unit: string): readonly string[] {
  const [, line = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  return line.split(" ");
}

test("the unit starts the server with flags that it has", () => {
  const [program, ...args] = wordsOf(readUnit("startup-server.service"));
  expect(program).toBe("/usr/local/bin/startup-server");
  expect(parseSettings(args, [])).toMatchObject({
    ok: true,
    value: { kind: "serve" },
  });
});

test("the workload reads the file that the server writes, and starts behind it", () => {
  const args = wordsOf(readUnit("startup-server.service"));
  const app = readUnit("app.service");
  expect(app).toContain(`EnvironmentFile=${args[args.indexOf("--file") + 1]}\n`);
  expect(app).toContain("Requires=startup-server.service\nAfter=startup-server.service\n");
});
