/** What the system tells of a process (proc(5)). */

import { readFileSync } from "node:fs";
import type { Program } from "./program.ts";

/** A field of its status, without blanks. */
export function statusField(pid: number, field: string): string {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return new RegExp(`^${field}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
}

export function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}

/** The process that a wrapper has started. */
export function childOf(program: Program): number {
  return childrenOf(program.pid)[0] ?? 0;
}
