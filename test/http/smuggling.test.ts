import { describe, expect, it } from "vitest";
import { summarize } from "./reading.ts";

/**
 * The known classes of request smuggling, each in the forms that have worked on some pair of a proxy
 * and a server. Behind or within each stands a request that must never be taken for one of its own,
 * unless every strict reader takes it so.
 */
const HIDDEN = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: h\r\n";
const chunkedOf = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

/** Content-Length covers the whole; the chunked body ends before the hidden request. */
const clTe = (coding: string): string => {
  const body = `0\r\n\r\n${HIDDEN}`;
  return `${POST}Content-Length: ${body.length}\r\n${coding}\r\n\r\n${body}`;
};
/** The chunked body covers the whole; Content-Length ends before the hidden request. */
const teCl = (coding: string): string =>
  `${POST}Content-Length: 4\r\n${coding}\r\n\r\n${chunkedOf(HIDDEN)}`;

/** Codings that one reader sees and another does not. */
const OBFUSCATED: readonly (readonly [how: string, field: string])[] = [
  ["plain", "Transfer-Encoding: chunked"],
  ["without a blank", "Transfer-Encoding:chunked"],
  ["with two blanks", "Transfer-Encoding:  chunked"],
  ["with a tab", "Transfer-Encoding:\tchunked"],
  ["with a tab behind", "Transfer-Encoding: chunked\t"],
  ["with a blank before the colon", "Transfer-Encoding : chunked"],
  ["with a tab before the colon", "Transfer-Encoding\t: chunked"],
  ["with a blank before the name", " Transfer-Encoding: chunked"],
  ["folded", "Transfer-Encoding:\r\n chunked"],
  ["folded with a tab", "Transfer-Encoding:\r\n\tchunked"],
  ["behind a folded field", "A: b\r\n Transfer-Encoding: chunked"],
  ["behind a bare LF", "A: b\nTransfer-Encoding: chunked"],
  ["behind a bare CR", "A: b\rTransfer-Encoding: chunked"],
  ["behind a NUL", "A: b\0Transfer-Encoding: chunked"],
  ["with a vertical tab", "Transfer-Encoding: \x0bchunked"],
  ["with a form feed", "Transfer-Encoding:\x0cchunked"],
  ["with a NUL behind", "Transfer-Encoding: chunked\0"],
  ["with a bare CR behind", "Transfer-Encoding: chunked\r"],
  ["with a no-break space", "Transfer-Encoding: \xa0chunked"],
  ["with a byte order mark", "\xef\xbb\xbfTransfer-Encoding: chunked"],
  ["with a letter over 127 that folds to k", "Transfer-Encoding: chun\xe2\x84\xaaed"],
  ["in capitals", "TRANSFER-ENCODING: CHUNKED"],
  ["with an underscore", "Transfer_Encoding: chunked"],
  ["in quotes", 'Transfer-Encoding: "chunked"'],
  ["in single quotes", "Transfer-Encoding: 'chunked'"],
  ["with a letter in front", "Transfer-Encoding: xchunked"],
  ["with a letter behind", "Transfer-Encoding: chunkedx"],
  ["with a parameter", "Transfer-Encoding: chunked;a=b"],
  ["in brackets", "Transfer-Encoding: [chunked]"],
  ["with a comma behind", "Transfer-Encoding: chunked,"],
  ["with a comma in front", "Transfer-Encoding: ,chunked"],
  ["and identity", "Transfer-Encoding: chunked, identity"],
  ["behind identity", "Transfer-Encoding: identity, chunked"],
  ["behind identity on another line", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"],
  ["before identity on another line", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"],
  ["before nonsense on another line", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow"],
  [
    "before nonsense with a name in lower case",
    "Transfer-Encoding: chunked\r\ntransfer-encoding: cow",
  ],
  ["under Connection", "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked"],
  ["with an empty name in front", ": a\r\nTransfer-Encoding: chunked"],
  ["with an equals sign", "Transfer-Encoding= chunked"],
];

/** Names that only look like Transfer-Encoding: to every strict reader they are fields like any other. */
const UNLIKE = ["with an underscore"];

/** Codings that are refused even where there is no Content-Length for them to contradict. */
const SOUND = [
  "plain",
  "without a blank",
  "with two blanks",
  "with a tab",
  "with a tab behind",
  "in capitals",
  "under Connection",
];

describe("Content-Length beside a Transfer-Encoding", () => {
  for (const [how, field] of OBFUSCATED) {
    if (UNLIKE.includes(how)) continue;
    it(`${how} is refused, whichever covers the hidden request`, () => {
      expect(summarize(clTe(field)).length).toBe(1);
      expect(summarize(clTe(field))[0]).toMatch(/^malformed_|^conflicting_|^unsupported_/);
      expect(summarize(teCl(field)).length).toBe(1);
      expect(summarize(teCl(field))[0]).toMatch(/^malformed_|^conflicting_|^unsupported_/);
    });
  }

  it("that is none by its name leaves Content-Length to frame the body", () => {
    const body = `0\r\n\r\n${HIDDEN}`;
    for (const how of UNLIKE) {
      const field = OBFUSCATED.find(([name]) => name === how)?.[1] ?? "";
      expect(summarize(clTe(field))).toEqual([`request ${JSON.stringify(body)}`]);
    }
  });
});

describe("a Transfer-Encoding alone", () => {
  for (const [how, field] of OBFUSCATED) {
    if (UNLIKE.includes(how)) continue;
    const isSound = SOUND.includes(how);
    it(`${how} ${isSound ? "frames the hidden request as a body" : "is refused"}`, () => {
      const told = summarize(`${POST}${field}\r\n\r\n${chunkedOf(HIDDEN)}`);
      if (isSound) expect(told).toEqual([`request ${JSON.stringify(HIDDEN)}`]);
      else expect(told).toEqual([expect.stringMatching(/^malformed_|^unsupported_/)]);
    });
  }
});

describe("Content-Length in forms that readers read differently is refused", () => {
  it.each([
    ["0\r\nContent-Length: 44"],
    ["44\r\nContent-Length: 0"],
    ["44\r\nContent-Length: 44"],
    ["44\r\nContent-Length : 0"],
    ["44\r\n Content-Length: 0"],
    ["0, 44"],
    ["44,"],
    ["+44"],
    ["-0"],
    ["0x2c"],
    ["44.0"],
    ["4 4"],
    ["44 0"],
    ["44;a"],
    ['"44"'],
    ["4_4"],
    ["\x0b44"],
    ["44\x0b"],
    ["44\0"],
    ["\xa044"],
    [""],
    ["\r\n 44"],
    ["18446744073709551660"],
    ["4294967340000000000"],
    ["1e1"],
    ["\xb2"],
    ["NaN"],
  ])("%j", (length) => {
    const told = summarize(`${POST}Content-Length: ${length}\r\n\r\n${HIDDEN}`);
    expect(told).toEqual([expect.stringMatching(/^malformed_/)]);
  });
});

describe("chunks that readers end in different places are refused", () => {
  it.each<[how: string, body: string]>([
    ["a bare LF behind the size", `2\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a bare CR behind the size", `2\rxx\r\n0\r\n\r\n${HIDDEN}`],
    ["CR and a letter behind the size", `2\rXxx\r\n0\r\n\r\n${HIDDEN}`],
    ["two bytes of anything behind the data", `2\r\nxxyy0\r\n\r\n${HIDDEN}`],
    ["a bare LF behind the data", `2\r\nxx\n0\r\n\r\n${HIDDEN}`],
    ["nothing behind the data", `2\r\nxx0\r\n\r\n${HIDDEN}`],
    ["a size cut short by a letter", `2x\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a size in the dress of hexadecimal", `0x2\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a negative size", `-2\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a signed size", `+2\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a size with a separator", `0_2\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["an empty size", `\r\n${HIDDEN}`],
    ["a blank in front of the size", ` 2\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a NUL behind the size", `2\0\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a size of seventeen digits", `10000000000000002\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a size over 32 bits", `100000002\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a size of minus one in 64 bits", `ffffffffffffffff\r\n${HIDDEN}`],
    ["an extension that holds a bare LF", `2;a\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["an extension that holds a bare CR", `2;a\rb\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["an extension whose quotes hold the line's end", `2;a="\r\nxx\r\n0\r\n\r\n${HIDDEN}"\r\n`],
    ["an extension without semicolon", `2 a=b\r\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ["a last chunk that ends in a bare LF", `0\n\r\n${HIDDEN}`],
    ["a last line that is a bare LF", `0\r\n\n${HIDDEN}`],
    ["a last line that is a bare CR", `0\r\n\r${HIDDEN}`],
    ["the next request in the place of the last line", `0\r\n${HIDDEN}`],
    ["a trailer that is folded", `0\r\nA: b\r\n c\r\n\r\n${HIDDEN}`],
    ["a trailer that frames", `0\r\nContent-Length: 99\r\n\r\n${HIDDEN}`],
    ["a trailer with a bare LF", `0\r\nA: b\nC: d\r\n\r\n${HIDDEN}`],
  ])("%s", (_how, body) => {
    const told = summarize(`${POST}Transfer-Encoding: chunked\r\n\r\n${body}`);
    expect(told).toEqual([expect.stringMatching(/^malformed_/)]);
  });
});

describe("lines that readers end in different places are refused", () => {
  it.each<[how: string, text: string]>([
    ["a head that ends in two bare LFs", `GET / HTTP/1.1\r\nHost: h\n\n${HIDDEN}`],
    ["a head that ends in LF CR LF", `GET / HTTP/1.1\r\nHost: h\n\r\n${HIDDEN}`],
    ["a head that ends in CR CR LF", `GET / HTTP/1.1\r\nHost: h\r\r\n\r\n${HIDDEN}`],
    ["a head that ends in two bare CRs", `GET / HTTP/1.1\r\nHost: h\r\r${HIDDEN}`],
    [
      "a line of a blank in the place of the empty line",
      `GET / HTTP/1.1\r\nHost: h\r\n \r\n${HIDDEN}`,
    ],
    [
      "a line of a tab in the place of the empty line",
      `GET / HTTP/1.1\r\nHost: h\r\n\t\r\n${HIDDEN}`,
    ],
    ["a field in front of the request line", `A: b\r\n${HIDDEN}`],
    [
      "a request line within a request line",
      `GET / HTTP/1.1 GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n`,
    ],
    ["a version in the target", `GET /?a HTTP/1.1/hidden HTTP/1.1\r\nHost: h\r\n\r\n`],
    ["a line separator of Unicode's C1 in the method", `GET\x85/ HTTP/1.1\r\nHost: h\r\n\r\n`],
    ["two Hosts, one folded", `GET / HTTP/1.1\r\nHost: h\r\nHost:\r\n evil\r\n\r\n${HIDDEN}`],
    ["two Hosts, one behind a blank", `GET / HTTP/1.1\r\nHost: h\r\n Host: evil\r\n\r\n${HIDDEN}`],
    [
      "two Hosts, one with a blank before the colon",
      `GET / HTTP/1.1\r\nHost: h\r\nHost : evil\r\n\r\n${HIDDEN}`,
    ],
  ])("%s", (_how, text) => {
    expect(summarize(text)).toEqual([expect.stringMatching(/^malformed_/)]);
  });

  it("but a CR within a body, and a request within a body, belong to the body", () => {
    const body = `\r\n\r\n${HIDDEN}\r`;
    const told = summarize(`${POST}Content-Length: ${body.length}\r\n\r\n${body}`);
    expect(told).toEqual([`request ${JSON.stringify(body)}`]);
  });

  it("and GET without a length has no body, so that what follows is a request of its own", () => {
    const told = summarize(
      `GET / HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\n\r\n${HIDDEN}`,
    );
    expect(told).toEqual(['request ""', 'request ""']);
  });
});
