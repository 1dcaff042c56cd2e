/** All readers that this machine can run, and those that it cannot. */

import { join } from "node:path";
import { compose, composeV1, docker, kubectl, kustomize, podman } from "./families/containers.ts";
import { packages, runtimes } from "./families/javascript.ts";
import { godotenv, jsonReaders, just, languages } from "./families/languages.ts";
import { directoryReaders, fish, lineReaders, shells } from "./families/shells.ts";
import { systemd } from "./families/systemd.ts";
import { buildGodotenv, CACHE, type Installed, installNpm, installTree } from "./install.ts";
import { machine, type Place, tree } from "./place.ts";
import type { Reader } from "./reader.ts";

export interface Readers {
  readonly readers: readonly Reader[];
  /** One sentence for each group that is missing. */
  readonly missing: readonly string[];
}

export function installReaders(): Readers {
  const forky = installTree("forky");
  const bookworm = installTree("bookworm");
  const npm = installNpm(forky.ok ? join(forky.root, "opt/npm") : join(CACHE, "npm"));
  const built = forky.ok ? buildGodotenv(forky.root) : forky;
  const missing = [
    ...missingOf("Debian 14", forky),
    ...missingOf("Debian 12", bookworm),
    ...missingOf("npm", npm),
    ...(forky.ok ? missingOf("godotenv", built) : []),
  ];
  const readers: Reader[] = [];
  if (npm.ok) {
    const place = forky.ok ? tree("Debian 14", forky.root) : machine(join(CACHE, "work"));
    const root = forky.ok ? "/opt/npm" : npm.root;
    readers.push(...packages(place, root), ...runtimes(place, root));
  }
  if (forky.ok) readers.push(...newer(tree("Debian 14", forky.root)));
  if (bookworm.ok) readers.push(...older(tree("Debian 12", bookworm.root)));
  return { readers, missing };
}

function missingOf(name: string, installed: Installed): readonly string[] {
  return installed.ok ? [] : [`${name}: ${installed.reason}`];
}

function newer(place: Place): readonly Reader[] {
  return [
    ...shells(place),
    systemd(place),
    ...languages(place, [
      "python-dotenv",
      "pydantic-settings",
      "ruby dotenv",
      "phpdotenv",
      "Symfony Dotenv",
    ]),
    godotenv(place),
    just(place),
    ...compose(place),
    docker(place),
    podman(place),
    kubectl(place),
    kustomize(place),
    fish(place),
    ...directoryReaders(place),
    ...lineReaders(place),
    ...jsonReaders(place),
  ];
}

/** What Debian 12 has in another version; its ruby dotenv 2 knows no value of several lines. */
function older(place: Place): readonly Reader[] {
  return [
    ...shells(place),
    systemd(place),
    ...languages(place, ["phpdotenv 5.4", "Symfony Dotenv", "python-dotenv"]),
    composeV1(place),
    docker(place),
    podman(place),
    kubectl(place),
    fish(place),
    ...directoryReaders(place),
  ];
}
