/** How the program ends where its command line or its variables are wrong. */

import type { Host } from "./host.ts";

/** sysexits.h. */
const EX_USAGE = 64;

/** Says in one sentence what is wrong, and ends the program. */
export function refuseUsage(host: Host, sentence: string): void {
  host.log(`startup-server: ${sentence}\n`);
  host.exit(EX_USAGE);
}
