/** Whether execve(2) of a file is sure not to fail, told from its first bytes. */

import process from "node:process";
import { nodeFiles } from "./node-files.ts";

const HEAD_BYTES = 4096;
const MAX_INTERPRETERS = 4;

/** Whether it is a program for the same machine as Node itself, with its loader, or a script of one (elf(5), execve(2)). */
export function isSureToRun(path: string, depth = 0): boolean {
  if (!nodeFiles.checkExecutable(path).ok || depth > MAX_INTERPRETERS) return false;
  const head = readHead(path);
  const script = /^#![ \t]*([^ \t\n]+)[^\n]*\n/.exec(head.toString("latin1"))?.[1];
  if (script !== undefined) return isSureToRun(script, depth + 1);
  if (machineOf(head) !== machineOf(readHead(process.execPath))) return false;
  const loader = loaderOf(head);
  return loader === "" || (loader !== undefined && isSureToRun(loader, depth + 1));
}

function readHead(path: string): Buffer {
  const bytes = nodeFiles.load(path, HEAD_BYTES);
  return Buffer.from(bytes.ok ? bytes.value : []);
}

/** That it is a program at all, word size, byte order and processor. */
function machineOf(head: Buffer): string {
  return head.toString("latin1", 0, 6) + head.toString("latin1", 18, 20);
}

const ELF_OF_64_BITS = "\x7fELF\x02\x01";
const PT_INTERP = 3;

/** What loads the program; empty where it needs no such thing, undefined where its first bytes do not tell. */
function loaderOf(head: Buffer): string | undefined {
  if (head.toString("latin1", 0, 6) !== ELF_OF_64_BITS) return undefined;
  const [start, size, count] = [
    head.readUInt32LE(32),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ];
  if (start + size * count > head.length) return undefined;
  for (let at = start; at < start + size * count; at += size) {
    if (head.readUInt32LE(at) !== PT_INTERP) continue;
    const [from, length] = [head.readUInt32LE(at + 8), head.readUInt32LE(at + 32)];
    return from + length > head.length
      ? undefined
      : head.toString("latin1", from, from + length - 1);
  }
  return "";
}
