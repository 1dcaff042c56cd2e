/** Log lines to standard error, dropped rather than waited for. */

import * as fs from "node:fs";
import { attempt } from "./node-files.ts";

const STDERR = 2;

/**
 * A pipe is opened a second time without blocking, so that a reader who has stopped cannot stop us;
 * the description that we inherited is shared, and must stay as it is (fcntl(2), O_NONBLOCK).
 */
export function openLog(): (line: string) => void {
  const stats = attempt(() => fs.fstatSync(STDERR));
  const flags = fs.constants.O_WRONLY | fs.constants.O_NONBLOCK;
  const isPipe = stats.ok && stats.value.isFIFO();
  const own = isPipe ? attempt(() => fs.openSync("/dev/fd/2", flags)) : undefined;
  const descriptor = own?.ok === true ? own.value : STDERR;
  return (line) => {
    attempt(() => fs.writeSync(descriptor, line));
  };
}
