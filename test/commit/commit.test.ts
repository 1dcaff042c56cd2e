import { beforeEach, describe, expect, it } from "vitest";
import { checkOwner, commit } from "../../src/commit/commit.ts";
import { removeLeftovers } from "../../src/commit/leftovers.ts";
import type { Output } from "../../src/commit/output.ts";
import { directoryOf, temporaryPath, UNGUESSABLE_DIGITS } from "../../src/commit/paths.ts";
import type { Files } from "../../src/host.ts";
import { MemoryFiles } from "./memory-files.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const NEW = encode("KEY1=value1\n");
const OLD_TEXT = "OLD=a much longer file than the new one\n";
const UNGUESSABLE = "ab".repeat(UNGUESSABLE_DIGITS / 2);
const TEMPORARY = `/d/..env.startup-server-${UNGUESSABLE}`;
const TARGET: Output = {
  path: "/d/.env",
  mode: 0o640,
  owner: undefined,
  content: { kind: "file", bytes: NEW },
};

let files: MemoryFiles;

beforeEach(() => {
  files = new MemoryFiles();
});

const run = (): ReturnType<typeof commit> => commit(files, [TARGET], UNGUESSABLE);

describe("commit", () => {
  it("writes, syncs, renames and syncs the directory, in that order", () => {
    expect(run()).toEqual({ ok: true, value: ["renamed"] });
    expect(files.calls).toEqual([
      "create",
      "setMode",
      "write",
      "sync",
      "close",
      "rename",
      "syncDirectory",
    ]);
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
    expect(files.entries.get("/d/.env")).toMatchObject({ mode: 0o640 });
  });

  it("replaces an old file and leaves nothing of it", () => {
    files.put("/d/.env", OLD_TEXT);
    expect(run().ok).toBe(true);
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
  });

  it("goes on writing where a write took a part", () => {
    files.writeLimit = 5;
    expect(run().ok).toBe(true);
    expect(files.calls.filter((call) => call === "write")).toHaveLength(3);
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
  });

  it("fails where a write takes nothing, instead of repeating it for ever", () => {
    files.writeLimit = 0;
    expect(run()).toEqual({ ok: false, problem: { path: "/d/.env", step: "write", errno: "EIO" } });
    expect(files.texts).toEqual({});
  });

  it.each<[keyof Files, string]>([
    ["create", "EACCES"],
    ["create", "EROFS"],
    ["setMode", "EPERM"],
    ["write", "ENOSPC"],
    ["sync", "EIO"],
    ["close", "EDQUOT"],
    ["rename", "EISDIR"],
    ["syncDirectory", "EIO"],
  ])("leaves the old file and nothing else when %s fails with %s", (step, errno) => {
    files.put("/d/.env", OLD_TEXT);
    files.failures.set(step, errno);
    expect(run()).toEqual({ ok: false, problem: { path: "/d/.env", step, errno } });
    expect(files.texts).toEqual({ "/d/.env": OLD_TEXT });
    expect(files.calls.filter((call) => call === "sync").length).toBeLessThanOrEqual(1);
  });

  it("leaves no file where there was none and the directory cannot be synced", () => {
    files.failures.set("syncDirectory", "EIO");
    expect(run()).toEqual({
      ok: false,
      problem: { path: "/d/.env", step: "syncDirectory", errno: "EIO" },
    });
    expect(files.texts).toEqual({});
  });

  it("commits though the file system knows no links", () => {
    files.put("/d/.env", OLD_TEXT);
    files.failures.set("link", "EPERM");
    expect(run()).toEqual({ ok: true, value: ["renamed"] });
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
  });

  it("never touches a file that has the temporary name already", () => {
    files.put(TEMPORARY, OLD_TEXT);
    expect(run()).toEqual({
      ok: false,
      problem: { path: "/d/.env", step: "create", errno: "EEXIST" },
    });
    expect(files.texts).toEqual({ [TEMPORARY]: OLD_TEXT });
  });

  it.each(["EBUSY", "EXDEV"])("writes a mounted file in place when rename says %s", (errno) => {
    files.put("/d/.env", OLD_TEXT);
    files.failures.set("rename", errno);
    expect(run()).toEqual({ ok: true, value: ["in_place"] });
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
    expect(files.calls.slice(-5)).toEqual(["setMode", "write", "truncate", "sync", "close"]);
  });

  it("puts the old bytes back when a write in place fails behind its first bytes", () => {
    files.put("/d/.env", OLD_TEXT);
    files.failures.set("rename", "EBUSY");
    files.failures.set("truncate", "EIO");
    expect(run()).toEqual({
      ok: false,
      problem: { path: "/d/.env", step: "truncate", errno: "EIO" },
    });
    expect(files.texts).toEqual({ "/d/.env": OLD_TEXT });
    expect(files.entries.get("/d/.env")).toMatchObject({ mode: 0o644 });
  });

  it("has committed in place once that is synced, whatever close says", () => {
    files.put("/d/.env", OLD_TEXT);
    files.failures.set("rename", "EBUSY");
    files.failures.set("close", [2, "EIO"]);
    expect(run()).toEqual({ ok: true, value: ["in_place"] });
    expect(files.texts).toEqual({ "/d/.env": "KEY1=value1\n" });
  });

  it("tells the rename's failure where there is no file to write in place", () => {
    files.failures.set("rename", "EBUSY");
    expect(run()).toEqual({
      ok: false,
      problem: { path: "/d/.env", step: "rename", errno: "EBUSY" },
    });
    expect(files.texts).toEqual({});
  });
});

const BOTH: readonly Output[] = [
  TARGET,
  {
    path: "/s/secrets",
    mode: 0o640,
    owner: undefined,
    content: {
      kind: "directory",
      files: [
        { name: "KEY1", bytes: encode("value1") },
        { name: "KEY2", bytes: encode("value2") },
      ],
    },
  },
];
const BOTH_NEW = {
  "/d/.env": "KEY1=value1\n",
  "/s/secrets/": "",
  "/s/secrets/KEY1": "value1",
  "/s/secrets/KEY2": "value2",
};

describe("commit of several outputs", () => {
  const runBoth = (): ReturnType<typeof commit> => commit(files, BOTH, UNGUESSABLE);

  function putOld(): Record<string, string> {
    files.put("/d/.env", OLD_TEXT);
    files.entries.set("/s/secrets", "directory");
    files.put("/s/secrets/GONE", "old");
    return files.texts;
  }

  it("writes and syncs everything before the first rename, then every directory", () => {
    expect(runBoth()).toEqual({ ok: true, value: ["renamed", "renamed"] });
    expect(files.texts).toEqual(BOTH_NEW);
    const firstRename = files.calls.indexOf("rename");
    expect(files.calls.lastIndexOf("sync")).toBeLessThan(firstRename);
    expect(files.calls.slice(firstRename)).toEqual([
      "rename",
      "rename",
      "syncDirectory",
      "syncDirectory",
    ]);
  });

  it("gives files their mode, and the directory the mode to search it too", () => {
    runBoth();
    expect(files.entries.get("/s/secrets/KEY1")).toMatchObject({ mode: 0o640 });
    expect(files.directoryModes.get(temporaryPath("/s/secrets", UNGUESSABLE))).toBe(0o750);
  });

  it("replaces an old directory as a whole", () => {
    putOld();
    expect(runBoth().ok).toBe(true);
    expect(files.texts).toEqual(BOTH_NEW);
  });

  it("syncs a directory once that holds several outputs", () => {
    const second: Output = { ...TARGET, path: "/d/second" };
    commit(files, [TARGET, second], UNGUESSABLE);
    expect(files.calls.filter((call) => call === "syncDirectory")).toHaveLength(1);
  });

  const STEPS: readonly (readonly [keyof Files, number])[] = [
    ["create", 1],
    ["create", 2],
    ["create", 3],
    ["createDirectory", 1],
    ["setMode", 2],
    ["setDirectoryMode", 1],
    ["write", 1],
    ["write", 3],
    ["sync", 1],
    ["sync", 3],
    ["close", 2],
    ["rename", 1],
    ["rename", 2],
    ["rename", 3],
    ["syncDirectory", 1],
    ["syncDirectory", 2],
    ["syncDirectory", 3],
  ];

  it.each(STEPS)("leaves everything as it was when %s fails at its call %d", (call, nth) => {
    const old = putOld();
    files.failures.set(call, [nth, "EIO"]);
    expect(runBoth()).toMatchObject({ ok: false, problem: { step: call, errno: "EIO" } });
    expect(files.texts).toEqual(old);
  });

  it.each(STEPS.filter(([call, nth]) => call !== "rename" || nth < 3))(
    "leaves nothing where nothing was when %s fails at its call %d",
    (call, nth) => {
      files.failures.set(call, [nth, "ENOSPC"]);
      expect(runBoth()).toMatchObject({ ok: false, problem: { step: call, errno: "ENOSPC" } });
      expect(files.texts).toEqual({});
    },
  );
});

const OWNER = { user: 1000, group: 2000 };

describe("commit for an owner", () => {
  const runFor = (output: Output | undefined): ReturnType<typeof commit> =>
    commit(files, output === undefined ? [] : [{ ...output, owner: OWNER }], UNGUESSABLE);

  it("gives the file away before its mode lets a group read it, and before it is synced", () => {
    expect(runFor(TARGET).ok).toBe(true);
    expect(files.calls.slice(0, 5)).toEqual(["create", "setOwner", "setMode", "write", "sync"]);
    expect(files.entries.get("/d/.env")).toMatchObject({ owner: OWNER, mode: 0o640 });
  });

  it("gives away a directory with all that is in it", () => {
    expect(runFor(BOTH[1]).ok).toBe(true);
    expect([...files.directoryOwners.values()]).toEqual([OWNER]);
    for (const name of ["KEY1", "KEY2"]) {
      expect(files.entries.get(`/s/secrets/${name}`)).toMatchObject({ owner: OWNER });
    }
  });

  it.each<[keyof Files, Output | undefined]>([
    ["setOwner", TARGET],
    ["setOwner", BOTH[1]],
    ["setDirectoryOwner", BOTH[1]],
  ])("leaves nothing behind where %s fails", (step, output) => {
    files.failures.set(step, "EPERM");
    expect(runFor(output)).toMatchObject({ ok: false, problem: { step, errno: "EPERM" } });
    expect(files.texts).toEqual({});
  });

  it("gives a mounted file away, but for one that is the owner's already", () => {
    files.failures.set("rename", "EBUSY");
    files.put("/d/.env", OLD_TEXT);
    expect(runFor(TARGET)).toEqual({ ok: true, value: ["in_place"] });
    expect(files.entries.get("/d/.env")).toMatchObject({ owner: OWNER });
    files.calls.length = 0;
    expect(runFor(TARGET)).toEqual({ ok: true, value: ["in_place"] });
    expect(files.calls.filter((call) => call === "setOwner")).toHaveLength(1);
  });

  it("leaves a mounted file as it was where it cannot be given away", () => {
    files.failures.set("rename", "EBUSY");
    files.failures.set("setOwner", [2, "EPERM"]);
    files.put("/d/.env", OLD_TEXT);
    expect(runFor(TARGET)).toMatchObject({ ok: false, problem: { step: "setOwner" } });
    expect(files.texts).toEqual({ "/d/.env": OLD_TEXT });
    expect(files.entries.get("/d/.env")).toMatchObject({ mode: 0o644 });
  });

  it("gives a mounted file back to its owner where the next step fails", () => {
    files.failures.set("rename", "EBUSY");
    files.failures.set("truncate", "EIO");
    files.put("/d/.env", OLD_TEXT);
    const old = files.entries.get("/d/.env");
    const owner = old !== "directory" && old?.owner;
    expect(runFor(TARGET)).toMatchObject({ ok: false, problem: { step: "truncate" } });
    expect(files.entries.get("/d/.env")).toMatchObject({ mode: 0o644, owner });
  });
});

describe("checkOwner", () => {
  it.each<[sentence: string, failing: keyof Files | undefined, ok: boolean]>([
    ["says so where a file can be given away", undefined, true],
    ["says so where none can", "setOwner", false],
    ["takes it for possible where no file can be made to find out", "create", true],
  ])("%s, and leaves nothing behind", (_sentence, failing, ok) => {
    if (failing !== undefined) files.failures.set(failing, "EPERM");
    expect(checkOwner(files, "/d/.env", OWNER).ok).toBe(ok);
    expect(files.texts).toEqual({});
  });

  it("removes no file but its own", () => {
    const probe = `/d/..env.startup-server-${"0".repeat(32)}`;
    files.put(probe, "somebody's");
    expect(checkOwner(files, "/d/.env", OWNER).ok).toBe(true);
    expect(files.texts).toEqual({ [probe]: "somebody's" });
  });
});

describe("removeLeftovers", () => {
  it("removes what a killed predecessor left for this file, and only that", () => {
    const kept = [
      "/d/.env",
      "/d/..env.startup-server-",
      `/d/..env.startup-server-${"0".repeat(31)}`,
      `/d/..env.startup-server-${"0".repeat(33)}`,
      `/d/..env.startup-server-${"G".repeat(32)}`,
      `/d/..env.startup-server-${"0".repeat(32)}.old.old`,
      `/d/..env2.startup-server-${"0".repeat(32)}`,
      `/d/.env.startup-server-${"0".repeat(32)}`,
    ];
    for (const path of [...kept, TEMPORARY, `${TEMPORARY}.old`]) files.put(path, OLD_TEXT);
    expect(removeLeftovers(files, "/d/.env")).toBe(2);
    expect([...files.entries.keys()].toSorted()).toEqual(kept.toSorted());
  });

  it("removes a directory that was not finished, with what is in it", () => {
    files.entries.set(TEMPORARY, "directory");
    files.put(`${TEMPORARY}/KEY1`, "value1");
    expect(removeLeftovers(files, "/d/.env")).toBe(1);
    expect(files.texts).toEqual({});
  });

  it("puts a directory back that had stepped aside and was not replaced", () => {
    files.entries.set(`${TEMPORARY}.old`, "directory");
    files.put(`${TEMPORARY}.old/KEY1`, "value1");
    expect(removeLeftovers(files, "/d/.env")).toBe(1);
    expect(files.texts).toEqual({ "/d/.env/": "", "/d/.env/KEY1": "value1" });
  });

  it("removes a directory that had stepped aside and was replaced", () => {
    for (const path of [`${TEMPORARY}.old`, "/d/.env"]) {
      files.entries.set(path, "directory");
      files.put(`${path}/KEY1`, path);
    }
    expect(removeLeftovers(files, "/d/.env")).toBe(1);
    expect(files.texts).toEqual({ "/d/.env/": "", "/d/.env/KEY1": "/d/.env" });
  });

  it("removes nothing from a directory that cannot be listed", () => {
    files.failures.set("list", "EACCES");
    expect(removeLeftovers(files, "/d/.env")).toBe(0);
  });
});

describe("directoryOf", () => {
  it.each([
    [".env", "."],
    ["/.env", "/"],
    ["a/b/.env", "a/b"],
    ["/a/.env", "/a"],
  ])("of %s is %s", (path, directory) => {
    expect(directoryOf(path)).toBe(directory);
  });
});
