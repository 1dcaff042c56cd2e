/** The machine that the figures are of: nothing in it names whose it is. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  readonly distribution: string;
  readonly fileSystem: string;
  /** The day, in UTC, as ISO 8601. */
  readonly day: string;
}

/** `directory` is where the env files are written. */
export function describeMachine(directory: string): Machine {
  const [core] = cpus();
  const distribution = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"));
  const fileSystem = execFileSync("df", ["--output=fstype", directory], { encoding: "utf8" });
  return {
    processor: core?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1024 ** 3),
    kernel: /^\d+\.\d+/.exec(release())?.[0] ?? release(),
    distribution: distribution?.[1] ?? "unknown",
    fileSystem: fileSystem.trim().split("\n").at(-1) ?? "unknown",
    day: new Date().toISOString().slice(0, 10),
  };
}

/** One line for people. */
export function formatMachine(machine: Machine): string {
  const { processor, cores, memoryGigabytes, kernel, distribution, fileSystem, day } = machine;
  return `${processor}, ${cores} cores, ${memoryGigabytes} GB; Linux ${kernel}, ${distribution}, ${fileSystem}; ${day}`;
}
