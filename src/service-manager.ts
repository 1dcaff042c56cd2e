/** What a service manager such as systemd hands over: a socket that listens, and whom to tell. */

import type { HandedOver, Host } from "./host.ts";
import { accept, refuse, type Result } from "./result.ts";

/** SD_LISTEN_FDS_START (sd_listen_fds(3)). */
const FIRST_DESCRIPTOR = 3;

/** The socket that was handed to this very process, if any; else what is wrong (sd_listen_fds(3)). */
export function findHandedOver(host: Host): Result<HandedOver | undefined, string> {
  const count = host.variable("LISTEN_FDS");
  if (count === undefined || count === "0") return accept(undefined);
  if (host.variable("LISTEN_PID") !== String(host.pid)) return accept(undefined);
  if (count === "1") return accept({ kind: "handed_over", descriptor: FIRST_DESCRIPTOR });
  return refuse(`LISTEN_FDS: expected one socket, got ${JSON.stringify(count)}`);
}

/** Tells that the server answers (sd_notify(3)); without anybody to tell, or in vain, nothing happens. */
export function notifyReady(host: Host): void {
  const path = host.variable("NOTIFY_SOCKET") ?? "";
  if (path.startsWith("/") || path.startsWith("@")) host.notify(path, "READY=1");
}
