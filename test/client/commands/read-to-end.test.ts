/** What reading to the end makes of pipes, of those too from which reading does not wait. */

import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readToEnd } from "../../../client/commands/read-to-end.ts";
import { makeDirectory } from "../../blackbox/program.ts";

it.each([
  ["waits", 0],
  ["does not wait", constants.O_NONBLOCK],
])(
  "a pipe from which reading %s is read to its end, however slow its writer",
  (_sentence, mode) => {
    const path = join(makeDirectory(), "pipe");
    execFileSync("mkfifo", [path]);
    // Without a writer a pipe could not be opened for reading that waits.
    const anyone = openSync(path, constants.O_RDWR);
    const end = openSync(path, constants.O_RDONLY | mode);
    const start = openSync(path, constants.O_WRONLY);
    const writer = "echo A=1; sleep 0.05; head -c 100000 /dev/zero; sleep 0.05; echo B=2";
    spawn("sh", ["-c", writer], { stdio: ["ignore", start, "inherit"] });
    for (const descriptor of [anyone, start]) closeSync(descriptor);
    const text = Buffer.from(readToEnd(end)).toString();
    closeSync(end);
    expect(text).toBe(`A=1\n${"\0".repeat(100_000)}B=2\n`);
  },
);
