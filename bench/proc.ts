/** What the kernel tells of a process and of the machine (proc(5)). */

import { readdirSync, readFileSync } from "node:fs";

/** In kilobytes, as /proc/PID/smaps_rollup has it. */
export interface Memory {
  readonly rssKilobytes: number;
  readonly pssKilobytes: number;
  readonly privateDirtyKilobytes: number;
  readonly privateCleanKilobytes: number;
}

export function readMemory(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return {
    rssKilobytes: kilobytesOf(rollup, "Rss"),
    pssKilobytes: kilobytesOf(rollup, "Pss"),
    privateDirtyKilobytes: kilobytesOf(rollup, "Private_Dirty"),
    privateCleanKilobytes: kilobytesOf(rollup, "Private_Clean"),
  };
}

/** MemAvailable of the whole machine. */
export function readAvailableKilobytes(): number {
  return kilobytesOf(readFileSync("/proc/meminfo", "utf8"), "MemAvailable");
}

/** How often the process's threads gave up a core by waiting, or lost it. */
export function countSwitches(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
    for (const [, count] of status.matchAll(/ctxt_switches:\s+(\d+)/g)) sum += Number(count);
  }
  return sum;
}

/** Nanoseconds of processor time that the process's threads have taken, those that have ended left out. */
export function readProcessorNs(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return sum;
}

function kilobytesOf(text: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`${name} is not told here`);
  return Number(found);
}
