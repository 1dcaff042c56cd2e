/** HTTP by clause on a raw socket: every doubt about framing is refused, closed, and claims nothing (RFC 9112 unless said). */

import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { describeOnEachHost, type Program, start } from "./program.ts";
import { type Answer, formatRequest, heartBeat, Wire } from "./wire.ts";

const LINE = "GET /?KEY1=value1 HTTP/1.1\r\n";
const HOST = "Host: localhost\r\n";
const POST = `POST / HTTP/1.1\r\n${HOST}Content-Type: application/x-www-form-urlencoded\r\n`;
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
const SMUGGLED = `GET /?KEY9=smuggled HTTP/1.1\r\n${HOST}\r\n`;

type Row = readonly [bytes: string, status: number];

const REFUSED: readonly (readonly [clause: string, rows: readonly Row[]])[] = [
  [
    "3.2: Host is there once, and well-formed",
    [
      [`${LINE}\r\n`, 400],
      [`${LINE}${HOST}${HOST}\r\n`, 400],
      [`${LINE}${HOST}host: other\r\n\r\n`, 400],
      [`${LINE}Host: a b\r\n\r\n`, 400],
      [`${LINE}Host: a/b\r\n\r\n`, 400],
      [`${LINE}Host: user@a\r\n\r\n`, 400],
      [`${LINE}Host: a:port\r\n\r\n`, 400],
      [`${LINE}Host: [::1\r\n\r\n`, 400],
      [`${LINE}Host: a, b\r\n\r\n`, 400],
      [`GET http://other/?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 400],
    ],
  ],
  [
    "5.1: a field line is a token, a colon and a value",
    [
      [`${LINE}${HOST}X : 1\r\n\r\n`, 400],
      [`${LINE}${HOST}X\t: 1\r\n\r\n`, 400],
      [`${LINE}${HOST}: 1\r\n\r\n`, 400],
      [`${LINE}${HOST}X\r\n\r\n`, 400],
      [`${LINE}${HOST}X(: 1\r\n\r\n`, 400],
      [`${LINE}${HOST}Ü: 1\r\n\r\n`, 400],
      [`${LINE} Host: localhost\r\n\r\n`, 400],
      [`${LINE}\tX: 1\r\n${HOST}\r\n`, 400],
    ],
  ],
  [
    "5.2: no line is folded",
    [
      [`${LINE}${HOST}X: 1\r\n 2\r\n\r\n`, 400],
      [`${LINE}${HOST}X: 1\r\n\t2\r\n\r\n`, 400],
      [`${POST}Content-Length: 1\r\n 0\r\n\r\nKEY1=value`, 400],
    ],
  ],
  [
    "2.2: lines end in CRLF, and hold no control character",
    [
      ["GET /?KEY1=value1 HTTP/1.1\nHost: localhost\n\n", 400],
      [`GET /?KEY1=value1 HTTP/1.1\n${HOST}\r\n`, 400],
      [`${LINE}Host: localhost\n\r\n`, 400],
      [`${LINE}${HOST}X: a\rb\r\n\r\n`, 400],
      [`${LINE}${HOST}X: a\r\r\n\r\n`, 400],
      [`${LINE}${HOST}X: a\0b\r\n\r\n`, 400],
      [`${LINE}${HOST}X: a\x01b\r\n\r\n`, 400],
      [`${LINE}${HOST}X: a\x7Fb\r\n\r\n`, 400],
    ],
  ],
  [
    "3: the target is visible ASCII, between two single blanks",
    [
      [`GET /?KEY1=a b HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET  /?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET /?KEY1=value1  HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET\t/?KEY1=value1\tHTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET /?KEY1=a\0b HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET /?KEY1=\xE4 HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET /?KEY1=value1#f HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET ?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET ftp://localhost/?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`GET /?KEY1=value1\r\n${HOST}\r\n`, 400],
      [`GET /?KEY1=value1 HTTP/1.1 \r\n${HOST}\r\n`, 400],
      [` ${LINE}${HOST}\r\n`, 400],
    ],
  ],
  [
    "2.3: the version is HTTP/1.1 or HTTP/1.0",
    [
      [`GET /?KEY1=value1 HTTP/2.0\r\n${HOST}\r\n`, 505],
      [`GET /?KEY1=value1 HTTP/1.2\r\n${HOST}\r\n`, 505],
      [`GET /?KEY1=value1 HTTP/0.9\r\n${HOST}\r\n`, 505],
      [`GET /?KEY1=value1 http/1.1\r\n${HOST}\r\n`, 400],
      [`GET /?KEY1=value1 HTTP/1.10\r\n${HOST}\r\n`, 400],
      [`GET /?KEY1=value1 HTTP/11\r\n${HOST}\r\n`, 400],
      ["GET /?KEY1=value1\r\n", 400],
      ["\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03", 400],
    ],
  ],
  [
    "9110 9.1: the method is known, in capitals, and one that the path takes",
    [
      [`get /?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 501],
      [`BREW /?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 501],
      [`G@T /?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 400],
      [`PUT /?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 405],
      [`TRACE /?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`, 405],
      [`CONNECT localhost:80 HTTP/1.1\r\n${HOST}\r\n`, 405],
    ],
  ],
  [
    "6.3: Content-Length is one plain decimal",
    [
      "+5",
      "-5",
      "5 ",
      "0x5",
      "5.0",
      "5e0",
      "",
      "5, 5",
      "5,5",
      "٥",
      "9007199254740993",
      "1".repeat(30),
    ]
      .filter((length) => length !== "5 ")
      .map((length): Row => [`${POST}Content-Length: ${length}\r\n\r\nKEY1=`, 400])
      .concat([
        [`${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nKEY1=`, 400],
        [`${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nKEY1=1`, 400],
        [`${POST}Content-Length: 5 5\r\n\r\nKEY1=`, 400],
      ]),
  ],
  [
    "6.1: Transfer-Encoding stands alone, in HTTP/1.1, and is chunked",
    [
      [`${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
      [`${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`, 400],
      [
        `POST / HTTP/1.0\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
        400,
      ],
      [`${POST}Transfer-Encoding: identity\r\n\r\nKEY1=1`, 400],
      [`${POST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400],
      [`${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, 400],
      [`${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
      [`${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
      [`${POST}Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n`, 400],
      [`${POST}Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n`, 400],
      [`${POST}Transfer-Encoding:\r\n\r\n0\r\n\r\n`, 400],
      [`${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
    ],
  ],
  [
    "7.1: chunks are sizes, data and CRLF",
    [
      "+5\r\nKEY1=\r\n0\r\n\r\n",
      "-5\r\nKEY1=\r\n0\r\n\r\n",
      "0x5\r\nKEY1=\r\n0\r\n\r\n",
      " 5\r\nKEY1=\r\n0\r\n\r\n",
      "5 \r\nKEY1=\r\n0\r\n\r\n",
      "5_\r\nKEY1=\r\n0\r\n\r\n",
      "\r\nKEY1=\r\n0\r\n\r\n",
      "5\nKEY1=\n0\n\n",
      "5\r\nKEY1=0\r\n\r\n",
      "5\r\nKEY1=v\r\n0\r\n\r\n",
      "5\r\nKEY1=\n0\r\n\r\n",
      "5;\r\nKEY1=\r\n0\r\n\r\n",
      "5;a=\r\nKEY1=\r\n0\r\n\r\n",
      "5;a=\0\r\nKEY1=\r\n0\r\n\r\n",
      "FFFFFFFFFFFFFFFF5\r\nKEY1=\r\n0\r\n\r\n",
      "0000000000000005\r\nKEY1=\r\n0\r\n\r\n",
      "5\r\nKEY1=\r\n0\r\nX : 1\r\n\r\n",
      "5\r\nKEY1=\r\n0\r\nno field\r\n\r\n",
    ].map((body): Row => [`${CHUNKED}${body}`, 400]),
  ],
  [
    "7.1: sizes, extensions and trailers end",
    [
      [`${CHUNKED}FFFFFFF\r\n`, 413],
      [`${CHUNKED}5;${"a".repeat(40_000)}`, 431],
      [`${CHUNKED}${`1;a=${"b".repeat(1_000)}\r\nK\r\n`.repeat(40)}`, 431],
      [`${CHUNKED}0\r\n${`X: ${"b".repeat(1_000)}\r\n`.repeat(40)}`, 431],
    ],
  ],
  [
    "9110 10.1.1: no expectation but 100-continue",
    [
      [`${LINE}${HOST}Expect: 200-ok\r\n\r\n`, 417],
      [`${LINE}${HOST}Expect: 100-continue, more\r\n\r\n`, 417],
    ],
  ],
];

async function readRefusal(program: Program, send: (wire: Wire) => Promise<void>): Promise<Answer> {
  const wire = await Wire.connect(program.port);
  await send(wire);
  const answer = await wire.answer();
  // Nothing behind a refusal is answered, be it a whole claim.
  expect(await wire.end()).toBe("finished");
  expect(answer.headers.get("connection")).toBe("close");
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  wire.close();
  return answer;
}

/** It waits to the last moment, and nothing was claimed. */
async function expectToHaveWaited(program: Program): Promise<void> {
  expect((await heartBeat(program.port)).status).toBe(200);
  program.kill("SIGTERM");
  expect(await program.exit).toBe(143);
  expect(readdirSync(program.directory)).toEqual([]);
  expect(program.messages).not.toContain("claimed");
}

describeOnEachHost("HTTP refuses what is against", (host) => {
  it.each(REFUSED)("P9, %s", async (_clause, rows) => {
    const program = await start(host);
    for (const [bytes, status] of rows) {
      const whole = Buffer.from(`${bytes}${SMUGGLED}`, "latin1");
      const answer = await readRefusal(program, (wire) => wire.send(whole));
      expect([bytes.slice(0, 200), answer.status]).toEqual([bytes.slice(0, 200), status]);
      if (bytes.length > 300) continue;
      const trickled = await readRefusal(program, (wire) =>
        wire.sendByteByByte(Buffer.from(bytes, "latin1")),
      );
      expect([bytes, trickled.status, trickled.body.slice(0, 60)]).toEqual([
        bytes,
        status,
        answer.body.slice(0, 60),
      ]);
    }
    await expectToHaveWaited(program);
  });
});

/** What is claimed by bytes that are unusual and right, and what the file is then. */
const TAKEN: readonly (readonly [clause: string, bytes: string, file: string])[] = [
  ["2.2: an empty line in front is skipped", `\r\n${LINE}${HOST}\r\n`, "KEY1=value1\n"],
  ["3.2: an empty Host is one", `${LINE}Host:\r\n\r\n`, "KEY1=value1\n"],
  [
    "3.2.2: the absolute form names the same authority",
    `GET HTTP://LOCALHOST/?KEY1=value1 HTTP/1.1\r\n${HOST}\r\n`,
    "KEY1=value1\n",
  ],
  [
    "9110 9.3.1: HTTP/1.0 claims without Host",
    "GET /?KEY1=value1 HTTP/1.0\r\n\r\n",
    "KEY1=value1\n",
  ],
  [
    "9110 9.3.1: the body of a GET is framed, dropped, and never run",
    `${LINE}${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    "KEY1=value1\n",
  ],
  [
    "6.3: leading zeros are digits",
    `${POST}Content-Length: 0000011\r\n\r\nKEY1=value1`,
    "KEY1=value1\n",
  ],
  [
    "7.1.2: trailers are dropped, though they look like what is read in a head",
    `${CHUNKED}b;a="\\"x"\r\nKEY1=value1\r\n000\r\nExpect: nothing\r\nHost: other\r\n\r\n`,
    "KEY1=value1\n",
  ],
  [
    "5.5: blanks around a value and bytes beyond ASCII in it are of no matter",
    `${LINE}Host:\t localhost \t\r\nX: \xE4\xFF\r\n\r\n`,
    "KEY1=value1\n",
  ],
];

describeOnEachHost("HTTP takes", (host) => {
  it.each(TAKEN)("%s", async (_clause, bytes, file) => {
    for (const way of ["send", "sendByteByByte"] as const) {
      const program = await start(host);
      const wire = await Wire.connect(program.port);
      await wire[way](Buffer.from(bytes, "latin1"));
      wire.halfClose();
      expect((await wire.answer()).status).toBe(200);
      expect(await wire.end()).toBe("finished");
      expect(await program.exit).toBe(0);
      expect(program.readEnvFile()).toBe(file);
    }
  });

  it("8: no body that was cut off, in any framing, at any byte", async () => {
    const program = await start(host);
    const bodies = [
      `${POST}Content-Length: 12\r\n\r\nKEY1=value1`,
      `${CHUNKED}b\r\nKEY1=value1\r\n`,
      `${CHUNKED}b\r\nKEY1=value1\r\n0\r\n`,
      `${CHUNKED}c\r\nKEY1=value1`,
    ];
    for (const bytes of bodies) {
      const wire = await Wire.connect(program.port);
      await wire.send(bytes);
      wire.halfClose();
      expect(await wire.end()).toBe("finished");
      wire.close();
    }
    await expectToHaveWaited(program);
  });

  it("9110 9.3.2: a HEAD with a body as one request, and what is behind it as the next", async () => {
    const { port } = await start(host);
    const wire = await Wire.connect(port);
    const head = `HEAD /heart_beat HTTP/1.1\r\n${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n`;
    const last = formatRequest({ target: "/status", headers: { Connection: "close" } });
    await wire.send(Buffer.concat([Buffer.from(`${head}${SMUGGLED}`), last]));
    expect((await wire.answer("HEAD")).status).toBe(200);
    expect(JSON.parse((await wire.answer()).body).state).toBe("waiting");
    expect(await wire.end()).toBe("finished");
  });

  it("9110 10.1.1: 100-continue only where the body is wanted and has not come", async () => {
    const { port } = await start(host);
    const head = "GET /heart_beat HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
    for (const rest of ["\r\n", "Content-Length: 0\r\n\r\n", "Content-Length: 3\r\n\r\nabc"]) {
      const wire = await Wire.connect(port);
      await wire.send(`${head}${rest}`);
      expect([rest, (await wire.answer()).status]).toEqual([rest, 200]);
    }
  });

  it("9.6: an end in stages: the answer arrives though the caller goes on sending", async () => {
    const program = await start(host, { args: ["--max-body", "10"] });
    const wire = await Wire.connect(program.port);
    await wire.send(`${POST}Content-Length: 3000000\r\n\r\n`);
    void wire.send("v".repeat(1_500_000));
    expect((await wire.answer()).status).toBe(413);
    expect(await wire.end()).toBe("finished");
    await expectToHaveWaited(program);
  });
});
