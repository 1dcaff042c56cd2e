import { describe, expect, it } from "vitest";
import { askAt, checkHealth, parseHealth, parseHealthUrl, type Question } from "../src/health.ts";
import type { Address, ClientEvents, Host, Socket, SocketEvents } from "../src/host.ts";

const tcp = (host: string, port: number): Address => ({ kind: "tcp", host, port });

/** The question as one line: whom to connect to, and what to say. */
function told({ name, addresses, authority, target }: Question): string {
  const places = addresses.map((address) =>
    address.kind === "tcp" ? `${address.host} ${address.port}` : address.path,
  );
  return [name, places.join(", "), authority, target].join(" | ");
}

describe("parseHealthUrl", () => {
  it.each([
    ["http://127.0.0.1:8081", "127.0.0.1 8081 | 127.0.0.1:8081 | /heart_beat"],
    ["http://127.0.0.1:8081/", "127.0.0.1 8081 | 127.0.0.1:8081 | /heart_beat"],
    ["http://127.0.0.1", "127.0.0.1 80 | 127.0.0.1 | /heart_beat"],
    ["http://10.0.0.1:80/healthz", "10.0.0.1 80 | 10.0.0.1:80 | /healthz"],
    ["http://[::1]:8081/a/b", "::1 8081 | [::1]:8081 | /a/b"],
    ["http://[::1]", "::1 80 | [::1] | /heart_beat"],
    ["http://localhost:1/x", "127.0.0.1 1, ::1 1 | localhost:1 | /x"],
  ])("asks at %s", (url, expected) => {
    const question = parseHealthUrl(url);
    const name = url.startsWith("http://") ? expected.split(" | ").slice(1).join("") : "";
    expect(question.ok && told(question.value)).toBe(`http://${name} | ${expected}`);
  });

  it("asks at a socket file, by its default path and the authority that curl takes", () => {
    const question = parseHealthUrl("unix:/run/a.sock");
    const expected = "unix:/run/a.sock | /run/a.sock | localhost | /heart_beat";
    expect(question.ok && told(question.value)).toBe(expected);
  });

  it.each([
    "",
    "127.0.0.1:8081",
    "https://127.0.0.1",
    "HTTP://127.0.0.1",
    "http://",
    "http:///path",
    "http://example.com",
    "http://localhost.",
    "http://127.0.0.1:65536",
    "http://127.0.0.1:",
    "http://127.0.0.1:8081:1",
    "http://::1:80",
    "http://[::1",
    "http://user@127.0.0.1",
    "http://127.0.0.1/?A=1",
    "http://127.0.0.1?A=1",
    "http://127.0.0.1/x?",
    "http://127.0.0.1/a b",
    "http://127.0.0.1/a\r\nX: y",
    "http://127.0.0.1/#a",
    "http://127.0.0.1/\u00e9",
    "unix:",
    `unix:/${"x".repeat(107)}`,
  ])("refuses %j", (url) => {
    expect(parseHealthUrl(url)).toEqual({
      ok: false,
      problem: "http://HOST:PORT/PATH, HOST an IP address or localhost, no query; or unix:PATH",
    });
  });
});

describe("askAt", () => {
  it.each<[string, Address, string]>([
    ["an address", tcp("10.0.0.1", 1), "10.0.0.1 1"],
    ["IPv6", tcp("fd00::1", 1), "fd00::1 1"],
    ["every IPv4 address", tcp("0.0.0.0", 1), "127.0.0.1 1"],
    ["every address", tcp("::", 1), "127.0.0.1 1, ::1 1"],
    ["a socket file", { kind: "unix", path: "a" }, "a"],
  ])("finds a server on %s", (_sentence, address, expected) => {
    expect(told(askAt(address)).split(" | ")[1]).toBe(expected);
  });
});

describe("the word health", () => {
  const parse = (args: readonly string[], variables: Record<string, string> = {}): string => {
    const parsed = parseHealth(args, Object.entries(variables));
    if (!parsed.ok) return parsed.problem;
    return parsed.value === "help" ? parsed.value : told(parsed.value);
  };

  it.each<[string, string[], Record<string, string>, string]>([
    [
      "the default address",
      [],
      {},
      "http://localhost:8081/heart_beat | 127.0.0.1 8081, ::1 8081 | localhost:8081 | /heart_beat",
    ],
    [
      "the address of the variables",
      [],
      { STARTUP_SERVER_PORT: "9000", STARTUP_SERVER_HOST: "127.0.0.2" },
      "http://127.0.0.2:9000/heart_beat | 127.0.0.2 9000 | 127.0.0.2:9000 | /heart_beat",
    ],
    [
      "the variable that outdoes them",
      [],
      { STARTUP_SERVER_PORT: "9000", STARTUP_SERVER_LISTEN: "unix:/run/a.sock" },
      "unix:/run/a.sock | /run/a.sock | localhost | /heart_beat",
    ],
    [
      "the url, whatever the variables say",
      ["unix:b"],
      { STARTUP_SERVER_PORT: "nonsense" },
      "unix:b | b | localhost | /heart_beat",
    ],
  ])("asks at %s", (_sentence, args, variables, expected) => {
    expect(parse(args, variables)).toBe(expected);
  });

  it.each<[string[], string]>([
    [["--help"], "help"],
    [["-h"], "help"],
    [["--version", "x"], 'health: expected one url, got "x" too'],
  ])("answers %j with %s", (args, expected) => {
    expect(parse(args)).toBe(expected);
  });

  it("refuses an empty url, as a shell's unset variable gives", () => {
    expect(parse([""])).toMatch(/^health: expected http:.*, got ""$/);
  });
});

/** A host whose connections are made, refused or silent, and that notes what the client does. */
class Wires {
  readonly calls: string[] = [];
  status: number | undefined;
  said = "";
  client: ClientEvents | undefined;
  wakeMs = 0;

  readonly #refusing: ReadonlySet<string>;

  constructor(refusing: readonly string[] = []) {
    this.#refusing = new Set(refusing);
  }

  get host(): Host {
    const host: Partial<Host> = {
      monotonicMs: () => 1000,
      wakeAt: (ms) => {
        this.wakeMs = ms;
      },
      connect: (address, client) => {
        const name = address.kind === "tcp" ? address.host : address.path;
        this.calls.push(name);
        this.client = client;
        if (this.#refusing.has(name)) client.failed("ECONNREFUSED");
      },
      log: (line) => {
        this.said += line;
      },
      exit: (status) => {
        this.status ??= status;
      },
    };
    return host as Host;
  }

  /** The connection is made; what the client sends is noted. */
  connect(): SocketEvents {
    const socket: Partial<Socket> = {
      send: (text) => {
        this.calls.push(text);
      },
    };
    if (this.client === undefined) throw new Error("Nobody connects");
    return this.client.connected(socket as Socket);
  }
}

const QUESTION = askAt(tcp("::", 8081));
const NAME = "http://localhost:8081/heart_beat";

function answer(...pieces: readonly string[]): Wires {
  const wires = new Wires();
  checkHealth(wires.host, QUESTION);
  const events = wires.connect();
  for (const piece of pieces) {
    if (wires.status === undefined) events.received(Buffer.from(piece, "latin1"));
  }
  return wires;
}

describe("checkHealth", () => {
  it("asks for the health check, in a request that no server of ours takes for a claim", () => {
    expect(answer().calls).toEqual([
      "127.0.0.1",
      "GET /heart_beat HTTP/1.1\r\nHost: localhost:8081\r\nSec-Purpose: prefetch\r\nConnection: close\r\n\r\n",
    ]);
  });

  it.each([
    ["a whole answer", ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]],
    ["an answer in pieces", ["HT", "TP/1.1 20", "0 O", "K\r", "\n"]],
    ["HTTP/1.0", ["HTTP/1.0 200 OK\r\n"]],
    ["no reason phrase", ["HTTP/1.1 200 \r\n"]],
    ["a reason phrase of its own", ["HTTP/1.1 200 Tr\u00e8s bien\r\n"]],
  ])("ends with 0 for %s", (_sentence, pieces) => {
    const wires = answer(...pieces);
    expect([wires.status, wires.said]).toEqual([0, ""]);
  });

  it.each([
    ["another status", "HTTP/1.1 503 Service Unavailable\r\n", "503"],
    ["another success", "HTTP/1.1 204 No Content\r\n", "204"],
    ["a claim that was refused", "HTTP/1.1 403 Forbidden\r\n", "403"],
    ["no space behind the status", "HTTP/1.1 200\r\n", "no HTTP answer"],
    ["four digits", "HTTP/1.1 2000 OK\r\n", "no HTTP answer"],
    ["two digits", "HTTP/1.1 20 OK\r\n", "no HTTP answer"],
    ["letters for digits", "HTTP/1.1 2OO OK\r\n", "no HTTP answer"],
    ["two spaces", "HTTP/1.1  200 OK\r\n", "no HTTP answer"],
    ["lower case", "http/1.1 200 OK\r\n", "no HTTP answer"],
    ["another version", "HTTP/2.0 200 OK\r\n", "no HTTP answer"],
    ["HTTP/0.9", "success\r\n", "no HTTP answer"],
    ["an empty line first", "\r\nHTTP/1.1 200 OK\r\n", "no HTTP answer"],
    ["a bare LF", "HTTP/1.1 200 OK\nX: y\r\n", "no HTTP answer"],
    ["a control byte", "HTTP/1.1 200 O\x00K\r\n", "no HTTP answer"],
    ["a line without end", "HTTP/1.1 200 ".padEnd(1_025, "x"), "no HTTP answer"],
  ])("ends with 1 for %s", (_sentence, text, got) => {
    const wires = answer(text);
    expect(wires.status).toBe(1);
    expect(wires.said).toBe(`startup-server: health: expected 200 from ${NAME}, got ${got}\n`);
  });

  it.each([
    ["the end of the answer", (events: SocketEvents) => events.ended()],
    ["a connection that is lost", (events: SocketEvents) => events.closed()],
  ])("ends with 1 at %s", (_sentence, happen) => {
    const wires = new Wires();
    checkHealth(wires.host, QUESTION);
    const events = wires.connect();
    events.received(Buffer.from("HTTP/1.1 200 O"));
    happen(events);
    expect(wires.status).toBe(1);
    expect(wires.said).toContain("got the end of the connection\n");
  });

  it("tries the other loopback where the first refuses", () => {
    const wires = new Wires(["127.0.0.1"]);
    checkHealth(wires.host, QUESTION);
    wires.connect().received(Buffer.from("HTTP/1.1 200 OK\r\n"));
    expect(wires.calls.filter((call) => !call.startsWith("GET"))).toEqual(["127.0.0.1", "::1"]);
    expect(wires.status).toBe(0);
  });

  it("ends with 1 where nobody takes the connection", () => {
    const wires = new Wires(["127.0.0.1", "::1"]);
    checkHealth(wires.host, QUESTION);
    expect(wires.status).toBe(1);
    expect(wires.said).toBe(
      `startup-server: health: expected 200 from ${NAME}, got ECONNREFUSED\n`,
    );
  });

  it("waits three seconds in all", () => {
    const wires = new Wires();
    checkHealth(wires.host, QUESTION);
    expect(wires.wakeMs).toBe(4000);
    wires.client?.woken();
    expect(wires.status).toBe(1);
    expect(wires.said).toContain("got nothing within 3000 ms\n");
  });
});
