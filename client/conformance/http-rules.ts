/** Rules of HTTP/1.1 where leniency is how requests are smuggled. */

import { type AddressRule, differs, expectStatus, type Finding } from "./rule.ts";
import type { Subject } from "./subject.ts";

const GOOD = "GET {claim}?KEY1=value1 HTTP/1.1\r\nHost: localhost\r\n";
const POST = "POST {claim} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const BODY = '{"KEY1":"value1"}';
const LENGTH = `Content-Length: ${BODY.length}\r\n`;
/** What would be accepted by whoever takes the framing for plain chunks. */
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

/** Bytes, and the statuses that refuse them. */
type Attempt = readonly [bytes: string, ...statuses: readonly number[]];

/** Each is refused, nothing behind it on its connection is run, and the server still waits. */
function strict(
  id: string,
  sentence: string,
  clause: string,
  attempts: readonly Attempt[],
): AddressRule {
  const check = async (subject: Subject): Promise<Finding> => {
    for (const [index, [bytes, ...statuses]] of attempts.entries()) {
      const wire = subject.connect();
      wire.send(bytes);
      // Whoever takes the bytes for something shorter finds a whole claim behind them.
      wire.send(`${GOOD}\r\n`);
      // oxlint-disable-next-line no-await-in-loop -- the first that is not refused is told
      const reply = await wire.answer();
      // oxlint-disable-next-line no-await-in-loop -- the first that is not refused is told
      const behind = await wire.answer();
      wire.close();
      const problem =
        expectStatus(reply, ...statuses) ?? differs("an answer behind it", 0, behind.status);
      if (problem !== undefined) return `attempt ${index + 1} of ${attempts.length}: ${problem}`;
    }
    return await subject.expectUntouched();
  };
  return { id, sentence, clause, kind: "tempts", needs: "address", check };
}

export const HTTP_RULES: readonly AddressRule[] = [
  strict(
    "host",
    "A request has exactly one well-formed Host, and no other authority",
    "RFC 9112 section 3.2",
    [
      ["GET {claim}?KEY1=value1 HTTP/1.1\r\n\r\n", 400],
      [`${GOOD}Host: localhost\r\n\r\n`, 400],
      ["GET {claim}?KEY1=value1 HTTP/1.1\r\nHost: local host\r\n\r\n", 400],
      ["GET http://other{claim}?KEY1=value1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
    ],
  ),
  strict("field-lines", "Header lines are NAME: value, with nothing folded", "RFC 9112 section 5", [
    [`${GOOD}X-Name : value\r\n\r\n`, 400],
    [`${GOOD}: value\r\n\r\n`, 400],
    [`${GOOD}X-Name\r\n\r\n`, 400],
    [`${GOOD}X-Name: one\r\n two\r\n\r\n`, 400],
    [`GET {claim}?KEY1=value1 HTTP/1.1\r\n X: y\r\nHost: localhost\r\n\r\n`, 400],
  ]),
  strict(
    "line-ends",
    "Lines end with CR LF, and hold neither of them, nor NUL",
    "RFC 9112 section 2.2",
    [
      ["GET {claim}?KEY1=value1 HTTP/1.1\nHost: localhost\n\n", 400],
      [`${GOOD}X-Name: a\rb\r\n\r\n`, 400],
      [`${GOOD}X-Name: a\nX-Other: b\r\n\r\n`, 400],
      [`${GOOD}X-Name: a\0b\r\n\r\n`, 400],
    ],
  ),
  strict("request-line", "The request line is METHOD SP target SP version", "RFC 9112 section 3", [
    ["GET  {claim}?KEY1=value1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
    ["GET {claim}?KEY1=value 1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
    ["GET {claim}?KEY1=value1\r\n", 400],
    ["GET {claim}?KEY1=value1 HTTP/2.0\r\nHost: localhost\r\n\r\n", 505, 400],
    ["GET {claim}?KEY1=value1 http/1.1\r\nHost: localhost\r\n\r\n", 400],
    ["\u0016\u0003\u0001\u0002\r\n\r\n", 400],
  ]),
  strict("content-length", "Content-Length is one plain decimal number", "RFC 9112 section 6.3", [
    [`${POST}${LENGTH}Content-Length: 3\r\n\r\n${BODY}`, 400],
    [`${POST}Content-Length: +${BODY.length}\r\n\r\n${BODY}`, 400],
    [`${POST}Content-Length: 0x11\r\n\r\n${BODY}`, 400],
    [`${POST}Content-Length: -1\r\n\r\n`, 400],
    [`${POST}Content-Length: 17, 18\r\n\r\n${BODY}`, 400],
  ]),
  strict(
    "two-framings",
    "Transfer-Encoding beside Content-Length is refused",
    "RFC 9112 section 6.1",
    [
      [`${POST}${LENGTH}Transfer-Encoding: chunked\r\n\r\n${CHUNKED}`, 400],
      [`${POST.replace("1.1", "1.0")}Transfer-Encoding: chunked\r\n\r\n${CHUNKED}`, 400],
    ],
  ),
  strict(
    "transfer-codings",
    "The only transfer coding is one final chunked",
    "RFC 9112 section 6.1",
    [
      [`${POST}Transfer-Encoding: gzip, chunked\r\n\r\n${CHUNKED}`, 501, 400],
      [`${POST}Transfer-Encoding: chunked, chunked\r\n\r\n${CHUNKED}`, 400, 501],
      [`${POST}Transfer-Encoding: identity\r\n\r\n${BODY}`, 400, 501],
      [`${POST}Transfer-Encoding: xchunked\r\n\r\n${CHUNKED}`, 400, 501],
    ],
  ),
  strict("chunks", "Chunks are as the standard has them", "RFC 9112 section 7.1", [
    [`${POST}Transfer-Encoding: chunked\r\n\r\n0x11\r\n${BODY}\r\n0\r\n\r\n`, 400],
    [`${POST}Transfer-Encoding: chunked\r\n\r\n+11\r\n${BODY}\r\n0\r\n\r\n`, 400],
    [`${POST}Transfer-Encoding: chunked\r\n\r\n11\r\n${BODY}X0\r\n\r\n`, 400],
    [`${POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`, 400, 413],
  ]),
  {
    id: "behind-a-refusal",
    sentence: "Nothing runs behind a refused request, nor behind Connection: close",
    clause: "README, All or nothing",
    kind: "tempts",
    needs: "address",
    check: async (subject) => {
      const nothing = `GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n${GOOD}\r\n`;
      const close = `GET {health} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n${GOOD}\r\n`;
      const [refused, closed] = [await subject.callRaw(nothing), await subject.callRaw(close)];
      return (
        expectStatus(refused, 404) ?? expectStatus(closed, 200) ?? (await subject.expectUntouched())
      );
    },
  },
  {
    id: "cut-off-body",
    sentence: "A body that is cut off is never applied",
    clause: "RFC 9112 section 8",
    kind: "tempts",
    needs: "address",
    check: async (subject) => {
      const form = POST.replace("application/json", "application/x-www-form-urlencoded");
      for (const bytes of [
        `${form}Content-Length: 40\r\n\r\nKEY1=value1&KEY2=val`,
        `${form}Transfer-Encoding: chunked\r\n\r\nb\r\nKEY1=value1\r\n`,
      ]) {
        const wire = subject.connect();
        wire.send(bytes);
        wire.finish();
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await wire.isEnded();
        wire.close();
      }
      return await subject.expectUntouched();
    },
  },
];
