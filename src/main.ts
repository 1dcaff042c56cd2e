/** From the command line to a running server: the only place that wires things together. */

import { addressOf, describePlace, isLocal } from "./address.ts";
import { matchesAny } from "./claim/names.ts";
import { Session } from "./claim/session.ts";
import type { Secret } from "./claim/variable.ts";
import { HEALTH, parseSettings } from "./command-line.ts";
import type { Host, Place, Signal } from "./host.ts";
import type { Later } from "./later.ts";
import { Log } from "./log.ts";
import { showsColours } from "./log-text.ts";
import { once } from "./once.ts";
import type { Recording } from "./reuse/recording.ts";
import { Application } from "./server/application.ts";
import type { ClaimRoute } from "./server/claim-route.ts";
import { type Limits, LINGER_MS } from "./server/limits.ts";
import { constantRoute, type Route, type Routes, tellingRoute } from "./server/routes.ts";
import { Server, SIGNAL_STATUS } from "./server/server.ts";
import { type Status, statusRoute } from "./server/status.ts";
import { findHandedOver, notifyReady } from "./service-manager.ts";
import { type Settings, VARIABLE_PREFIX } from "./settings.ts";
import { findObstacle, type Obstacle, recordingOf, targetsOf } from "./targets.ts";
import { readToken } from "./token.ts";
import { refuseUsage } from "./usage-problem.ts";
import { VERSION } from "./version.ts";
import { type Command, Workload } from "./workload.ts";

/** sysexits.h: how the program ends when it cannot begin. */
const EX_UNAVAILABLE = 69;
const EX_CANTCREAT = 73;

/** `later` gives what is not needed before; it is called when that is, and gives the same each time. */
export function main(host: Host, later: () => Later): void {
  const [word, ...rest] = host.args;
  if (word === HEALTH) return later().askHealth(host, rest);
  const invocation = parseSettings(host.args, host.variables(VARIABLE_PREFIX));
  if (!invocation.ok) return refuseUsage(host, invocation.problem);
  switch (invocation.value.kind) {
    case "help":
      host.print(host.builtText("usage"));
      return host.exit(0);
    case "version":
      host.print(`startup-server ${VERSION} (${host.name} host, ${host.engine})\n`);
      return host.exit(0);
    case "serve":
      return prepare(host, later, invocation.value.settings, invocation.value.command);
  }
}

/** Everything that can fail before a caller is let in. */
function prepare(
  host: Host,
  later: () => Later,
  settings: Settings,
  command: Command | undefined,
): void {
  const token = readToken(host, settings["token-file"]);
  if (!token.ok) return refuseUsage(host, token.problem);
  const handedOver = findHandedOver(host);
  if (!handedOver.ok) return refuseUsage(host, handedOver.problem);
  const format = settings["log-format"];
  const isColoured = format === "text" && showsColours(host);
  const log = new Log(host, { format, level: settings["log-level"], isColoured });
  const stop = ({ message, fields }: Obstacle): void => {
    log.write("error", message, fields);
    host.exit(EX_CANTCREAT);
  };
  const obstacle = findObstacle(host, later, log, settings);
  // What is reused need not be written.
  if (settings["if-exists"] !== "reuse" && obstacle !== undefined) return stop(obstacle);
  const inheritance = settings.pristine ? "pristine" : "whole";
  const workload = command && new Workload(host, log, command, inheritance);
  // A claim that may bring its own PATH may bring the command within reach.
  const mayComeLater = matchesAny(settings.allow, "PATH") && !command?.name.includes("/");
  const found = mayComeLater ? undefined : workload?.find();
  if (found?.ok === false) return workload?.fail(found.problem);
  const place = handedOver.value ?? addressOf(settings);
  const waiting = { host, later, log, settings, place, token: token.value, workload };
  if (settings["if-exists"] === "overwrite") return serve({ ...waiting, recording: undefined });
  const recording = recordingOf(settings, command, later);
  const paths = targetsOf(settings).map(({ path }) => path);
  const verdict = later().judgeStanding(host, log, settings, paths, recording);
  switch (verdict.kind) {
    case "refuse":
      return host.exit(EX_CANTCREAT);
    case "reuse":
      return workload === undefined ? host.exit(0) : workload.start(verdict.environment);
    case "wait":
      return obstacle === undefined ? serve({ ...waiting, recording }) : stop(obstacle);
  }
}

interface Parts {
  readonly host: Host;
  readonly later: () => Later;
  readonly log: Log;
  readonly settings: Settings;
  readonly place: Place;
  readonly token: Secret | undefined;
  readonly workload: Workload | undefined;
  readonly recording: Recording | undefined;
}

function serve(parts: Parts): void {
  const { host, log, settings, place, token, workload } = parts;
  const session = new Session();
  const application = new Application(host, log, makeRoutes(parts, session));
  const limits = limitsOf(host, settings);
  const goOn = (signal: Signal | undefined): void => continueBehindClaim(parts, session, signal);
  const times = { drainMs: settings.drain, maxWaitMs: settings["max-wait"] };
  const server = new Server({ host, log, session, application, limits, goOn, ...times });
  host.listen(place, server, (opened) => {
    if (!opened.ok) {
      const fields = { ...describePlace(place), errno: opened.problem };
      log.write("error", "the address is not available", fields);
      return host.exit(EX_UNAVAILABLE);
    }
    server.start(opened.value);
    notifyReady(host);
    confine(parts);
    const { address } = opened.value;
    const fields = { ...describePlace(place), ...(address && describePlace(address)) };
    if (token === undefined && address !== undefined && !isLocal(address)) {
      log.write("warn", "no token is configured: whoever reaches this address may claim", fields);
    }
    const files = targetsOf(settings).map(({ path }) => path);
    const command = workload && { command: workload.command.name };
    log.write("info", "waiting for a claim", { ...fields, files, ...command });
  });
}

/** A container that was told to end gets no workload any more, whose status 0 would be taken for its success. */
function continueBehindClaim(parts: Parts, session: Session, signal: Signal | undefined): void {
  const { host, log, workload } = parts;
  if (workload === undefined) return host.exit(0);
  if (signal === undefined) return workload.start(session.environment ?? []);
  log.write("info", "ended by a signal before the command", { signal });
  host.exit(SIGNAL_STATUS[signal]);
}

/** A filter, and the privileges that are given up, last for the command too: set-user-ID programs and more must work in it. */
function confine({ host, log, settings, workload }: Parts): void {
  if (workload !== undefined) {
    return log.write("debug", "running without a sandbox, which the command would inherit");
  }
  host.confine?.("privileges");
  if (settings["no-sandbox"]) return;
  const confined = host.confine?.("calls");
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
    lingerMs: Math.max(LINGER_MS, settings.drain),
    maxConnections: Math.min(settings["max-connections"], host.maxConnections),
  };
}

/** Both generations of callers: `/` and `/heart_beat`, and their successors under `/startup`. */
function makeRoutes(parts: Parts, session: Session): Routes {
  const { host, later, log, settings, token } = parts;
  const gate = once(() => new (later().Gate)(host, log, token));
  const claiming = once(() => makeClaimRoute(parts, session));
  const check: Route["check"] = (head) => gate().check(head) ?? later().checkClaimHead(head);
  const claim: Route = {
    methods: ["GET", "POST"],
    check,
    answer: (request) => claiming().claim(request),
  };
  const { pid } = host;
  const startMs = host.monotonicMs();
  const tellStatus = (): Status => ({
    state: session.state,
    pid,
    uptimeMs: host.monotonicMs() - startMs,
    required: settings.require,
  });
  return new Map([
    ["/", claim],
    ["/startup/inject", claim],
    ["/validate", { methods: ["POST"], check, answer: (request) => claiming().validate(request) }],
    ["/heart_beat", constantRoute("application/json", '"success"')],
    ["/startup/heart_beat", constantRoute("text/plain", "success")],
    ["/status", statusRoute(tellStatus, () => host.monotonicMs())],
    ["/openapi.json", tellingRoute("application/json", () => host.builtText("openapi"))],
  ]);
}

function makeClaimRoute({ host, later, log, ...parts }: Parts, session: Session): ClaimRoute {
  const { settings, workload, recording } = parts;
  return new (later().ClaimRoute)(host, log, session, {
    targets: targetsOf(settings),
    mode: settings.mode,
    owner: settings.owner,
    policy: settings,
    maxVariables: settings["max-variables"],
    mayBeEmpty: !settings["refuse-empty"],
    fits: (environment) => workload?.fits(environment) ?? true,
    recording,
  });
}
