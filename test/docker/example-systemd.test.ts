/** The units of examples/systemd under systemd itself, which is process 1 of a container. */

import { beforeAll, expect, it, vi } from "vitest";
import {
  buildImage,
  type Container,
  describeInContainers,
  docker,
  runContainer,
} from "./container.ts";
import { claimWith } from "./examples.ts";
import { makeTree } from "./stand-in.ts";

const TOKEN = "a-token-of-32-bytes-or-thereabout";
/** The newest suite whose systemd takes control groups of both versions. */
const SUITE = "bookworm";
const WAIT = { timeout: 30_000, interval: 100 };

/** As on a machine, where mounts are shared; containers have theirs private and their control groups read-only. */
const INIT =
  "mount --make-rshared / && mount -o remount,rw /sys/fs/cgroup && exec /lib/systemd/systemd";

const DOCKERFILE = `FROM stand-in:systemd
COPY startup-server /usr/local/bin/startup-server
COPY startup-server.service app.service /etc/systemd/system/
RUN umask 077 && mkdir /etc/startup-server && echo ${TOKEN} > /etc/startup-server/token
RUN useradd --system startup-server && systemctl enable startup-server.service app.service
STOPSIGNAL SIGRTMIN+3
CMD ["sh", "-c", "${INIT}"]
`;

/** What systemd needs; the right to raise limits it can do without, and so can machines that lack it. */
const RIGHTS = [
  "--cap-add=ALL",
  "--cap-drop=SYS_RESOURCE",
  "--cgroupns=private",
  ...["seccomp", "apparmor", "systempaths"].map((kind) => `--security-opt=${kind}=unconfined`),
  ...["/run", "/run/lock", "/tmp"].map((path) => `--tmpfs=${path}`),
];

async function boot(): Promise<Container> {
  const container = runContainer(...RIGHTS, "--publish", "127.0.0.1::8081", "under-systemd");
  await waitForUnit(container, "startup-server", "activating");
  await vi.waitFor(() => expect(journal(container)).toContain("waiting for a claim"), WAIT);
  return container;
}

function enter(container: Container, ...command: readonly string[]): string {
  return docker("exec", container.id, ...command);
}

function journal(container: Container): string {
  return enter(container, "journalctl", "--no-pager", "--output=cat");
}

function show(container: Container, unit: string, property: string): string {
  return enter(container, "systemctl", "show", "--value", "--property", property, unit);
}

async function waitForUnit(container: Container, unit: string, state: string): Promise<void> {
  await vi.waitFor(() => expect(show(container, unit, "ActiveState")).toBe(state), WAIT);
}

async function claimOf(container: Container, value: string): Promise<number> {
  const port = Number(docker("port", container.id, "8081").split(":").at(-1));
  return (await claimWith(TOKEN, port, { KEY1: value })).status;
}

describeInContainers("the systemd units", () => {
  beforeAll(() => {
    const tree = makeTree("systemd", ["systemd", "systemd-sysv"], SUITE);
    docker("import", tree, "stand-in:systemd");
    const units = "examples/systemd";
    buildImage("under-systemd", DOCKERFILE, {
      "startup-server": "dist/startup-server",
      "startup-server.service": `${units}/startup-server.service`,
      "app.service": `${units}/app.service`,
    });
  }, 240_000);

  it("start the workload once the machine has its environment, and not before", async () => {
    const container = await boot();
    expect(show(container, "app", "ActiveState")).toBe("inactive");
    const value = "$(touch /tmp/run) 'quoted' \"twice\"";
    expect(await claimOf(container, value)).toBe(200);
    await vi.waitFor(() => expect(journal(container).split("\n")).toContain(`KEY1=${value}`), WAIT);
    await waitForUnit(container, "startup-server", "active");
    expect(show(container, "app", "Result")).toBe("success");
    const file = "/run/startup-server/env";
    const [mode, user] = enter(container, "stat", "--format=%a %U", file).split(" ");
    expect([mode, user]).toEqual(["600", "startup-server"]);
    expect(journal(container)).not.toContain(TOKEN);
    expect(enter(container, "systemctl", "--failed", "--no-legend", "--plain")).toBe("");
  });

  it("restarted, start the workload with what was claimed before", async () => {
    const container = await boot();
    expect(await claimOf(container, "value1")).toBe(200);
    await waitForUnit(container, "startup-server", "active");
    enter(container, "systemctl", "restart", "startup-server.service", "app.service");
    await vi.waitFor(() => {
      expect(journal(container).match(/^KEY1=value1$/gm)).toHaveLength(2);
    }, WAIT);
    expect(journal(container)).toContain("reused what was claimed before");
  });

  it("are stopped while they wait, and start no workload", async () => {
    const container = await boot();
    enter(container, "systemctl", "stop", "startup-server.service");
    expect(show(container, "app", "ActiveState")).toBe("inactive");
    expect(show(container, "app", "ExecMainStartTimestamp")).toBe("");
  });

  it("are well-formed to systemd-analyze", () => {
    const verify = ["systemd-analyze", "verify", "--man=no"];
    const units = ["startup-server", "app"].map((unit) => `/etc/systemd/system/${unit}.service`);
    expect(docker("run", "--rm", "under-systemd", ...verify, ...units)).toBe("");
  });
});
