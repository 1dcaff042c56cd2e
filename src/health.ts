/** `startup-server health`: asks a server whether it answers, from images that have no shell for it. */

import { addressOf, parseAddress, parsePort, splitAuthority, UNIX } from "./address.ts";
import { decodeLatin1 } from "./bytes/primitives.ts";
import { parseSettings } from "./command-line.ts";
import type { Address, ClientEvents, Host, NamedText, Socket, SocketEvents } from "./host.ts";
import { isAuthority, isDigits, isFieldValue, isTargetText } from "./http/syntax.ts";
import { isIpAddress } from "./ip-address.ts";
import { accept, refuse, type Result } from "./result.ts";
import { VARIABLE_PREFIX } from "./settings.ts";
import { refuseUsage } from "./usage-problem.ts";

/** Whom to ask for what. */
export interface Question {
  /** As a sentence names it. */
  readonly name: string;
  /** Tried in their order until one takes the connection. */
  readonly addresses: readonly Address[];
  readonly authority: string;
  readonly target: string;
}

const HTTP = "http://";
const DEFAULT_TARGET = "/heart_beat";
const LOCALHOST = "localhost";
const LOOPBACKS = ["127.0.0.1", "::1"];
/** Where on this machine a server is found that listens everywhere. */
const WILDCARDS: Readonly<Record<string, string>> = { "::": LOCALHOST, "0.0.0.0": "127.0.0.1" };

/** Longer than any reason phrase, and short enough to hold for whoever sends without end. */
const MAX_STATUS_LINE = 1_024;
const TIMEOUT_MS = 3_000;

/** How the program ends where nobody answers, or something else. */
const UNHEALTHY = 1;

/** Whom a server with those settings can be asked: behind a wildcard, on this machine's loopback. */
export function askAt(address: Address): Question {
  if (address.kind === "unix") {
    const name = `${UNIX}${address.path}`;
    return { name, addresses: [address], authority: LOCALHOST, target: DEFAULT_TARGET };
  }
  const host = WILDCARDS[address.host] ?? address.host;
  const written = host.includes(":") ? `[${host}]` : host;
  return askHttp(host, address.port, `${written}:${address.port}`, DEFAULT_TARGET);
}

function askHttp(host: string, port: number, authority: string, target: string): Question {
  const name = `http://${authority}${target}`;
  const ips = host === LOCALHOST ? LOOPBACKS : [host];
  const addresses = ips.map((ip) => ({ kind: "tcp", host: ip, port }) as const);
  return { name, addresses, authority, target };
}

/** `http://127.0.0.1:8081`, a path behind it where another is to be asked, or `unix:/run/a.sock`. */
export function parseHealthUrl(text: string): Result<Question, string> {
  const question = text.startsWith(UNIX) ? parseUnix(text) : parseHttp(text);
  return question === undefined
    ? refuse("http://HOST:PORT/PATH, HOST an IP address or localhost, no query; or unix:PATH")
    : accept(question);
}

function parseUnix(text: string): Question | undefined {
  const address = parseAddress(text);
  return address.ok ? askAt(address.value) : undefined;
}

function parseHttp(text: string): Question | undefined {
  const rest = text.slice(HTTP.length);
  const slash = rest.indexOf("/");
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const target = slash === -1 ? "/" : rest.slice(slash);
  if (!text.startsWith(HTTP) || !isAuthority(authority)) return undefined;
  if (!isTargetText(target) || target.includes("?")) return undefined;
  const { host, port: digits = "80" } = splitAuthority(authority);
  const port = parsePort(digits);
  if (port === undefined || !(host === LOCALHOST || isIpAddress(host))) return undefined;
  // The root is where claims go.
  return askHttp(host, port, authority, target === "/" ? DEFAULT_TARGET : target);
}

/** What stands behind the word; without a url, whom to ask follows from the variables that the server has, too. */
export function parseHealth(
  args: readonly string[],
  variables: readonly NamedText[],
): Result<Question | "help", string> {
  const [url, excess] = args;
  if (url === "--help" || url === "-h") return accept("help");
  if (excess !== undefined) {
    return refuse(`health: expected one url, got ${JSON.stringify(excess)} too`);
  }
  if (url !== undefined) {
    const question = parseHealthUrl(url);
    if (question.ok) return question;
    return refuse(`health: expected ${question.problem}, got ${JSON.stringify(url)}`);
  }
  const server = parseSettings([], variables);
  if (!server.ok) return server;
  return server.value.kind === "serve"
    ? accept(askAt(addressOf(server.value.settings)))
    : accept("help");
}

/** The whole command, behind its word. */
export function askHealth(host: Host, args: readonly string[]): void {
  const asked = parseHealth(args, host.variables(VARIABLE_PREFIX));
  if (!asked.ok) return refuseUsage(host, asked.problem);
  if (asked.value !== "help") return checkHealth(host, asked.value);
  host.print(host.builtText("health"));
  host.exit(0);
}

/** Asks, and ends the program: with 0 where the answer is 200, with 1 and one sentence where not. */
export function checkHealth(host: Host, question: Question): void {
  host.wakeAt(host.monotonicMs() + TIMEOUT_MS);
  new HealthCheck(host, question).connect();
}

class HealthCheck implements ClientEvents, SocketEvents {
  readonly #host: Host;
  readonly #question: Question;
  #tried = 0;
  #received = "";

  constructor(host: Host, question: Question) {
    this.#host = host;
    this.#question = question;
  }

  connect(): void {
    const address = this.#question.addresses[this.#tried];
    this.#tried += 1;
    if (address !== undefined) this.#host.connect(address, this);
  }

  failed(errno: string): void {
    if (this.#tried < this.#question.addresses.length) this.connect();
    else this.#fail(errno);
  }

  connected(socket: Socket): SocketEvents {
    const { authority, target } = this.#question;
    // A server of ours takes no claim that calls itself a prefetch, whatever the path.
    const headers = `Host: ${authority}\r\nSec-Purpose: prefetch\r\nConnection: close\r\n`;
    socket.send(`GET ${target} HTTP/1.1\r\n${headers}\r\n`);
    return this;
  }

  received(bytes: Uint8Array): void {
    this.#received += decodeLatin1(bytes, 0, bytes.length);
    const end = this.#received.indexOf("\r\n");
    if (end === -1 && this.#received.length <= MAX_STATUS_LINE) return;
    const status = parseStatus(this.#received.slice(0, Math.max(end, 0)));
    if (status === "200") this.#host.exit(0);
    else this.#fail(status ?? "no HTTP answer");
  }

  ended(): void {
    this.#fail("the end of the connection");
  }

  closed(): void {
    this.ended();
  }

  sent(): void {
    // The request is the last that is sent.
  }

  woken(): void {
    this.#fail(`nothing within ${TIMEOUT_MS} ms`);
  }

  #fail(got: string): void {
    const { name } = this.#question;
    this.#host.log(`startup-server: health: expected 200 from ${name}, got ${got}\n`);
    this.#host.exit(UNHEALTHY);
  }
}

/** `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 section 4). */
function parseStatus(line: string): string | undefined {
  const version = line.slice(0, 9);
  const status = line.slice(9, 12);
  const isHttp1 = version === "HTTP/1.1 " || version === "HTTP/1.0 ";
  const isRight = isHttp1 && isDigits(status) && line[12] === " " && isFieldValue(line.slice(13));
  return isRight ? status : undefined;
}
