/** Generates streams of requests: valid ones from a grammar, and what smugglers make of them. */

import * as fc from "fast-check";

const METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] as const;

const targets = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("/", "/?A=1", "/startup/inject?A=%20&B=+", "//x", "/../a"),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("http://h/", "http://h?a=b", "https://h", "HTTP://H/x?y"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("*", "h:80", "", "/\x80", "/#a", "/{|}", "x", "http:///"),
  },
);

const versions = fc.oneof(
  { weight: 8, arbitrary: fc.constant("HTTP/1.1") },
  { weight: 2, arbitrary: fc.constant("HTTP/1.0") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/1.01", ""),
  },
);

const requestLines = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...METHODS) },
      fc.constantFrom("get", "BREW", "G T", "CONNECT"),
    ),
    targets,
    versions,
  )
  .map(([method, target, version]) => `${method} ${target} ${version}`);

const fields = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "A: b",
      "X-One:two",
      "x-One: \t two \t",
      "A:",
      "Accept: */*",
      "Content-Type: text/plain",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "Connection: close",
      "Connection: keep-alive",
      "Connection: a, CLOSE",
      "Upgrade: x",
      "Expect: 100-continue",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "Host: h",
      "Host: a, b",
      "Host: h:80",
      "Host:",
      "Host: a@b",
      "A : b",
      " A: b",
      "A",
      ": b",
      "A: b\r\n c",
      "A: \x00",
      "A: \x7f",
      "A: \x80",
      "\x80: a",
      "A: b\rC: d",
      "A: b\nC: d",
    ),
  },
);

/** How a body is framed, rightly and not: fields, and what follows the head. */
const bodies = fc.oneof(
  { weight: 4, arbitrary: fc.constant(["", ""] as const) },
  {
    weight: 4,
    arbitrary: fc
      .string({ maxLength: 12 })
      .map((text) => Buffer.from(text).toString("latin1"))
      .chain((body) =>
        fc
          .constantFrom(
            `${body.length}`,
            `${body.length}`,
            `0${body.length}`,
            `${body.length + 1}`,
            `+${body.length}`,
            `${body.length}, ${body.length}`,
            "",
            "0x1",
            "-1",
            "99999999999999999999",
            `${body.length} `,
            `${body.length}\r\nContent-Length: ${body.length}`,
            `${body.length}\r\nTransfer-Encoding: chunked`,
          )
          .map((length) => [`Content-Length: ${length}`, body] as const),
      ),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.oneof(
          { weight: 4, arbitrary: fc.constant("chunked") },
          fc.constantFrom(
            "Chunked",
            "chunked ",
            "gzip, chunked",
            "chunked, chunked",
            "chunked, gzip",
            "identity",
            "",
            ",chunked",
            "chunked,",
            "\x0bchunked",
            "xchunked",
            '"chunked"',
            "chunked;a=b",
            "chunked\r\nTransfer-Encoding: chunked",
            "chunked\r\nContent-Length: 3",
            "x\r\nTransfer-Encoding: chunked",
          ),
        ),
        fc.array(chunk(), { maxLength: 3 }),
        fc.oneof(
          { weight: 6, arbitrary: fc.constant("0\r\n\r\n") },
          fc.constantFrom(
            "0\r\nA: b\r\n\r\n",
            "00;a\r\n\r\n",
            "0\n\n",
            "0\r\n",
            "0\r\nA b\r\n\r\n",
            "",
            "0 \r\n\r\n",
            "0\r\nContent-Length: 5\r\n\r\n",
            "0\r\n\n",
            "-0\r\n\r\n",
          ),
        ),
      )
      .map(
        ([coding, chunks, last]) =>
          [`Transfer-Encoding: ${coding}`, chunks.join("") + last] as const,
      ),
  },
);

function chunk(): fc.Arbitrary<string> {
  const extensions = fc.oneof(
    { weight: 6, arbitrary: fc.constant("") },
    fc.constantFrom(
      ";a",
      ";a=b",
      ';a="b c"',
      ';a="\\""',
      ";",
      " ;a",
      "; a",
      ";a=",
      ';a="',
      ";a\x00",
      " ",
      "\t",
      ";a;b=c",
      ";a b",
      ';a="b"c',
      ";a=b;",
    ),
  );
  const ends = fc.oneof(
    { weight: 10, arbitrary: fc.constant("\r\n") },
    fc.constantFrom("\n", "\r", "", "\r\r\n", "\n\n"),
  );
  return fc
    .tuple(
      fc.string({ minLength: 1, maxLength: 20 }),
      extensions,
      ends,
      ends,
      fc.constantFrom("", "", "", "0", "+", "0x", " ", "1"),
    )
    .map(([text, extension, sizeEnd, dataEnd, prefix]) => {
      const body = Buffer.from(text).toString("latin1");
      return `${prefix}${body.length.toString(16)}${extension}${sizeEnd}${body}${dataEnd}`;
    });
}

const requests = fc
  .tuple(
    requestLines,
    fc.oneof({ weight: 9, arbitrary: fc.constant("Host: h\r\n") }, fc.constant("")),
    fc.array(fields, { maxLength: 3 }),
    bodies,
  )
  .map(([line, host, others, [framing, body]]) => {
    const lines = framing === "" ? others : [...others, framing];
    return `${line}\r\n${host}${lines.map((field) => `${field}\r\n`).join("")}\r\n${body}`;
  });

/** The whole and nothing else: what every reader must take as just these requests. */
export const validRequests = fc
  .tuple(
    fc.constantFrom(...METHODS.filter((method) => method !== "TRACE")),
    fc.constantFrom("/", "/?A=1&B=%C3%A9", "/startup/inject", "/a/b?c?d"),
    fc.array(fc.constantFrom("A: b", "X-One:two", "Accept: */*"), { maxLength: 3 }),
    fc.oneof(
      fc.constant(["", ""] as const),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => {
        const body = Buffer.from(bytes).toString("latin1");
        return [`Content-Length: ${body.length}\r\n`, body] as const;
      }),
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 4 }).map((parts) => {
        const chunks = parts.map(
          (part) => `${part.length.toString(16)}\r\n${Buffer.from(part).toString("latin1")}\r\n`,
        );
        return ["Transfer-Encoding: chunked\r\n", `${chunks.join("")}0\r\n\r\n`] as const;
      }),
    ),
  )
  .map(([method, target, others, [framing, body]]) => {
    const lines = others.map((field) => `${field}\r\n`).join("");
    return `${method} ${target} HTTP/1.1\r\nHost: h\r\n${lines}${framing}\r\n${body}`;
  });

const TOKENS = [
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  " ",
  "\t",
  "\0",
  "\x0b",
  "\x7f",
  "\x80",
  ":",
  ";",
  ",",
  "0",
  "1",
  "chunked",
  "Content-Length: 4\r\n",
  "Transfer-Encoding: chunked\r\n",
  "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n",
  "0\r\n\r\n",
];

/** A token put somewhere, or a few bytes taken away or said twice. */
const mutations = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom("insert", "replace", "remove", "repeat"),
  token: fc.constantFrom(...TOKENS),
  length: fc.integer({ min: 1, max: 4 }),
});

/** Streams of one to three requests, most of them broken in some way. */
export const requestStreams = fc
  .tuple(
    fc.constantFrom("", "", "", "", "\r\n", "\r\n\r\n", "\n"),
    fc.array(fc.oneof(requests, validRequests), { minLength: 1, maxLength: 3 }),
    fc.oneof(fc.constant([]), fc.array(mutations, { maxLength: 3 })),
  )
  .map(([front, parts, changes]) => {
    let text = front + parts.join("");
    for (const { at, kind, token, length } of changes) {
      const place = Math.floor(at * text.length);
      const behind = text.slice(kind === "remove" || kind === "replace" ? place + length : place);
      const put =
        kind === "repeat" ? text.slice(place, place + length) : kind === "remove" ? "" : token;
      text = text.slice(0, place) + put + behind;
    }
    return text;
  });
