/** Whose the env file is: given away before anybody can see it, or not written at all. */

import { chmodSync, chownSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bindMount, need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, runToEnd, start } from "./program.ts";
import { makeTree } from "./tree.ts";
import { claim } from "./wire.ts";

/** Nobody of this machine has these. */
const [USER, GROUP] = [41_234, 42_345];
const OWNER = `${USER}:${GROUP}`;

function ownerOf(path: string): readonly [user: number, group: number, mode: number] {
  const { uid, gid, mode } = statSync(path);
  return [uid, gid, mode & 0o7777];
}

/** Runs as that user, in these further groups, without a capability. */
function as(user: number, ...groups: readonly number[]): readonly string[] {
  const ids = [`--reuid=${user}`, `--regid=${user}`, `--groups=${[user, ...groups].join(",")}`];
  return ["setpriv", ...ids, "--inh-caps=-all", "--bounding-set=-all"];
}

describeOnEachHost("--owner", (host) => {
  it("gives away the file, at its mode, so that its owner can read it", async (context) => {
    need(context, "root", "setpriv");
    const cwd = makeDirectory();
    chmodSync(cwd, 0o755);
    const program = await start(host, { cwd, args: ["--owner", OWNER] });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(ownerOf(join(cwd, ".env"))).toEqual([USER, GROUP, 0o600]);
    expect(readdirSync(cwd)).toEqual([".env"]);
    const [command = "", ...args] = as(USER);
    const read = execFileSync(command, [...args, "cat", join(cwd, ".env")], { encoding: "utf8" });
    expect(read).toBe("KEY1=value1\n");
  });

  it("gives away every output, directories with all that is in them", async (context) => {
    need(context, "root");
    const outputs = ["--output=sh:app.env", "--output=files:secrets"];
    const args = [...outputs, "--owner", OWNER, "--mode=640"];
    const { directory, port, exit } = await start(host, { args });
    expect((await claim(port, "KEY1=value1")).status).toBe(200);
    expect(await exit).toBe(0);
    expect(ownerOf(join(directory, "app.env"))).toEqual([USER, GROUP, 0o640]);
    expect(ownerOf(join(directory, "secrets"))).toEqual([USER, GROUP, 0o750]);
    expect(ownerOf(join(directory, "secrets/KEY1"))).toEqual([USER, GROUP, 0o640]);
  });

  it("leaves the group where it names none, and takes the greatest number", async (context) => {
    need(context, "root");
    const program = await start(host, { args: ["--owner=4294967294"] });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(ownerOf(join(program.directory, ".env"))).toEqual([4_294_967_294, 0, 0o600]);
  });

  it("gives away a mounted file, which is written in place", async (context) => {
    need(context, "mounts");
    const cwd = makeTree({ ".env": "below\n" });
    const source = join(makeDirectory(), "mounted");
    writeFileSync(source, "OLD=1\n");
    bindMount(source, join(cwd, ".env"));
    const program = await start(host, { cwd, args: ["--owner", OWNER] });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readFileSync(source, "utf8")).toBe("KEY1=value1\n");
    expect(ownerOf(source)).toEqual([USER, GROUP, 0o600]);
  });

  it("gives a file to a group of its own without being root", async (context) => {
    need(context, "root", "setpriv");
    const cwd = makeDirectory();
    chownSync(cwd, USER, USER);
    const args = [`--owner=${USER}:${GROUP}`, "--mode=0640"];
    const program = await start(host, { cwd, args, wrapper: as(USER, GROUP) });
    expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(ownerOf(join(cwd, ".env"))).toEqual([USER, GROUP, 0o640]);
  });

  it("ends with 73 at the start where it may give nothing away", async (context) => {
    need(context, "root", "setpriv");
    const cwd = makeDirectory();
    chownSync(cwd, USER, USER);
    const program = await runToEnd(host, { cwd, args: ["--owner=0"], wrapper: as(USER) });
    expect(await program.exit).toBe(73);
    expect(program.events).toMatchObject([
      { level: "error", message: "the env file cannot be given to its owner", errno: "EPERM" },
    ]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.for([
    ["a file", "--output=sh:app.env", "setOwner", 2],
    ["a file of a directory", "--output=files:secrets", "setOwner", 2],
    ["a directory", "--output=files:secrets", "setDirectoryOwner", 3],
  ] as const)(
    "refuses the claim where it cannot give away %s, leaves nothing, and serves the next",
    async ([, output, step, when], context) => {
      need(context, "root", "strace");
      const inject = ["-e", "trace=fchown", "-e", `inject=fchown:error=EPERM:when=${when}`];
      const wrapper = ["strace", "-f", "-o", "/dev/null", ...inject];
      const program = await start(host, { wrapper, args: [output, "--owner", OWNER] });
      const answer = await claim(program.port, "KEY1=value1");
      expect(answer.status).toBe(500);
      expect(JSON.parse(answer.body)).toMatchObject({
        code: "commit_failed",
        detail: `EPERM at ${step}; nothing was applied`,
      });
      expect(readdirSync(program.directory)).toEqual([]);
      expect((await claim(program.port, "KEY1=value1")).status).toBe(200);
      expect(await program.exit).toBe(0);
    },
  );
});
