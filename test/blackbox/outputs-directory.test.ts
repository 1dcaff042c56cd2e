/** A directory output: replaced as a whole, with its modes, and what a killed predecessor left of it. */

import { lstatSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, start } from "./program.ts";
import { claim, claimJson } from "./wire.ts";
import { makeTree, readTree, type Tree } from "./tree.ts";

const QUERY = "KEY1=value1&KEY2=two+words";

describeOnEachHost("a directory output", (host) => {
  const ARGS = ["--output=files:secrets"];

  it("replaces an old directory as a whole, and its litter goes", async () => {
    const cwd = makeTree({ "secrets/OLD1": "1", "secrets/KEY1": "old", "beside/x": "1" });
    const inode = statSync(join(cwd, "secrets")).ino;
    const program = await start(host, { cwd, args: ARGS });
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual({
      "beside/": "",
      "beside/x": "1",
      "secrets/": "",
      "secrets/KEY1": "value1",
      "secrets/KEY2": "two words",
    });
    expect(statSync(join(cwd, "secrets")).ino).not.toBe(inode);
  });

  it("replaces an old directory by an empty one for a claim without variables", async () => {
    const cwd = makeTree({ "secrets/OLD1": "1" });
    const program = await start(host, { cwd, args: ARGS });
    expect((await claimJson(program.port, {})).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toEqual({ "secrets/": "" });
  });

  it("replaces a symlink to a directory and never follows it", async () => {
    const elsewhere = makeTree({ OLD1: "precious" });
    const cwd = makeDirectory();
    symlinkSync(elsewhere, join(cwd, "secrets"));
    const program = await start(host, { cwd, args: ARGS });
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(lstatSync(join(cwd, "secrets")).isDirectory()).toBe(true);
    expect(readdirSync(cwd)).toEqual(["secrets"]);
    expect(readTree(elsewhere)).toEqual({ OLD1: "precious" });
  });

  it.each([
    ["0000", [], 0o600, 0o700],
    ["0077", [], 0o600, 0o700],
    ["0777", [], 0o600, 0o700],
    ["0000", ["--mode", "0640"], 0o640, 0o750],
    ["0777", ["--mode", "0640"], 0o640, 0o750],
    ["0077", ["--mode", "0444"], 0o444, 0o555],
  ] as const)(
    "under the umask %s and with %j has its modes",
    async (umask, args, fileMode, directoryMode) => {
      const wrapper = ["sh", "-c", `umask ${umask}; exec "$0" "$@"`];
      const program = await start(host, {
        wrapper,
        args: [...ARGS, "--output=sh:.env", ...args],
      });
      expect((await claim(program.port, QUERY)).status).toBe(200);
      expect(await program.exit).toBe(0);
      const modes = ["secrets", "secrets/KEY1", "secrets/KEY2", ".env"].map(
        (path) => statSync(join(program.directory, path)).mode & 0o7777,
      );
      expect(modes).toEqual([directoryMode, fileMode, fileMode, fileMode]);
    },
  );

  it("that may only be read is replaced whole by the next server", async (context) => {
    need(context, "root", "setpriv");
    const wrapper = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    const cwd = makeDirectory();
    for (const value of ["1", "2"]) {
      const args = [...ARGS, "--mode", "0400"];
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      const program = await start(host, { cwd, args, wrapper });
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      expect((await claim(program.port, `KEY1=${value}`)).status).toBe(200);
      // oxlint-disable-next-line no-await-in-loop -- one server after the other
      expect(await program.exit).toBe(0);
      expect(readTree(cwd)).toEqual({ "secrets/": "", "secrets/KEY1": value });
      expect(statSync(join(cwd, "secrets")).mode & 0o7777).toBe(0o500);
    }
  });
});

const DIGITS = "0123456789abcdef".repeat(2);
const LEFT = `.secrets.startup-server-${DIGITS}`;

describeOnEachHost("what a killed predecessor left of a directory output", (host) => {
  it.each<[sentence: string, before: Tree, after: Tree]>([
    [
      "is removed where it was not finished",
      { [`${LEFT}/KEY1`]: "part", "secrets/OLD1": "1" },
      { "secrets/": "", "secrets/OLD1": "1" },
    ],
    [
      "is removed where it was not finished and nothing stood there",
      { [`${LEFT}/KEY1`]: "part" },
      {},
    ],
    [
      "takes its place again where it had stepped aside and was not replaced",
      { [`${LEFT}.old/OLD1`]: "1", [`${LEFT}/KEY1`]: "new" },
      { "secrets/": "", "secrets/OLD1": "1" },
    ],
    [
      "is removed where it had stepped aside and was replaced",
      { [`${LEFT}.old/OLD1`]: "1", "secrets/KEY1": "new" },
      { "secrets/": "", "secrets/KEY1": "new" },
    ],
    [
      "is removed where it was replaced by a directory without files",
      { [`${LEFT}.old/OLD1`]: "1", "secrets/": "" },
      { "secrets/": "" },
    ],
    [
      "is left alone where it is another's",
      { [`.other.startup-server-${DIGITS}/KEY1`]: "1", [`${LEFT}0/KEY1`]: "1" },
      {
        [`.other.startup-server-${DIGITS}/`]: "",
        [`.other.startup-server-${DIGITS}/KEY1`]: "1",
        [`${LEFT}0/`]: "",
        [`${LEFT}0/KEY1`]: "1",
      },
    ],
  ])("%s", async (_sentence, before, after) => {
    const cwd = makeTree(before);
    const program = await start(host, { cwd, args: ["--output=files:secrets"] });
    expect(readTree(cwd)).toEqual(after);
    const hasRemoved = Object.keys(before).some((path) => !(path in after) && path.includes(LEFT));
    const told = program.messages.includes("leftovers of a killed server removed");
    expect(told).toBe(hasRemoved);
    expect((await claim(program.port, QUERY)).status).toBe(200);
    expect(await program.exit).toBe(0);
    expect(readTree(cwd)).toMatchObject({ "secrets/KEY1": "value1", "secrets/KEY2": "two words" });
  });
});
