/** What an earlier claim has left: laid out, tampered with, and known again by reading all of it. */

import type { SimulatedEnvironment } from "./environments.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import {
  createInode,
  type Inode,
  SELF,
  type SimulatedDirectory,
  type SimulatedDisk,
} from "./simulated-disk.ts";
import { hasOwner, searchable } from "./target-judge.ts";
import { contentOf, holds, type SimulatedTarget } from "./targets.ts";

type Settings = Pick<Scenario, "targets" | "mode" | "owner">;

/** The mode and the owner that a target has behind a claim. */
function attributesOf(
  { dialect }: SimulatedTarget,
  { mode, owner }: Settings,
): Pick<Settings, "mode" | "owner"> {
  return dialect === "record" ? { mode: 0o600, owner: undefined } : { mode, owner };
}

/** What stands at the target behind a claim of that environment. */
export function makeClaimed(
  target: SimulatedTarget,
  environment: SimulatedEnvironment,
  settings: Settings,
  fileKind: "file" | "mounted" = "file",
): Inode {
  const { mode, owner = SELF } = attributesOf(target, settings);
  const content = contentOf(environment, target);
  const make = (
    kind: "file" | "mounted" | "directory",
    bytes: Uint8Array,
    names?: ReadonlyMap<string, Inode>,
  ): Inode => {
    const inode = createInode(kind, kind === "directory" ? searchable(mode) : mode, bytes, names);
    inode.owner = { user: owner.user, group: owner.group === -1 ? SELF.group : owner.group };
    return inode;
  };
  if (content instanceof Uint8Array) return make(fileKind, content);
  const files = [...content].map(([name, bytes]) => [name, make("file", bytes)] as const);
  return make("directory", new Uint8Array(0), new Map(files));
}

/** The environment of which everything stands that a claim of it writes, exactly; undefined where there is none. */
export function findClaimed(
  disk: SimulatedDisk,
  settings: Settings,
  environments: readonly SimulatedEnvironment[],
): SimulatedEnvironment | undefined {
  return environments.find((environment) =>
    settings.targets.every((target) => {
      const inode = disk.find(target.path);
      if (!holds(inode, contentOf(environment, target), "visible")) return false;
      const { mode, owner } = attributesOf(target, settings);
      const expected = inode?.kind === "directory" ? searchable(mode) : mode;
      const files = [...(inode?.entries.inodes.values() ?? [])];
      const isPrivate = inode?.mode === expected && files.every((file) => file.mode === mode);
      // A group that nobody has named may be any: some directories hand down their own.
      return (
        isPrivate &&
        [inode, ...files].every((each) =>
          hasOwner(each, owner, { user: SELF.user, group: each?.owner.group ?? 0 }),
        )
      );
    }),
  );
}

/** Changes something of what stands at one of the targets, as its reader, another writer or a disk may. */
export function tamper(
  random: Random,
  disk: SimulatedDisk,
  scenario: Settings,
  marker: string,
): void {
  const target = random.pick([scenario.targets[0], ...scenario.targets]);
  const inode = target && disk.find(target.path);
  const directory = target && disk.directoryAt(target.directory);
  if (inode === undefined || directory === undefined || target === undefined) return;
  const [member = inode] = [...inode.entries.inodes.values()];
  const replace = (other: Inode | undefined): void => {
    directory.change({ kind: "drop", name: target.name, inode });
    if (other !== undefined) directory.change({ kind: "add", name: target.name, inode: other });
    directory.sync();
  };
  switch (random.below(9)) {
    case 0:
      return rewrite(member, flipped(random, member.bytes));
    case 1:
      return rewrite(member, member.bytes.slice(0, random.below(member.bytes.length + 1)));
    case 2:
      return rewrite(member, Uint8Array.from([...member.bytes, random.below(256)]));
    case 3:
      member.mode = random.pick([0o600, 0o640, 0o644, 0o666, 0o700]);
      return;
    case 4:
      member.owner = random.pick([SELF, { user: 1000, group: 0 }, { user: 1000, group: 2000 }]);
      return;
    case 5:
      return replace(undefined);
    case 6:
      return replace(createInode("symlink", 0o777, inode.bytes));
    case 7:
      if (inode.kind === "directory") addMember(inode.entries, `FOREIGN${random.below(3)}`);
      return;
    default:
      // Whole, and in another's place: the same file of another claim.
      return replace(makeClaimed(target, otherEnvironment(random, marker), scenario));
  }
}

function rewrite(inode: Inode, bytes: Uint8Array): void {
  inode.bytes = bytes;
  inode.durable = bytes;
  inode.pending = [];
}

function flipped(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const at = random.below(Math.max(1, bytes.length));
  if (bytes.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
}

function addMember(directory: SimulatedDirectory, name: string): void {
  directory.change({ kind: "add", name, inode: createInode("file", 0o600, new Uint8Array(0)) });
  directory.sync();
}

function otherEnvironment(random: Random, marker: string): SimulatedEnvironment {
  const value = `${marker}${random.text(3)}`;
  return { variables: [["OTHER", value]], file: new TextEncoder().encode(`OTHER=${value}\n`) };
}
