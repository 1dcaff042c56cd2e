/** A container that is claimed becomes its workload, or hands the env file to another container. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { claim } from "../blackbox/wire.ts";
import { buildImage, describeInContainers, docker, runContainer } from "./container.ts";

const PUBLISHED = ["--publish", "127.0.0.1::8081"];
const HEALTH =
  'HEALTHCHECK --interval=1s --timeout=3s --retries=3 CMD ["/startup-server", "health"]';
const WORKLOAD_STATUS = 42;

/** Tells its process id and its environment, waits for SIGTERM, and ends with a status of its own. */
const WORKLOAD = `
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
extern char **environ;
static void leave(int number) { (void)number; _exit(${WORKLOAD_STATUS}); }
int main(int argc, char **argv)
{
	signal(SIGTERM, leave);
	printf("pid %d\\n", getpid());
	for (int i = 0; i < argc; i++) printf("argument %s\\n", argv[i]);
	for (char **variable = environ; *variable; variable++) printf("variable %s\\n", *variable);
	printf("the workload runs\\n");
	fflush(stdout);
	for (;;) pause();
}
`;

function compileWorkload(): string {
  const workload = ".cache/docker/workload";
  writeFileSync(`${workload}.c`, WORKLOAD);
  execFileSync("gcc", ["-static", "-Os", "-s", "-o", workload, `${workload}.c`]);
  return workload;
}

describeInContainers("a container that is claimed", () => {
  beforeAll(() => {
    const lines = ["COPY startup-server workload /", HEALTH, 'ENTRYPOINT ["/startup-server"]'];
    buildImage("takeover", ["FROM scratch", "WORKDIR /env", ...lines, ""].join("\n"), {
      "startup-server": "dist/startup-server",
      workload: compileWorkload(),
    });
  });

  it("is healthy, becomes its workload as process 1, and has its status", async () => {
    const inherited = ["--env", "KEEP=kept", "--env", "KEY1=before", "--hostname", "host"];
    const container = runContainer(
      ...PUBLISHED,
      ...inherited,
      "takeover",
      "--",
      "/workload",
      "one",
      "two words",
    );
    const port = await container.ready();
    await container.waitForHealth("healthy");
    expect((await claim(port, "KEY1=value1&KEY2=two%0Alines")).status).toBe(200);
    await container.waitFor("the workload runs");
    const told = container.logs().split("\n");
    expect(told).toContain("pid 1");
    expect(told.filter((line) => line.startsWith("argument "))).toEqual([
      "argument /workload",
      "argument one",
      "argument two words",
    ]);
    const { id } = container;
    const variables = container.logs().split("\nvariable ").slice(1);
    variables.push(...(variables.pop()?.split("\nthe workload runs").slice(0, 1) ?? []));
    const path = docker("inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", id);
    const PATH = path.split("\n").find((line) => line.startsWith("PATH="));
    expect(variables.toSorted()).toEqual(
      ["HOSTNAME=host", "KEEP=kept", "KEY1=value1", "KEY2=two\nlines", "HOME=/", PATH].toSorted(),
    );
    const before = performance.now();
    docker("stop", "--time", "10", id);
    expect(performance.now() - before).toBeLessThan(5000);
    expect(await container.exit()).toBe(WORKLOAD_STATUS);
  });

  it("without a command hands the env file to another container, on a volume of both", async () => {
    const volume = docker("volume", "create");
    onTestFinished(() => void docker("volume", "rm", "--force", volume));
    const container = runContainer(...PUBLISHED, "--volume", `${volume}:/env`, "takeover");
    const port = await container.ready();
    await container.waitForHealth("healthy");
    expect((await claim(port, "KEY1=value1&KEY2=value2")).status).toBe(200);
    expect(await container.exit()).toBe(0);
    const reader = ["run", "--rm", "--volume", `${volume}:/env:ro`, "stand-in:debian"];
    expect(docker(...reader, "sh", "-c", 'set -a && . /env/.env && echo "$KEY1 $KEY2"')).toBe(
      "value1 value2",
    );
  });

  it("is unhealthy once nobody answers", async () => {
    const container = runContainer(...PUBLISHED, "takeover", "--port", "9000");
    await container.waitFor("waiting for a claim");
    await container.waitForHealth("unhealthy");
  });
});
