/** Reads a descriptor to its end, whether or not reading from it waits. */

import { readSync } from "node:fs";

const PART_BYTES = 65_536;

const PAUSE_MS = 10;
const NEVER_CHANGED = new Int32Array(new SharedArrayBuffer(4));

/**
 * All bytes up to the end. Whoever started this process may have left its standard input in a mode in
 * which reading does not wait (O_NONBLOCK, open(2)), and in which Node's readFileSync() fails.
 */
export function readToEnd(descriptor: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = readPart(descriptor);
    if (part === "nothing yet") Atomics.wait(NEVER_CHANGED, 0, 0, PAUSE_MS);
    else if (part.length === 0) return Buffer.concat(parts);
    else parts.push(part);
  }
}

function readPart(descriptor: number): Uint8Array | "nothing yet" {
  const part = new Uint8Array(PART_BYTES);
  try {
    return part.subarray(0, readSync(descriptor, part));
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EAGAIN") {
      return "nothing yet";
    }
    throw thrown;
  }
}
