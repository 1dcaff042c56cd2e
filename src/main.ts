/** From the command line to a running server: the only place that wires things together. */

import { Session } from "./claim/session.ts";
import { directoryOf, removeLeftovers } from "./commit.ts";
import { portable } from "./dialects/portable.ts";
import type { Host } from "./host.ts";
import { Log } from "./log.ts";
import { Application } from "./server/application.ts";
import { checkClaimHead, ClaimRoute } from "./server/claim-route.ts";
import { DEFAULT_LIMITS } from "./server/limits.ts";
import { type Route, type Routes, tellingRoute } from "./server/routes.ts";
import { Server } from "./server/server.ts";
import { formatStatus } from "./server/status.ts";
import { formatUsage, parseSettings, type Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

/** sysexits.h: how the program ends when it cannot begin. */
const EX_USAGE = 64;
const EX_UNAVAILABLE = 69;
const EX_CANTCREAT = 73;

export function main(host: Host): void {
  const invocation = parseSettings(host.args, (name) => host.variable(name));
  if (!invocation.ok) {
    host.log(`startup-server: ${invocation.problem}\n`);
    return host.exit(EX_USAGE);
  }
  switch (invocation.value.kind) {
    case "help":
      host.print(formatUsage());
      return host.exit(0);
    case "version":
      host.print(`startup-server ${VERSION} (${host.name} host, ${host.engine})\n`);
      return host.exit(0);
    case "serve":
      return serve(host, invocation.value.settings);
  }
}

function serve(host: Host, settings: Settings): void {
  const log = new Log(host, { format: settings["log-format"], level: settings["log-level"] });
  const directory = directoryOf(settings.file);
  const checked = host.files.checkDirectory(directory);
  if (!checked.ok) {
    const fields = { directory, errno: checked.problem };
    log.write("error", "the env file's directory cannot be written", fields);
    return host.exit(EX_CANTCREAT);
  }
  const leftovers = removeLeftovers(host.files, settings.file);
  if (leftovers > 0)
    log.write("info", "leftovers of a killed server removed", { count: leftovers });
  const session = new Session();
  const application = new Application(host, log, makeRoutes(host, log, session, settings));
  const maxConnections = Math.min(DEFAULT_LIMITS.maxConnections, host.maxConnections);
  const limits = { ...DEFAULT_LIMITS, maxConnections };
  const server = new Server({ host, log, session, application, limits, drainMs: settings.drain });
  const address = { host: settings.host, port: settings.port };
  host.listen(address, server, (opened) => {
    if (!opened.ok) {
      log.write("error", "the address is not available", { ...address, errno: opened.problem });
      return host.exit(EX_UNAVAILABLE);
    }
    server.start(opened.value);
    const { port } = opened.value;
    log.write("info", "waiting for a claim", { ...address, port, file: settings.file });
  });
}

/** Both generations of callers: `/` and `/heart_beat`, and their successors under `/startup`. */
function makeRoutes(host: Host, log: Log, session: Session, settings: Settings): Routes {
  const { file, mode } = settings;
  const claiming = new ClaimRoute(host, log, session, { file, mode, dialect: portable });
  const claim: Route = {
    methods: ["GET", "POST"],
    check: checkClaimHead,
    answer: (request) => claiming.claim(request),
  };
  const startMs = host.monotonicMs();
  const tellStatus = (): string =>
    formatStatus({ state: session.state, pid: host.pid, uptimeMs: host.monotonicMs() - startMs });
  return new Map([
    ["/", claim],
    ["/startup/inject", claim],
    ["/heart_beat", tellingRoute("application/json", () => '"success"')],
    ["/startup/heart_beat", tellingRoute("text/plain", () => "success")],
    ["/status", tellingRoute("application/json", tellStatus)],
  ]);
}
