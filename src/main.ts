/** From the command line to a running server: the only place that wires things together. */

import { Session } from "./claim/session.ts";
import type { Secret } from "./claim/variable.ts";
import { parseSettings } from "./command-line.ts";
import { removeLeftovers } from "./commit/commit.ts";
import { directoryOf } from "./commit/paths.ts";
import type { Host } from "./host.ts";
import { isLoopback } from "./ip-address.ts";
import { Log } from "./log.ts";
import { Application } from "./server/application.ts";
import { checkClaimHead } from "./server/claim-request.ts";
import { ClaimRoute } from "./server/claim-route.ts";
import { Gate } from "./server/gate.ts";
import { type Limits, LINGER_MS } from "./server/limits.ts";
import type { OutputTarget } from "./server/prepared-output.ts";
import { type Route, type Routes, tellingRoute } from "./server/routes.ts";
import { Server } from "./server/server.ts";
import { formatStatus } from "./server/status.ts";
import type { Settings } from "./settings.ts";
import { readToken } from "./token.ts";
import { formatUsage } from "./usage.ts";
import { VERSION } from "./version.ts";

/** sysexits.h: how the program ends when it cannot begin. */
const EX_USAGE = 64;
const EX_UNAVAILABLE = 69;
const EX_CANTCREAT = 73;

export function main(host: Host): void {
  const invocation = parseSettings(host.args, (name) => host.variable(name));
  if (!invocation.ok) return refuseUsage(host, invocation.problem);
  switch (invocation.value.kind) {
    case "help":
      host.print(formatUsage());
      return host.exit(0);
    case "version":
      host.print(`startup-server ${VERSION} (${host.name} host, ${host.engine})\n`);
      return host.exit(0);
    case "serve":
      return prepare(host, invocation.value.settings);
  }
}

function refuseUsage(host: Host, sentence: string): void {
  host.log(`startup-server: ${sentence}\n`);
  host.exit(EX_USAGE);
}

/** Everything that can fail before a caller is let in. */
function prepare(host: Host, settings: Settings): void {
  const token = readToken(host, settings["token-file"]);
  if (!token.ok) return refuseUsage(host, token.problem);
  const log = new Log(host, { format: settings["log-format"], level: settings["log-level"] });
  for (const { path } of targetsOf(settings)) {
    const directory = directoryOf(path);
    const checked = host.files.checkDirectory(directory);
    if (!checked.ok) {
      const fields = { directory, errno: checked.problem };
      log.write("error", "the env file's directory cannot be written", fields);
      return host.exit(EX_CANTCREAT);
    }
    const count = removeLeftovers(host.files, path);
    if (count > 0) log.write("info", "leftovers of a killed server removed", { count });
  }
  serve(host, log, settings, token.value);
}

/** Every output of a claim; `--file` and `--format` are the short form for one. */
function targetsOf(settings: Settings): readonly OutputTarget[] {
  const short = { path: settings.file, dialect: settings.format };
  return settings.output.length > 0 ? settings.output : [short];
}

function serve(host: Host, log: Log, settings: Settings, token: Secret | undefined): void {
  const session = new Session();
  const gate = new Gate(host, log, token);
  const application = new Application(host, log, makeRoutes(host, log, session, gate, settings));
  const limits = limitsOf(host, settings);
  const server = new Server({ host, log, session, application, limits, drainMs: settings.drain });
  const address = { host: settings.host, port: settings.port };
  host.listen(address, server, (opened) => {
    if (!opened.ok) {
      log.write("error", "the address is not available", { ...address, errno: opened.problem });
      return host.exit(EX_UNAVAILABLE);
    }
    server.start(opened.value);
    if (!settings["no-sandbox"]) confine(host, log);
    if (token === undefined && !isLoopback(settings.host)) {
      log.write("warn", "no token is configured: whoever reaches this address may claim", address);
    }
    const { port } = opened.value;
    const files = targetsOf(settings).map(({ path }) => path);
    log.write("info", "waiting for a claim", { ...address, port, files });
  });
}

function confine(host: Host, log: Log): void {
  const confined = host.confine?.();
  if (confined?.ok === false) {
    log.write("warn", "running without a sandbox", { errno: confined.problem });
  }
}

/** How many unfinished requests of the greatest size are held at once, over all connections. */
const MAX_HELD_REQUESTS = 8;

function limitsOf(host: Host, settings: Settings): Limits {
  const maxTargetBytes = settings["max-target"];
  const maxBodyBytes = settings["max-body"];
  return {
    maxTargetBytes,
    maxHeaderBytes: settings["max-header"],
    maxBodyBytes,
    maxHeldBytes: MAX_HELD_REQUESTS * (maxTargetBytes + maxBodyBytes),
    requestTimeoutMs: settings["request-timeout"],
    idleTimeoutMs: settings["idle-timeout"],
    lingerMs: LINGER_MS,
    maxConnections: Math.min(settings["max-connections"], host.maxConnections),
  };
}

/** Both generations of callers: `/` and `/heart_beat`, and their successors under `/startup`. */
function makeRoutes(
  host: Host,
  log: Log,
  session: Session,
  gate: Gate,
  settings: Settings,
): Routes {
  const claiming = new ClaimRoute(host, log, session, {
    targets: targetsOf(settings),
    mode: settings.mode,
    policy: settings,
    maxVariables: settings["max-variables"],
    mayBeEmpty: !settings["refuse-empty"],
  });
  const claim: Route = {
    methods: ["GET", "POST"],
    check: (head) => gate.check(head) ?? checkClaimHead(head),
    answer: (request) => claiming.claim(request),
  };
  const startMs = host.monotonicMs();
  const tellStatus = (): string =>
    formatStatus({
      state: session.state,
      pid: host.pid,
      uptimeMs: host.monotonicMs() - startMs,
      required: settings.require,
    });
  return new Map([
    ["/", claim],
    ["/startup/inject", claim],
    ["/heart_beat", tellingRoute("application/json", () => '"success"')],
    ["/startup/heart_beat", tellingRoute("text/plain", () => "success")],
    ["/status", tellingRoute("application/json", tellStatus)],
  ]);
}
