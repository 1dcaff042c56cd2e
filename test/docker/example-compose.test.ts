/** examples/docker-compose.yml, under Compose on a real engine. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, expect, inject, it, onTestFinished, vi } from "vitest";
import { Container, describeInContainers, docker } from "./container.ts";
import { claimWith, makeImages } from "./examples.ts";

const FILE = "examples/docker-compose.yml";
const TOKEN = "a-token-that-is-nobody-elses";
const WAIT = { timeout: 20_000, interval: 50 };

let projects = 0;

/** Runs Compose on a project of the test's own, which is taken down after it; returns what it prints. */
function openProject(): (...args: readonly string[]) => Promise<string> {
  projects += 1;
  const project = ["compose", "--project-name", `example-${projects}`, "--file", FILE];
  const own = { STARTUP_SERVER_TOKEN: TOKEN, APP_PORT: "0", WORKER_PORT: "0" };
  const env = { ...inject("engine").env, ...own };
  const compose = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)("docker", [...project, ...args], { env });
    return stdout.trim();
  };
  onTestFinished(async () => {
    await compose("down", "--volumes", "--timeout", "0");
  }, 20_000);
  return compose;
}

describeInContainers("docker-compose.yml", () => {
  beforeAll(makeImages);

  it("has a container that waits, is healthy, and becomes its workload", async () => {
    const compose = openProject();
    await compose("up", "--build", "--detach", "--wait", "app");
    const app = new Container(await compose("ps", "--quiet", "app"));
    const port = await app.ready();
    expect((await claimWith("another", port, { KEY1: "value1" })).status).toBe(401);
    expect((await claimWith(TOKEN, port, { KEY1: "two\nlines" })).status).toBe(200);
    expect(await app.exit()).toBe(0);
    expect(app.logs()).toContain("KEY1=two\nlines\n");
    expect(app.logs() + docker("inspect", app.id)).not.toContain(TOKEN);
  });

  it("has a container that waits for another, whose workload starts with what was claimed", async () => {
    const compose = openProject();
    // Ends when the workload has been started, which takes the claim.
    const started = compose("up", "--detach", "worker");
    const find = async (service: string): Promise<Container> =>
      new Container(await compose("ps", "--all", "--quiet", service));
    const claimed = await vi.waitFor(async () => {
      const found = await find("claim");
      expect(found.id).toMatch(/^[0-9a-f]+$/);
      return found;
    }, WAIT);
    await claimed.waitForHealth("healthy");
    const worker = await find("worker");
    expect(worker.inspect("State.Status")).toBe("created");
    const port = await claimed.ready();
    expect((await claimWith(TOKEN, port, { KEY2: "value2" })).status).toBe(422);
    const hostile = "$(touch /tmp/run) 'quoted' \"twice\"";
    expect((await claimWith(TOKEN, port, { KEY1: hostile })).status).toBe(200);
    await started;
    expect(await worker.exit()).toBe(0);
    expect(worker.logs().split("\n")).toContain(`KEY1=${hostile}`);
    expect(await claimed.exit()).toBe(0);
  });
});
