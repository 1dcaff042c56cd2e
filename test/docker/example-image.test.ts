/** examples/image: the binary copied into an image that there is already, in both ways. */

import { beforeAll, expect, it } from "vitest";
import { claimJson } from "../blackbox/wire.ts";
import { describeInContainers, docker, runContainer } from "./container.ts";
import { makeImages } from "./examples.ts";

const PUBLISHED = ["--publish", "127.0.0.1::8081"];
const WAYS = ["with-shell", "without-shell"];

/** A workload that tells what it was given, and waits for its end. */
const WORKLOAD = [
  "sh",
  "-c",
  'echo "$KEY1 as $$ in $0 $1"; trap "exit 42" TERM; while :; do sleep 0.1; done',
  "app",
  "two words",
];

describeInContainers("the binary copied into an image that there is already", () => {
  beforeAll(() => {
    makeImages();
    for (const way of WAYS)
      docker(
        "buildx",
        "build",
        "--quiet",
        "--load",
        "--target",
        way,
        "--tag",
        way,
        "examples/image",
      );
  });

  it.for(WAYS)("waits, is healthy, and becomes the workload as process 1: %s", async (way) => {
    const container = runContainer(...PUBLISHED, "--health-interval", "1s", way, ...WORKLOAD);
    const port = await container.ready();
    await container.waitForHealth("healthy");
    const value = "$(touch /tmp/run) 'quoted' \"twice\"\nand a line";
    expect((await claimJson(port, { KEY1: value })).status).toBe(200);
    await container.waitFor(`${value} as 1 in app two words\n`);
    docker("stop", "--time", "20", container.id);
    expect(await container.exit()).toBe(42);
  });

  it.for(WAYS)("runs the image's own command where none is named: %s", async (way) => {
    const container = runContainer(...PUBLISHED, way);
    expect((await claimJson(await container.ready(), { KEY1: "value1" })).status).toBe(200);
    expect(await container.exit()).toBe(0);
    expect(container.logs().split("\n")).toContain("KEY1=value1");
  });

  it.for(WAYS)("starts no workload where nobody claims in time: %s", async (way) => {
    const container = runContainer("--env", "STARTUP_SERVER_MAX_WAIT=1", way, "echo", "started");
    expect(await container.exit()).toBe(75);
    expect(container.logs()).not.toMatch(/^started$/m);
  });

  it.for([
    ["without-shell", []],
    ["with-shell", ["--init"]],
  ] as const)("is stopped at once while it waits: %s %j", async ([way, flags]) => {
    const container = runContainer(...PUBLISHED, ...flags, way);
    await container.ready();
    const before = performance.now();
    docker("stop", "--time", "20", container.id);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(await container.exit()).toBe(143);
  });
});
