/** The server with one deliberate defect, named by the variable DEFECT: what the conformance rules must find. */

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import process from "node:process";
import { createNodeHost } from "../../../hosts/node/node-host.ts";
import type { Files, Host, HostEvents, Outcome, Socket, SocketEvents } from "../../../src/host.ts";
import { LATER } from "../../../src/later.ts";
import { main } from "../../../src/main.ts";
import { accept } from "../../../src/result.ts";

/** What is wrong; what is left out is as it should be. */
interface Defect {
  /** Changes the bytes that callers send, as Latin-1, packet by packet. */
  readonly received?: (text: string, open: () => SocketEvents) => string;
  /** Changes what callers are sent. */
  readonly sent?: (text: string) => string;
  /** Changes how a connection behaves. */
  readonly socket?: (socket: Socket) => Socket;
  /** Callers who have finished sending are cut off, before they are answered. */
  readonly cutsOff?: true;
  /** Changes the host: its files, arguments, log, exit. */
  readonly host?: (host: Host) => Host;
}

function replace(pattern: RegExp, replacement: string): (text: string) => string {
  return (text) => text.replace(pattern, replacement);
}

function withArgs(...args: readonly string[]): (host: Host) => Host {
  return (host) => ({ ...host, args: [...host.args, ...args] });
}

function withFiles(change: (files: Files) => Partial<Files>): (host: Host) => Host {
  return (host) => ({ ...host, files: { ...host.files, ...change(host.files) } });
}

function withExit(change: (status: number) => number): (host: Host) => Host {
  return (host) => ({ ...host, exit: (status) => host.exit(change(status)) });
}

/** The commit's last step, with something else done behind it. */
function behindRename(
  spoil: (to: string, before: Buffer | undefined) => void,
): (host: Host) => Host {
  return withFiles((files) => ({
    rename: (from, to): Outcome => {
      const before = fs.existsSync(to) ? fs.readFileSync(to) : undefined;
      const renamed = files.rename(from, to);
      spoil(to, before);
      return renamed;
    },
  }));
}

function withSignals(status: number): (host: Host) => Host {
  return (host) => ({
    ...host,
    listen: (address, events, opened) =>
      host.listen(
        address,
        {
          accepted: (socket) => events.accepted(socket),
          acceptFailed: () => events.acceptFailed(),
          woken: () => events.woken(),
          signalled: () => host.exit(status),
        },
        opened,
      ),
  });
}

/** Leaves only when the last of its callers has gone. */
function waitingForAll(): Defect {
  let open = 0;
  let left: (() => void) | undefined;
  return {
    socket: (socket) => {
      open += 1;
      const destroy = (): void => {
        open -= 1;
        socket.destroy();
        if (open === 0) left?.();
      };
      return { ...passOn(socket), destroy };
    },
    host: (host) => ({
      ...host,
      exit: (status) => {
        left = () => host.exit(status);
        if (open === 0) left();
      },
    }),
  };
}

/** A parent ends as it should, while the child that does its work stays. */
function stayingBehind(): Defect {
  if (process.env["IS_CHILD"] === "1") {
    return {
      host: (host) => ({
        ...host,
        exit: () => undefined,
        listen: (address, events, opened) =>
          host.listen(address, events, (outcome) =>
            opened(outcome.ok ? accept({ ...outcome.value, close: () => undefined }) : outcome),
          ),
      }),
    };
  }
  return {
    host: (host) => {
      const env = { ...process.env, IS_CHILD: "1" };
      const [node = "", ...args] = process.argv;
      spawn(node, args, { env, stdio: "ignore" });
      const timer = setInterval(() => {
        if (fs.existsSync(process.env["STARTUP_SERVER_FILE"] ?? "")) host.exit(0);
      }, 5);
      return { ...host, listen: () => timer.ref() };
    },
  };
}

/** Takes what stands behind a refused request for the next one. */
function runningWhatIsBehind(): Defect {
  return {
    received: (text, open) => {
      const end = text.indexOf("\r\n\r\n") + 4;
      if (text.startsWith("GET /nowhere")) open().received(Buffer.from(text.slice(end), "latin1"));
      return text;
    },
  };
}

/** Serves a hundred callers, and lets the others wait. */
function shutOut(): Defect {
  let accepted = 0;
  return {
    host: (host) => ({
      ...host,
      listen: (address, events, opened) =>
        host.listen(
          address,
          {
            accepted: (socket) => {
              accepted += 1;
              return accepted > 100 ? DEAF : events.accepted(socket);
            },
            acceptFailed: () => events.acceptFailed(),
            woken: () => events.woken(),
            signalled: (signal) => events.signalled(signal),
          },
          opened,
        ),
    }),
  };
}

const DEAF: SocketEvents = {
  received: () => undefined,
  ended: () => undefined,
  sent: () => undefined,
  closed: () => undefined,
};

const OK_INSTEAD = replace(/^HTTP\/1\.1 4\d\d [^\r]*/, "HTTP/1.1 200 OK");

/** The defect that breaks each rule. */
const DEFECTS: Readonly<Record<string, () => Defect>> = {
  "health-original": () => ({ sent: replace(/"success"$/, "'success'") }),
  "health-successor": () => ({ sent: replace(/text\/plain/, "text/html") }),
  "health-head": () => ({ received: replace(/^HEAD /, "GET ") }),
  status: () => ({ sent: replace(/"waiting"/, '"WAITING"') }),
  "request-id": () => ({ sent: replace(/X-Request-ID: [^\r]*/i, "X-Request-ID: always-the-same") }),
  "no-cors": () => ({ sent: replace(/\r\n/, "\r\nAccess-Control-Allow-Origin: *\r\n") }),
  "keep-alive": () => ({
    socket: (socket) => ({
      ...passOn(socket),
      send: (text) => {
        socket.send(text);
        socket.finish();
      },
    }),
  }),
  "connection-close": () => ({
    socket: (socket) => ({
      ...passOn(socket),
      finish: () => undefined,
      destroy: () => undefined,
    }),
  }),
  pipelining: () => ({ received: replace(/\r\n\r\nGET [^]*$/, "\r\n\r\n") }),
  "byte-by-byte": () => ({ received: (text) => (text.startsWith("GET ") ? text : "") }),
  "half-close": () => ({ cutsOff: true }),
  "absolute-form": () => ({ received: replace(/GET http:/, "GET /http:") }),
  "http-1.0": () => ({ received: replace(/HTTP\/1\.0/, "HTTP/0.9") }),
  "silent-callers": shutOut,
  problem: () => ({ sent: replace(/application\/problem\+json/, "application/json") }),
  "head-claims-nothing": () => ({ received: replace(/^HEAD /, "GET ") }),
  "options-claims-nothing": () => ({ received: replace(/^OPTIONS /, "GET ") }),
  methods: () => ({ sent: replace(/Allow: /, "Disallow: ") }),
  "unknown-methods": () => ({ received: replace(/^get /, "GET ") }),
  paths: () => ({ received: replace(/^GET \/startup\/%69nject/, "GET /startup/inject") }),
  "web-pages": () => ({ received: replace(/^Origin: [^\r]*\r\n/m, "") }),
  names: () => ({ received: replace(/KEY%201/, "KEY_1") }),
  "dangerous-names": () => ({ host: withArgs("--allow", "LD_*") }),
  "all-or-nothing": () => ({ sent: replace(/"name":"PATH"/, '"name":"HIDE"') }),
  "two-values": () => ({ received: replace(/KEY1=value1&KEY1=/, "KEY1=value1&KEY2=") }),
  escapes: () => ({ received: replace(/%c0%af/, "/") }),
  nul: () => ({ received: replace(/\\u0000/, "\\u0020") }),
  "lone-surrogates": () => ({ received: replace(/\\ud800/, "\\ufffd") }),
  "too-long": () => ({ sent: OK_INSTEAD }),
  "not-strings": () => ({ received: replace(/8080/, '"80"') }),
  "malformed-json": () => ({ sent: replace(/^HTTP\/1\.1 400/, "HTTP/1.1 500") }),
  "query-beside-body": () => ({ received: replace(/^POST \/\?KEY2=value2/, "POST /") }),
  "media-types": () => ({ received: replace(/Content-Encoding: gzip\r\n/, "") }),
  limits: () => ({ host: withArgs("--max-header", "1000000") }),
  host: () => ({ received: replace(/(Host: localhost\r\n)Host: localhost\r\n/, "$1") }),
  "field-lines": () => ({ received: replace(/X-Name :/, "X-Name:") }),
  "line-ends": () => ({ received: replace(/\0/, "") }),
  "request-line": () => ({ received: replace(/http\/1\.1/, "HTTP/1.1") }),
  "content-length": () => ({ received: replace(/Content-Length: 0x11/, "Content-Length: 17") }),
  "two-framings": () => ({ received: replace(/Content-Length: 17\r\n(?=Tr)/, "") }),
  "transfer-codings": () => ({ received: replace(/xchunked/, "chunked") }),
  chunks: () => ({ received: replace(/0x11/, "11") }),
  "behind-a-refusal": runningWhatIsBehind,
  "cut-off-body": () => ({ received: replace(/Content-Length: 40/, "Content-Length: 20") }),
  "claim-query": () => ({ sent: replace(/OK$/, "ok") }),
  "claim-successor": () => ({ received: replace(/\/startup\/inject/, "/startup/eject") }),
  "claim-json": () => ({ received: replace(/application\/json/, "application/xml") }),
  "claim-form": () => ({ received: replace(/x-www-form-urlencoded/, "x-form") }),
  "claim-empty": () => ({ host: withArgs("--refuse-empty") }),
  "claim-decoded": () => ({ received: replace(/%2F/, "%252F") }),
  "claim-chunked": () => ({ received: replace(/;x=y/, ";;") }),
  "expect-continue": () => ({ received: replace(/Expect: 100-continue\r\n/, "") }),
  receipt: () => ({ sent: (text) => text.replaceAll(/"sha256":"./g, '"sha256":"x') }),
  "exactly-one": () => ({ sent: replace(/^HTTP\/1\.1 409 [^\r]*/, "HTTP/1.1 200 OK") }),
  replay: () => ({ sent: replace(/"replayed":true/, '"replayed":null') }),
  "vanished-caller": () => ({ cutsOff: true }),
  token: () => ({
    host: (host) => ({
      ...host,
      variable: (name) => (name.endsWith("TOKEN") ? undefined : host.variable(name)),
    }),
  }),
  private: () => ({ host: behindRename((to) => fs.chmodSync(to, 0o644)) }),
  "no-litter": () => ({ host: behindRename((to) => fs.copyFileSync(to, `${to}.bak`)) }),
  replaces: () => ({
    host: behindRename((to, before) => fs.appendFileSync(to, before?.subarray(40) ?? "")),
  }),
  keeps: () => ({
    sent: (text) => {
      if (text.startsWith("HTTP/1.1 422"))
        fs.truncateSync(process.env["STARTUP_SERVER_FILE"] ?? "");
      return text;
    },
  }),
  symlinks: () => ({
    host: withFiles((files) => ({
      rename: (from, to) => {
        fs.copyFileSync(from, to);
        return files.remove(from);
      },
    })),
  }),
  "ends-by-sigterm": () => ({ host: withExit((status) => (status === 143 ? 0 : status)) }),
  "ends-by-sigint": () => ({ host: withExit((status) => (status === 130 ? 1 : status)) }),
  "ends-by-sighup": () => ({ host: withExit((status) => (status === 129 ? 0 : status)) }),
  "claimed-is-0": () => ({ host: withSignals(143) }),
  "held-up-by-nobody": waitingForAll,
  "frees-the-port": stayingBehind,
  "prints-no-value": () => ({
    received: (text) => {
      process.stderr.write(`received ${Buffer.from(text).toString("base64url")} ${text.length}\n`);
      process.stderr.write(text);
      return text;
    },
  }),
  "no-directory": () => ({ host: withExit((status) => (status === 73 ? 1 : status)) }),
  "bad-setting": () => ({ host: withExit((status) => (status === 64 ? 2 : status)) }),
  "final-claim": () => ({ sent: replace(/"names":/, '"nanes":') }),
};

/** A socket that does as the given one; its unsent bytes are asked for each time. */
function passOn(socket: Socket): Socket {
  return {
    send: (text) => socket.send(text),
    get unsentBytes() {
      return socket.unsentBytes;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    finish: () => socket.finish(),
    destroy: () => socket.destroy(),
  };
}

/** Its caller hears nothing. */
const NOWHERE: Socket = {
  send: () => undefined,
  unsentBytes: 0,
  pause: () => undefined,
  resume: () => undefined,
  finish: () => undefined,
  destroy: () => undefined,
};

function spoilEvents(events: HostEvents, defect: Defect): HostEvents {
  return {
    accepted: (socket) => {
      const changed = defect.socket?.(socket) ?? socket;
      const send = (text: string): void => changed.send(defect.sent?.(text) ?? text);
      const heard = events.accepted({ ...passOn(changed), send });
      return defect.cutsOff ? cutOff(heard, socket) : spoilReceived(heard, events, defect);
    },
    acceptFailed: () => events.acceptFailed(),
    signalled: (signal) => events.signalled(signal),
    woken: () => events.woken(),
  };
}

function spoilReceived(heard: SocketEvents, events: HostEvents, defect: Defect): SocketEvents {
  return {
    received: (bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      const changed = defect.received?.(text, () => events.accepted(NOWHERE)) ?? text;
      if (changed !== "") heard.received(Buffer.from(changed, "latin1"));
    },
    ended: () => heard.ended(),
    sent: () => heard.sent(),
    closed: () => heard.closed(),
  };
}

/** Looks at what was received a moment later, and drops it if the caller has finished meanwhile. */
function cutOff(heard: SocketEvents, socket: Socket): SocketEvents {
  let isOver = false;
  const leave = (): void => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    heard.closed();
  };
  return {
    received: (bytes) => {
      const copy = Uint8Array.from(bytes);
      setTimeout(() => (isOver ? undefined : heard.received(copy)), 20);
    },
    ended: leave,
    sent: () => heard.sent(),
    closed: leave,
  };
}

const host = createNodeHost();
const defect = DEFECTS[process.env["DEFECT"] ?? ""]?.() ?? {};
const changed = defect.host?.(host) ?? host;
const spoilt = {
  ...changed,
  listen: (address, events, opened) => changed.listen(address, spoilEvents(events, defect), opened),
} satisfies Host;
main(spoilt, () => LATER);
