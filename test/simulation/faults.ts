/** Which host calls fail, how, and when the process dies: planned from the seed before a run. */

import type { Files } from "../../src/host.ts";
import type { Random } from "./random.ts";

/** Calls that scenarios make; none has a token file, and a command fails by itself. */
export type FileCall = Exclude<keyof Files, "load" | "checkExecutable">;

/** The `from`th to the `to`th call of that name fails. */
export interface Fault {
  readonly call: FileCall;
  readonly from: number;
  readonly to: number;
  readonly errno: string;
}

/** The process dies at its so-manieth host call, before or after it has its effect. */
export interface Crash {
  readonly at: number;
  readonly among: "file_calls" | "all_calls";
  readonly moment: "before" | "after";
  readonly cause: "kill" | "power_cut";
}

/** What open(2), write(2), fsync(2), rename(2) and the others fail with on a bad day. */
const ERRNOS: Readonly<Record<FileCall, readonly [string, ...string[]]>> = {
  create: ["EROFS", "EACCES", "ENOSPC", "EDQUOT", "EMFILE", "ENOENT", "EIO"],
  openExisting: ["EACCES", "EROFS", "EIO", "EMFILE"],
  examine: ["EIO", "EACCES", "ELOOP"],
  read: ["EIO"],
  write: ["ENOSPC", "EDQUOT", "EIO", "EFBIG"],
  truncate: ["EIO"],
  setMode: ["EPERM", "EROFS", "EIO"],
  setOwner: ["EPERM", "EDQUOT", "EROFS", "EIO"],
  sync: ["EIO", "ENOSPC", "EDQUOT"],
  close: ["EIO", "EDQUOT"],
  link: ["EPERM", "EMLINK", "ENOSPC", "EIO"],
  rename: ["EIO", "ENOSPC", "EACCES", "EROFS", "EBUSY", "EXDEV"],
  remove: ["EIO", "EACCES", "EROFS"],
  createDirectory: ["EROFS", "EACCES", "ENOSPC", "EDQUOT", "EMLINK", "EIO"],
  removeDirectory: ["EIO", "EACCES", "EROFS", "EBUSY"],
  setDirectoryMode: ["EPERM", "EROFS", "EIO"],
  setDirectoryOwner: ["EPERM", "EROFS", "EIO"],
  syncDirectory: ["EIO", "ENOSPC"],
  list: ["EIO", "EACCES"],
  checkDirectory: ["ENOENT", "ENOTDIR", "EACCES", "EROFS"],
};

const COMMIT_CALLS: readonly [FileCall, ...FileCall[]] = [
  "create",
  "setMode",
  "setOwner",
  "write",
  "sync",
  "close",
  "link",
  "rename",
  "syncDirectory",
  "remove",
];
const DIRECTORY_CALLS: readonly [FileCall, ...FileCall[]] = [
  "createDirectory",
  "removeDirectory",
  "setDirectoryMode",
  "setDirectoryOwner",
  "syncDirectory",
  "rename",
  "rename",
  "list",
];
const IN_PLACE_CALLS: readonly [FileCall, ...FileCall[]] = [
  "openExisting",
  "read",
  "setMode",
  "setOwner",
  "write",
  "truncate",
  "sync",
  "close",
];
const START_CALLS: readonly [FileCall, ...FileCall[]] = [
  "checkDirectory",
  "list",
  "remove",
  "rename",
  "examine",
  "examine",
];

/** The calls that change a directory or a file: on a full or read-only disk all of them fail. */
const CHANGING_CALLS: readonly FileCall[] = [
  "create",
  "write",
  "link",
  "rename",
  "remove",
  "truncate",
  "createDirectory",
  "removeDirectory",
];

/** What outputs there are, as far as it decides which calls there will be. */
export interface OutputKinds {
  readonly count: number;
  readonly hasMounted: boolean;
  readonly hasDirectory: boolean;
}

export function planFaults(random: Random, outputs: OutputKinds): readonly Fault[] {
  const faults: Fault[] = [];
  const count = random.pick([0, 0, 1, 1, 1, 2, 3]);
  for (let index = 0; index < count; index += 1) {
    const call = random.pick(random.chance(4) ? START_CALLS : planCommitCalls(random, outputs));
    const from = random.pick([1, 1, 1, 2, 2, 3, 4]) + random.below(Math.max(outputs.count, 1));
    const to = from + random.pick([0, 0, 0, 0, 1, 5]);
    faults.push({ call, from, to, errno: random.pick(ERRNOS[call]) });
  }
  if (random.chance(8)) {
    const errno = random.pick(["ENOSPC", "EDQUOT", "EROFS", "EIO"]);
    const from = random.between(1, 3);
    const to = from + random.below(3);
    for (const call of CHANGING_CALLS) faults.push({ call, from, to, errno });
  }
  // Some file systems and some owners allow no second name at all (protected_hardlinks, proc(5)).
  if (random.chance(6)) faults.push({ call: "link", from: 1, to: Infinity, errno: "EPERM" });
  return faults;
}

function planCommitCalls(
  random: Random,
  { hasMounted, hasDirectory }: OutputKinds,
): readonly [FileCall, ...FileCall[]] {
  if (hasMounted && random.chance(60)) return IN_PLACE_CALLS;
  return hasDirectory && random.chance(50) ? DIRECTORY_CALLS : COMMIT_CALLS;
}

export function planCrash(random: Random, outputs: OutputKinds): Crash | undefined {
  if (!random.chance(30)) return undefined;
  const among = random.pick(["file_calls", "file_calls", "file_calls", "all_calls"]);
  return {
    at: random.between(1, among === "file_calls" ? 24 * Math.max(outputs.count, 1) : 150),
    among,
    moment: random.pick(["before", "after"]),
    cause: random.pick(["kill", "power_cut", "power_cut"]),
  };
}
