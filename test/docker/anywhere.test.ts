/** The binary in containers of every kind: it needs nothing of what it runs in but a directory. */

import { chmodSync, chownSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { makeDirectory } from "../blackbox/program.ts";
import { claim } from "../blackbox/wire.ts";
import {
  buildImage,
  type Container,
  describeInContainers,
  docker,
  runContainer,
} from "./container.ts";

const BINARY = "dist/startup-server";
const PUBLISHED = ["--publish", "127.0.0.1::8081"];
const USER = 54_321;

/** A directory of this machine for the env file, which that user may write to. */
function makeEnvDirectory(user: number): string {
  const directory = makeDirectory();
  chownSync(directory, user, user);
  chmodSync(directory, 0o700);
  return directory;
}

/** Two lines of /proc/PID/status tell what the kernel holds a process to. */
function readStatus(container: Container, field: string): string {
  const status = readFileSync(`/proc/${container.inspect("State.Pid")}/status`, "utf8");
  return new RegExp(`^${field}:\\s+(\\S+)$`, "m").exec(status)?.[1] ?? "none";
}

const NONE: readonly string[] = [];
const ALL = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

describeInContainers("the binary in a container", () => {
  beforeAll(() => {
    const entry = 'ENTRYPOINT ["/startup-server"]\nWORKDIR /env\n';
    buildImage("on-scratch", `FROM scratch\nCOPY startup-server /\n${entry}`, {
      "startup-server": BINARY,
    });
    buildImage("on-glibc", `FROM stand-in:debian\nCOPY startup-server /\n${entry}`, {
      "startup-server": BINARY,
    });
    const install = 'COPY busybox /bin/\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n';
    buildImage("on-busybox", `FROM scratch\n${install}COPY startup-server /\n${entry}`, {
      "startup-server": BINARY,
      busybox: "/bin/busybox",
    });
  });

  it.for([
    ["on nothing", "on-scratch", 0, NONE],
    ["on a root of busybox", "on-busybox", 0, NONE],
    ["on a root of glibc", "on-glibc", 0, NONE],
    ["as any user", "on-scratch", USER, NONE],
    ["with a root that cannot be written to", "on-scratch", USER, ["--read-only"]],
    ["without a capability", "on-scratch", USER, ["--cap-drop", "ALL"]],
    ["with a process to itself", "on-scratch", USER, ["--pids-limit", "1"]],
    ["in six megabytes of memory", "on-scratch", USER, ["--memory", "6m", "--memory-swap", "6m"]],
    ["under all these at once", "on-scratch", USER, ALL],
  ] as const)("waits, is claimed through a published port, and ends with 0: %s", async (row) => {
    const [, image, user, args] = row;
    const directory = makeEnvDirectory(user);
    const limits = ["--user", `${user}:${user}`, "--volume", `${directory}:/env`, ...args];
    const container = runContainer(...PUBLISHED, ...limits, image);
    const port = await container.ready();
    expect((await claim(port, "KEY1=value1&KEY2=value2")).status).toBe(200);
    expect(await container.exit()).toBe(0);
    const file = join(directory, ".env");
    expect(readFileSync(file, "utf8")).toBe("KEY1=value1\nKEY2=value2\n");
    const { mode, uid } = statSync(file);
    expect([mode & 0o7777, uid]).toEqual([0o600, user]);
    expect(container.logs()).not.toContain('"warn","errno"');
    expect(container.logs()).not.toContain("without a sandbox");
  });

  it("adds its own filter of system calls to Docker's", async () => {
    expect(docker("info", "--format", "{{.SecurityOptions}}")).toContain(
      "name=seccomp,profile=default",
    );
    const container = runContainer(...PUBLISHED, "on-scratch");
    await container.ready();
    expect(readStatus(container, "Seccomp")).toBe("2");
    expect(readStatus(container, "Seccomp_filters")).toBe("2");
    expect(readStatus(container, "NoNewPrivs")).toBe("1");
  });

  it("is an entrypoint's first half, whose second half reads the file", async () => {
    const script = "startup-server && set -a && . ./.env && exec sh -c 'echo \"$KEY1 as $$\"'";
    for (const image of ["on-busybox", "on-glibc"]) {
      const entry = ["--env", "PATH=/:/bin:/usr/bin", "--entrypoint", "sh"];
      const container = runContainer(...PUBLISHED, ...entry, image, "-c", script);
      expect((await claim(await container.ready(), "KEY1=value1")).status).toBe(200);
      expect(await container.exit()).toBe(0);
      expect(container.logs()).toContain("value1 as 1\n");
    }
  });

  it("ends at once as process 1 when the container is stopped", async () => {
    const container = runContainer(...PUBLISHED, "on-scratch");
    await container.ready();
    const before = performance.now();
    docker("stop", "--time", "10", container.id);
    expect(performance.now() - before).toBeLessThan(5000);
    expect(await container.exit()).toBe(143);
  });
});
