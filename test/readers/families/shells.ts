/** POSIX shells: `set -a; . ./file`, and what a program started afterwards finds. */

import type { Place } from "../place.ts";
import { ALL, COMMON, type Extent, packageVersion, parseNulEnded, type Reader } from "../reader.ts";

const SHELLS: readonly (readonly [name: string, debianPackage: string, ...argv: string[]])[] = [
  ["bash", "bash", "bash"],
  ["bash --posix", "bash", "bash", "--posix"],
  ["dash", "dash", "dash"],
  ["busybox sh", "busybox", "busybox", "sh"],
  ["zsh", "zsh", "zsh", "-f"],
  ["mksh", "mksh", "mksh"],
  ["yash", "yash", "yash"],
  ["ksh93", "ksh93u+m", "ksh93"],
];

/** `exec` keeps the shell from adding anything after the file. */
const SOURCE = 'set -a; . "$1"; set +a; exec /usr/bin/env -0';

export function shells(place: Place): readonly Reader[] {
  return SHELLS.map(([name, debianPackage, ...argv]) => ({
    name,
    place,
    claims: { strict: ALL, portable: ALL, sh: ALL },
    // ksh93 puts its process id into the one, and attributes of what it exports into the other.
    volatileNames: ["_", "A__z"],
    keepsNames: true,
    version: () => packageVersion(place, debianPackage),
    read: async (path) => {
      const printed = await place.run({ argv: [...argv, "-c", SOURCE, "sh", path] });
      return parseNulEnded(printed.stdout);
    },
  }));
}

const FISH = "source $argv[1]; exec /usr/bin/env -0";

/** fish knows no `NAME=value` lines: it has a dialect of its own. */
export function fish(place: Place): Reader {
  return {
    name: "fish",
    place,
    claims: { fish: ALL },
    version: () => packageVersion(place, "fish"),
    read: async (path) => {
      const argv = ["fish", "--no-config", "--command", FISH, path];
      return parseNulEnded((await place.run({ argv })).stdout);
    },
  };
}

/** What reads `NAME=value` without any quoting line by line: the original's own file. */
const READ_LINES = 'while IFS= read -r line; do export "$line"; done < "$1"; exec /usr/bin/env -0';

export function lineReaders(place: Place): readonly Reader[] {
  return [
    {
      name: "dash: read -r",
      place,
      claims: { raw: ALL },
      volatileNames: ["line"],
      keepsNames: true,
      version: () => packageVersion(place, "dash"),
      read: async (path) => {
        const printed = await place.run({ argv: ["dash", "-c", READ_LINES, "sh", path] });
        return parseNulEnded(printed.stdout);
      },
    },
    {
      name: "xargs -0 env",
      place,
      claims: { null: ALL },
      version: () => packageVersion(place, "findutils"),
      read: async (path) => {
        // Without -x, xargs would start env twice for what is too long for one.
        const argv = ["xargs", "-0", "-x", "-s", "1900000", "-a", path, "env", "-i", "-0"];
        return parseNulEnded((await place.run({ argv })).stdout);
      },
    },
  ];
}

const DIRECTORY_READERS: readonly (readonly [
  name: string,
  debianPackage: string,
  extent: Extent,
  ...argv: string[],
])[] = [
  ["s6-envdir -Lf", "s6", ALL, "s6-envdir", "-Lf"],
  ["daemontools envdir", "daemontools", COMMON, "envdir"],
  ["runit chpst -e", "runit", COMMON, "chpst", "-e"],
];

const READ_FILES = 'for f in "$1"/*; do printf "%s=" "${f##*/}"; cat "$f"; printf "\\0"; done';

export function directoryReaders(place: Place): readonly Reader[] {
  const envdirs = DIRECTORY_READERS.map(([name, debianPackage, extent, ...argv]): Reader => ({
    name,
    place,
    claims: { envdir: extent },
    version: () => packageVersion(place, debianPackage),
    read: async (path) => {
      const printed = await place.run({ argv: [...argv, path, "env", "-0"] });
      return parseNulEnded(printed.stdout);
    },
  }));
  const cat: Reader = {
    name: "cat",
    place,
    claims: { files: ALL },
    version: () => packageVersion(place, "coreutils"),
    read: async (path) => {
      const printed = await place.run({ argv: ["dash", "-c", READ_FILES, "sh", path] });
      return parseNulEnded(printed.stdout);
    },
  };
  return [...envdirs, cat];
}
