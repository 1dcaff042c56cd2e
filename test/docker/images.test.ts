/** What the Dockerfiles make: the binary for both machines, and an image that runs it. */

import { execFile, execFileSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";
import { makeDirectory } from "../blackbox/program.ts";
import { claim } from "../blackbox/wire.ts";
import { describeInContainers, docker, runContainer } from "./container.ts";

const BUILD_TIMEOUT_MS = 900_000;
const MAX_BYTES = 600_000;

/** README's command; the suite's engine has no network of its own, so the build takes this machine's. */
async function build(context: string, ...args: readonly string[]): Promise<void> {
  const network = ["--network", "host", "--allow", "network.host"];
  const { env } = inject("engine");
  await promisify(execFile)("docker", ["buildx", "build", ...network, ...args, context], {
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** What a fresh checkout gives the build: no tarball that was fetched before, and nothing built. */
function checkOut(): string {
  const directory = makeDirectory();
  const manifests = ["package.json", "package-lock.json", "tsconfig.json"];
  for (const path of [...manifests, "src", "hosts", "scripts", ".dockerignore"])
    cpSync(path, join(directory, path), { recursive: true });
  return directory;
}

/** What file(1) says of the machine that a binary is for. */
const MACHINES = { amd64: "x86-64", arm64: "ARM aarch64" } as const;

describeInContainers("the Dockerfiles", () => {
  it.for([
    ["ubuntu.Dockerfile", "amd64"],
    ["alpine.Dockerfile", "arm64"],
  ] as const)(
    "%s makes one static binary for linux/%s from a fresh checkout",
    { timeout: BUILD_TIMEOUT_MS },
    async ([dockerfile, arch]) => {
      const directory = makeDirectory();
      const output = ["--output", `type=local,dest=${directory}`, "--target", "export-binary"];
      const platform = ["--platform", `linux/${arch}`];
      await build(checkOut(), "-f", dockerfile, ...platform, ...output);
      expect(readdirSync(directory)).toEqual(["startup-server"]);
      const binary = join(directory, "startup-server");
      expect(statSync(binary).size).toBeLessThan(MAX_BYTES);
      const kind = execFileSync("file", ["--brief", binary], { encoding: "utf8" });
      expect(kind).toContain(MACHINES[arch]);
      expect(kind).toContain("statically linked");
      const emulator = arch === "arm64" && process.arch !== "arm64" ? ["qemu-aarch64-static"] : [];
      const [command = "", ...args] = [...emulator, binary, "--version"];
      expect(execFileSync(command, args, { encoding: "utf8" })).toMatch(/^startup-server \d/);
    },
  );

  it(
    "make an image that waits, is healthy and is claimed, as nobody in particular",
    {
      timeout: BUILD_TIMEOUT_MS,
    },
    async () => {
      const runtime = ["--target", "runtime", "--load", "--tag", "runtime"];
      await build("./", "-f", "ubuntu.Dockerfile", ...runtime);
      const config = JSON.parse(docker("inspect", "--format", "{{json .Config}}", "runtime"));
      expect(config.User).toBe("65532:65532");
      expect(Object.keys(config.ExposedPorts)).toEqual(["8081/tcp"]);
      expect(config.Healthcheck.Test).toEqual(["CMD", "/startup-server", "health"]);
      const directory = makeDirectory();
      const hardened = ["--read-only", "--cap-drop", "ALL"];
      const container = runContainer("--publish", "127.0.0.1::8081", ...hardened, "runtime");
      const port = await container.ready();
      await container.waitForHealth("healthy");
      expect((await claim(port, "KEY1=value1")).status).toBe(200);
      expect(await container.exit()).toBe(0);
      docker("cp", `${container.id}:/env/.env`, join(directory, "env"));
      chmodSync(join(directory, "env"), 0o600);
      expect(execFileSync("cat", [join(directory, "env")], { encoding: "utf8" })).toBe(
        "KEY1=value1\n",
      );
    },
  );
});
