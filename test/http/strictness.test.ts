import { describe, expect, it } from "vitest";
import { PROBLEMS, type ProblemCode } from "../../src/problems.ts";
import { LIMITS, summarize } from "./reading.ts";

/** What the bytes come to: each request by its body, `unfinished`, or the refusal's code, which is final. */
type Row = readonly [clause: string, sentence: string, bytes: string, expected: readonly string[]];

const OK = ['request ""'] as const;
const END = "\r\n\r\n";
const GET = `GET / HTTP/1.1\r\nHost: h`;
const POST = `POST / HTTP/1.1\r\nHost: h`;
const CHUNKED = `${POST}\r\nTransfer-Encoding: chunked${END}`;
/** What would run if anything behind a refusal were read. */
const HIDDEN = `GET /hidden HTTP/1.1\r\nHost: h${END}`;

const TAKEN: readonly Row[] = [
  ["3", "a request line and Host are a request", GET + END, OK],
  ["3", "two requests in one packet are two", GET + END + GET + END, [...OK, ...OK]],
  ["2.2", "one empty line in front is skipped", `\r\n${GET}${END}`, OK],
  [
    "2.2",
    "one empty line between requests is skipped",
    `${GET}${END}\r\n${GET}${END}`,
    [...OK, ...OK],
  ],
  ["3.2", "HTTP/1.0 needs no Host", `GET / HTTP/1.0${END}`, OK],
  ["3.2", "an empty Host is one", `GET / HTTP/1.1\r\nHost:${END}`, OK],
  ["3.2", "Host may have a port", `GET / HTTP/1.1\r\nHost: h:8081${END}`, OK],
  ["3.2", "Host may be an IPv6 literal", `GET / HTTP/1.1\r\nHost: [::1]:8081${END}`, OK],
  [
    "3.2.2",
    "the absolute-form is taken where it agrees with Host",
    `GET http://h/ HTTP/1.1\r\nHost: h${END}`,
    OK,
  ],
  [
    "3.2.2",
    "an authority agrees in any case of its letters",
    `GET HTTP://LAB-7/ HTTP/1.1\r\nHost: lab-7${END}`,
    OK,
  ],
  ["3.2.4", "the asterisk-form belongs to OPTIONS", `OPTIONS * HTTP/1.1\r\nHost: h${END}`, OK],
  [
    "5",
    "names are in any case, whitespace around values is optional",
    `GET / HTTP/1.1\r\nhOST:\t h \t${END}`,
    OK,
  ],
  ["5.5", "a value may have obs-text and tabs", `${GET}\r\nA: \xe9\t\xff${END}`, OK],
  [
    "6.2",
    "a body is as long as Content-Length says",
    `${POST}\r\nContent-Length: 3${END}abc`,
    ['request "abc"'],
  ],
  ["6.2", "a body may be of length 0", `${POST}\r\nContent-Length: 0${END}`, OK],
  [
    "6.2",
    "a body may hold what looks like a request",
    `${POST}\r\nContent-Length: ${HIDDEN.length}${END}${HIDDEN}`,
    [`request ${JSON.stringify(HIDDEN)}`],
  ],
  [
    "6.2",
    "a body that ends in CR leaves the next request whole",
    `${POST}\r\nContent-Length: 1${END}\r${GET}${END}`,
    ['request "\\r"', ...OK],
  ],
  [
    "6.3",
    "GET with a body: the body is framed",
    `${GET}\r\nContent-Length: 3${END}abc${GET}${END}`,
    ['request "abc"', ...OK],
  ],
  ["7.1", "chunks are one body", `${CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, ['request "abcde"']],
  [
    "7.1",
    "chunk sizes are hexadecimal, in either case, leading zeros allowed",
    `${CHUNKED}00a\r\n0123456789\r\nB\r\n0123456789a\r\n000\r\n\r\n`,
    ['request "01234567890123456789a"'],
  ],
  [
    "7.1.1",
    "chunk extensions are skipped",
    `${CHUNKED}1;a;b=c;d="e; \\" f"\r\nx\r\n0;last\r\n\r\n`,
    ['request "x"'],
  ],
  [
    "9110 6.5.1",
    "trailers are dropped",
    `${CHUNKED}1\r\nx\r\n0\r\nHost: evil\r\nA: b\r\n\r\n`,
    ['request "x"'],
  ],
  [
    "7",
    "a coding's name is in any case",
    `${POST}\r\nTransfer-Encoding: CHUNKED${END}0\r\n\r\n`,
    OK,
  ],
  [
    "9110 10.1.1",
    "100-continue is an expectation that can be met, in any case",
    `${POST}\r\nExpect: 100-Continue\r\nContent-Length: 1${END}x`,
    ['request "x"'],
  ],
  ["8", "a body cut off is no request", `${POST}\r\nContent-Length: 4${END}abc`, ["unfinished"]],
  [
    "8",
    "a chunked body without its last chunk is no request",
    `${CHUNKED}3\r\nabc\r\n`,
    ["unfinished"],
  ],
  [
    "8",
    "a chunked body without its last line is no request",
    `${CHUNKED}3\r\nabc\r\n0\r\n`,
    ["unfinished"],
  ],
  ["8", "a head cut off is no request", `${GET}\r\n`, ["unfinished"]],
];

const refused = (
  code: ProblemCode,
  rows: readonly (readonly [clause: string, sentence: string, bytes: string])[],
): readonly Row[] =>
  rows.map(([clause, sentence, bytes]) => [clause, sentence, bytes + HIDDEN, [code]]);

const withField = (line: string): string => `${GET}\r\n${line}${END}`;
const withHost = (line: string): string => `GET / HTTP/1.1\r\n${line}${END}`;

const REQUEST_LINE = refused("malformed_request_line", [
  ["2.2", "a second empty line in front is none of ours", "\r\n\r\n"],
  ["2.2", "a bare LF in front", "\n"],
  ["2.2", "a bare LF ends no request line", "GET / HTTP/1.1\nHost: h\r\n\r\n"],
  ["2.2", "a bare CR in the request line", "GET /\rHTTP/1.1\r\nHost: h\r\n\r\n"],
  ["2.2", "a request line that ends in CR CR LF", "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n"],
  ["3", "a NUL in the target", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3", "DEL in the target", "GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3", "a raw space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3", "two spaces behind the method", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3", "two spaces before the version", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3", "a space in front of the method", " GET / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3", "a space behind the version", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"],
  ["3", "a tab in place of a space", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3", "the method alone", "GET\r\n\r\n"],
  ["3", "HTTP/0.9: no version", "GET /\r\n"],
  ["3.1", "a method that is no token", "GE(T / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["2.3", "a version in lower case", "GET / http/1.1\r\nHost: h\r\n\r\n"],
  ["2.3", "a version without a minor number", "GET / HTTP/1\r\nHost: h\r\n\r\n"],
  ["2.3", "a version of two digits", "GET / HTTP/1.10\r\nHost: h\r\n\r\n"],
  ["2.3", "a version with a sign", "GET / HTTP/+1.1\r\nHost: h\r\n\r\n"],
  ["2.3", "another protocol", "GET / ICY/1.1\r\nHost: h\r\n\r\n"],
  ["3", "a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ["3", "noise", "\x80\x81\x82"],
  ["3", "an empty SOCKS greeting", "\x05\x01\x00"],
]);

const TARGET = refused("malformed_target", [
  ["3", "no target", "GET  HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3.2", "a target that is no path", "GET heart_beat HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3.2", "a byte over 127 in the target", "GET /\xe9 HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3.2", "a fragment", "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3.2.2", "a scheme that is not ours", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3.2.2", "an absolute-form without authority", "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["9110 4.2.4", "userinfo in the authority", "GET http://a@h/ HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3.2.3", "CONNECT to a path", "CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["3.2.4", "the asterisk-form of GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["9113 3.4", "the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
]);

const FIELDS = refused("malformed_header", [
  ["5.1", "a space before the colon", withField("A : b")],
  ["5.1", "a space before the colon of Content-Length", withField("Content-Length : 5")],
  ["5.1", "a tab before the colon of Transfer-Encoding", withField("Transfer-Encoding\t: chunked")],
  ["5.1", "an empty name", withField(": b")],
  ["5.1", "a line without colon", withField("A")],
  ["2.2", "whitespace before the first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"],
  ["5.2", "obs-fold with a space", withField("A: b\r\n c")],
  ["5.2", "obs-fold with a tab", withField("A: b\r\n\tc")],
  ["5.2", "obs-fold of Transfer-Encoding", withField("Transfer-Encoding:\r\n chunked")],
  ["5.6.2", "a name that is no token", withField("A(b): c")],
  ["5.6.2", "a name with a byte over 127", withField("\xc3: c")],
  ["2.2", "a bare CR in a value", withField("A: b\rTransfer-Encoding: chunked")],
  ["2.2", "a bare LF in a value", withField("A: b\nTransfer-Encoding: chunked")],
  ["2.2", "a bare LF before the empty line", `${GET}\r\n\n`],
  ["5.5", "a NUL in a value", withField("A: b\0c")],
  ["5.5", "a control byte in a value", withField("A: b\x0bc")],
  ["5.5", "DEL in a value", withField("A: b\x7f")],
  ["5.5", "a vertical tab before chunked", withField("Transfer-Encoding: \x0bchunked")],
  ["5.5", "a NUL in a name", withField("A\0: b")],
]);

const HOST = refused("malformed_host", [
  ["3.2", "no Host in HTTP/1.1", "GET / HTTP/1.1\r\n\r\n"],
  ["3.2", "Host twice", withHost("Host: h\r\nHost: h")],
  ["3.2", "two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"],
  ["3.2", "a Host with a blank in it", withHost("Host: a b")],
  ["3.2", "a list of Hosts", withHost("Host: a, b")],
  ["3.2", "a Host with a path", withHost("Host: h/x")],
  ["3.2", "a Host with userinfo", withHost("Host: a@h")],
  ["3.2", "a port that is no number", withHost("Host: h:80x")],
  ["3.2", "two ports", withHost("Host: h:80:81")],
  ["3.2", "a port alone", withHost("Host: :80")],
  ["3.2", "an open bracket", withHost("Host: [::1")],
  ["3.2", "a bracket behind the name", withHost("Host: h[::1]")],
]);

const FRAMING = [
  ...refused("mismatched_host", [
    ["3.2.2", "an authority other than Host", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"],
    ["3.2.2", "another port than Host's", "GET http://h:1/ HTTP/1.1\r\nHost: h:2\r\n\r\n"],
  ]),
  ...refused("malformed_length", [
    ["6.3", "an empty Content-Length", withField("Content-Length:")],
    ["6.3", "a signed Content-Length", withField("Content-Length: +5")],
    ["6.3", "a negative Content-Length", withField("Content-Length: -5")],
    ["6.3", "a hexadecimal Content-Length", withField("Content-Length: 0x5")],
    ["6.3", "a Content-Length with a fraction", withField("Content-Length: 5.0")],
    ["6.3", "a Content-Length with an exponent", withField("Content-Length: 1e1")],
    ["6.3", "a Content-Length of two numbers", withField("Content-Length: 5 5")],
    ["6.3", "a Content-Length with a separator", withField("Content-Length: 1_0")],
    ["6.3", "a list of one Content-Length twice", withField("Content-Length: 5, 5")],
    ["6.3", "two equal Content-Lengths", withField("Content-Length: 5\r\nContent-Length: 5")],
    ["6.3", "two differing Content-Lengths", withField("Content-Length: 0\r\nContent-Length: 5")],
    [
      "6.3",
      "a second Content-Length that is empty",
      withField("Content-Length: 5\r\nContent-Length:"),
    ],
    ["6.3", "a Content-Length beyond 2^53", withField("Content-Length: 9007199254740993")],
    [
      "6.3",
      "a Content-Length beyond 2^64, which wraps around to 1",
      withField("Content-Length: 18446744073709551617"),
    ],
    ["6.3", "a Content-Length with a digit of another script", withField("Content-Length: \xb2")],
  ]),
  ...refused("conflicting_framing", [
    [
      "6.1",
      "Content-Length before Transfer-Encoding",
      withField("Content-Length: 5\r\nTransfer-Encoding: chunked"),
    ],
    [
      "6.1",
      "Transfer-Encoding before Content-Length",
      withField("Transfer-Encoding: chunked\r\nContent-Length: 5"),
    ],
    [
      "6.1",
      "Content-Length beside a coding that is none",
      withField("Content-Length: 5\r\nTransfer-Encoding: x"),
    ],
    [
      "6.1",
      "Transfer-Encoding in HTTP/1.0",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  ]),
  ...refused("malformed_transfer_encoding", [
    ["6.1", "an empty Transfer-Encoding", withField("Transfer-Encoding:")],
    ["6.1", "identity", withField("Transfer-Encoding: identity")],
    ["6.1", "a coding without chunked", withField("Transfer-Encoding: gzip")],
    ["6.1", "chunked twice", withField("Transfer-Encoding: chunked, chunked")],
    [
      "6.1",
      "chunked on two lines",
      withField("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    ],
    [
      "6.1",
      "chunked and an empty line of it",
      withField("Transfer-Encoding: chunked\r\nTransfer-Encoding:"),
    ],
    ["6.1", "chunked that is not last", withField("Transfer-Encoding: chunked, identity")],
    ["6.1", "chunked with an empty member", withField("Transfer-Encoding: ,chunked")],
    ["6.1", "chunked in quotes", withField('Transfer-Encoding: "chunked"')],
    ["6.1", "chunked with a parameter", withField("Transfer-Encoding: chunked;q=1")],
    ["6.1", "xchunked", withField("Transfer-Encoding: xchunked")],
    ["6.1", "chunked and a letter over 127", withField("Transfer-Encoding: chunked\xa0")],
  ]),
  ...refused("unsupported_transfer_encoding", [
    ["6.1", "a coding under chunked", withField("Transfer-Encoding: gzip, chunked")],
    [
      "6.1",
      "a coding on a line of its own",
      withField("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
    ],
  ]),
];

const CHUNKS = refused("malformed_chunk", [
  ["7.1", "no chunk size", `${CHUNKED}\r\n`],
  ["7.1", "a signed chunk size", `${CHUNKED}+3\r\nabc\r\n0\r\n\r\n`],
  ["7.1", "a negative chunk size", `${CHUNKED}-1\r\n`],
  ["7.1", "a prefixed chunk size", `${CHUNKED}0x3\r\nabc\r\n0\r\n\r\n`],
  ["7.1", "a blank before the chunk size", `${CHUNKED} 3\r\nabc\r\n0\r\n\r\n`],
  ["7.1", "a blank behind the chunk size", `${CHUNKED}3 \r\nabc\r\n0\r\n\r\n`],
  ["7.1", "a tab behind the chunk size", `${CHUNKED}3\t\r\nabc\r\n0\r\n\r\n`],
  ["7.1", "a separator in the chunk size", `${CHUNKED}1_0\r\n`],
  ["7.1", "a chunk size that is no number", `${CHUNKED}g\r\n`],
  ["7.1", "a chunk size of more than 32 bits", `${CHUNKED}100000000\r\n`],
  [
    "7.1",
    "a chunk size beyond 64 bits, which wraps around to 3",
    `${CHUNKED}10000000000000003\r\nabc\r\n0\r\n\r\n`,
  ],
  ["7.1", "a chunk size that ends in a bare LF", `${CHUNKED}3\nabc\r\n0\r\n\r\n`],
  ["7.1", "a chunk size that ends in a bare CR", `${CHUNKED}3\rabc\r\n0\r\n\r\n`],
  ["7.1", "chunk data without CRLF", `${CHUNKED}3\r\nabc0\r\n\r\n`],
  ["7.1", "chunk data with a bare LF behind it", `${CHUNKED}3\r\nabc\n0\r\n\r\n`],
  ["7.1", "chunk data longer than its size", `${CHUNKED}3\r\nabcd\r\n0\r\n\r\n`],
  ["7.1", "chunk data of its size and a byte in the place of CR", `${CHUNKED}3\r\nabcx\n0\r\n\r\n`],
  ["7.1.1", "an extension without a name", `${CHUNKED}3;\r\nabc\r\n0\r\n\r\n`],
  ["7.1.1", "an extension with a blank before it", `${CHUNKED}3 ;a\r\nabc\r\n0\r\n\r\n`],
  ["7.1.1", "an extension with a blank in it", `${CHUNKED}3;a b\r\nabc\r\n0\r\n\r\n`],
  ["7.1.1", "an extension without its value", `${CHUNKED}3;a=\r\nabc\r\n0\r\n\r\n`],
  ["7.1.1", "an extension in open quotes", `${CHUNKED}3;a="b\r\nabc\r\n0\r\n\r\n`],
  ["7.1.1", "an extension with text behind its quotes", `${CHUNKED}3;a="b"c\r\nabc\r\n0\r\n\r\n`],
  ["7.1.1", "an extension that ends in a bare LF", `${CHUNKED}3;a\nabc\r\n0\r\n\r\n`],
  ["7.1.1", "an extension with a NUL", `${CHUNKED}3;a\0\r\nabc\r\n0\r\n\r\n`],
  ["7.1.2", "a bare LF behind the last chunk", `${CHUNKED}0\r\n\n`],
  ["7.1.2", "a control byte in a trailer", `${CHUNKED}0\r\nA: \x01\r\n\r\n`],
]);

const LIMITED = [
  ...refused("malformed_header", [
    ["7.1.2", "a trailer that is no field", `${CHUNKED}0\r\nGET / HTTP/1.1\r\n\r\n`],
    ["9110 6.5.1", "Content-Length in a trailer", `${CHUNKED}0\r\nContent-Length: 0\r\n\r\n`],
    [
      "9110 6.5.1",
      "Transfer-Encoding in a trailer",
      `${CHUNKED}0\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ["7.1.2", "obs-fold in a trailer", `${CHUNKED}0\r\nA: b\r\n c\r\n\r\n`],
  ]),
  ...refused("target_too_long", [
    [
      "3",
      "a target over the limit",
      `GET /${"a".repeat(LIMITS.maxTargetBytes)} HTTP/1.1\r\nHost: h\r\n\r\n`,
    ],
    ["3", "a target without end", `GET /${"a".repeat(LIMITS.maxTargetBytes + 100)}`],
    ["3", "a method without end", "A".repeat(LIMITS.maxTargetBytes + 100)],
  ]),
  ...refused("header_too_large", [
    ["5", "a field over the limit", withField(`A: ${"b".repeat(LIMITS.maxHeaderBytes)}`)],
    [
      "5",
      "fields that are over the limit together",
      withField("A: b\r\n".repeat(LIMITS.maxHeaderBytes / 5).trimEnd()),
    ],
    ["7.1.1", "an extension without end", `${CHUNKED}1;${"a".repeat(LIMITS.maxHeaderBytes + 100)}`],
    [
      "7.1.1",
      "extensions that are over the limit together",
      CHUNKED + "1;aaaaaaaaa\r\nx\r\n".repeat(LIMITS.maxHeaderBytes / 10 + 1),
    ],
    [
      "7.1.2",
      "trailers without end",
      `${CHUNKED}0\r\n${"A: b\r\n".repeat(LIMITS.maxHeaderBytes / 4 + 1)}`,
    ],
  ]),
  ...refused("body_too_large", [
    [
      "6.2",
      "a Content-Length over the limit",
      withField(`Content-Length: ${LIMITS.maxBodyBytes + 1}`),
    ],
    ["7.1", "a chunk over the limit", `${CHUNKED}ffffffff\r\n`],
    [
      "7.1",
      "chunks that are over the limit together",
      CHUNKED + `100\r\n${"x".repeat(256)}\r\n`.repeat(3),
    ],
  ]),
  ...refused("unsupported_expectation", [
    ["9110 10.1.1", "another expectation", withField("Expect: 200-ok")],
    ["9110 10.1.1", "100-continue and another", withField("Expect: 100-continue, x")],
  ]),
  ...refused("unsupported_method", [
    ["9110 9.1", "an unknown method", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n"],
    ["9110 9.1", "a known method in lower case", "get / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ]),
  ...refused("unsupported_version", [
    ["2.3", "HTTP/0.9 by name", "GET / HTTP/0.9\r\nHost: h\r\n\r\n"],
    ["2.3", "HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n"],
    ["2.3", "HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"],
  ]),
];

/** The statuses that RELIABILITY asks for, by refusal. */
const STATUSES: readonly (readonly [code: ProblemCode, status: number])[] = [
  ["malformed_request_line", 400],
  ["malformed_target", 400],
  ["malformed_header", 400],
  ["malformed_host", 400],
  ["mismatched_host", 400],
  ["malformed_length", 400],
  ["conflicting_framing", 400],
  ["malformed_transfer_encoding", 400],
  ["unsupported_transfer_encoding", 501],
  ["malformed_chunk", 400],
  ["body_too_large", 413],
  ["target_too_long", 414],
  ["unsupported_expectation", 417],
  ["header_too_large", 431],
  ["unsupported_method", 501],
  ["unsupported_version", 505],
];

describe("the request parser takes", () => {
  it.each(TAKEN)("%s: %s", (_clause, _sentence, bytes, expected) => {
    expect(summarize(bytes)).toEqual(expected);
  });
});

describe("the request parser refuses, and reads nothing behind it,", () => {
  it.each([...REQUEST_LINE, ...TARGET, ...FIELDS, ...HOST, ...FRAMING, ...CHUNKS, ...LIMITED])(
    "%s: %s",
    (_clause, _sentence, bytes, expected) => {
      expect(summarize(bytes)).toEqual(expected);
    },
  );

  it.each(STATUSES)("%s is %i", (code, status) => {
    expect(PROBLEMS[code][0]).toBe(status);
  });
});

describe("a request of exactly the limits", () => {
  it("has a target of the greatest length", () => {
    const target = `/${"a".repeat(LIMITS.maxTargetBytes - 1)}`;
    expect(summarize(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`)).toEqual(OK);
    expect(summarize(`OPTIONS ${target} HTTP/1.1\r\nHost: h\r\n\r\n`)).toEqual(OK);
  });

  it("has a header section of the greatest length", () => {
    const filler = "b".repeat(LIMITS.maxHeaderBytes - "Host: h\r\nA: \r\n".length);
    expect(summarize(withField(`A: ${filler}`))).toEqual(OK);
    expect(summarize(withField(`A: ${filler}bbb`))).toEqual(["header_too_large"]);
  });

  it("has a body of the greatest length, however it is framed", () => {
    const body = "x".repeat(LIMITS.maxBodyBytes);
    const told = [`request ${JSON.stringify(body)}`];
    expect(summarize(`${POST}\r\nContent-Length: ${body.length}${END}${body}`)).toEqual(told);
    expect(summarize(`${CHUNKED}200\r\n${body}\r\n0\r\n\r\n`)).toEqual(told);
    expect(summarize(`${CHUNKED}${"1\r\nx\r\n".repeat(body.length)}0\r\n\r\n`)).toEqual(told);
  });
});
