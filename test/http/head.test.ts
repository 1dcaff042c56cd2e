import { describe, expect, it } from "vitest";
import type { Framing, RequestHead, Target } from "../../src/http/request.ts";
import { RequestParser } from "../../src/http/request-parser.ts";
import { bytesOf, LIMITS } from "./reading.ts";

function headOf(requestLine: string, ...fields: readonly string[]): RequestHead {
  const parser = new RequestParser(LIMITS);
  parser.push(bytesOf(`${[requestLine, "Host: h", ...fields].join("\r\n")}\r\n\r\n`));
  const step = parser.next();
  if (step.kind !== "head") throw new Error(`expected a head, got ${JSON.stringify(step)}`);
  return step.head;
}

describe("a target is taken apart and not decoded:", () => {
  it.each<[target: string, expected: Target]>([
    ["/", { path: "/", query: undefined, authority: undefined }],
    ["/?", { path: "/", query: "", authority: undefined }],
    ["/?A=1?B", { path: "/", query: "A=1?B", authority: undefined }],
    ["/a/../b//c/.", { path: "/a/../b//c/.", query: undefined, authority: undefined }],
    ["/%2f%41?%20", { path: "/%2f%41", query: "%20", authority: undefined }],
    ["//h/x", { path: "//h/x", query: undefined, authority: undefined }],
    ["/HEART_BEAT", { path: "/HEART_BEAT", query: undefined, authority: undefined }],
    ["/http://x/", { path: "/http://x/", query: undefined, authority: undefined }],
    ["/{a}|^`", { path: "/{a}|^`", query: undefined, authority: undefined }],
    ["http://h", { path: "/", query: undefined, authority: "h" }],
    ["http://h/", { path: "/", query: undefined, authority: "h" }],
    ["http://h?A=/", { path: "/", query: "A=/", authority: "h" }],
    ["HTTPS://H/a?b", { path: "/a", query: "b", authority: "H" }],
  ])("%s", (target, expected) => {
    expect(headOf(`GET ${target} HTTP/1.1`).target).toEqual(expected);
  });

  it("* of OPTIONS is a path, the authority of CONNECT is none", () => {
    expect(headOf("OPTIONS * HTTP/1.1").target.path).toBe("*");
    expect(headOf("CONNECT h:80 HTTP/1.1").target.path).toBe("");
  });
});

describe("a connection persists", () => {
  it.each<[sentence: string, version: string, fields: string[], expected: boolean]>([
    ["in HTTP/1.1", "HTTP/1.1", [], true],
    [
      "in HTTP/1.1 with options that are not close",
      "HTTP/1.1",
      ["Connection: keep-alive, closed"],
      true,
    ],
    ["not behind close", "HTTP/1.1", ["Connection: close"], false],
    ["not behind close in any case", "HTTP/1.1", ["Connection: CLOSE"], false],
    ["not behind close among other options", "HTTP/1.1", ["Connection: a,\tclose ,b"], false],
    [
      "not behind close on another line",
      "HTTP/1.1",
      ["Connection: keep-alive", "Connection: close"],
      false,
    ],
    ["never in HTTP/1.0", "HTTP/1.0", ["Connection: keep-alive"], false],
  ])("%s", (_sentence, version, fields, expected) => {
    expect(headOf(`GET / ${version}`, ...fields).persists).toBe(expected);
  });
});

describe("100 Continue is waited for", () => {
  const expectation = "Expect: 100-continue";
  it.each<[sentence: string, version: string, fields: string[], expected: boolean]>([
    ["before a body with a length", "HTTP/1.1", [expectation, "Content-Length: 1"], true],
    ["before a chunked body", "HTTP/1.1", [expectation, "Transfer-Encoding: chunked"], true],
    ["not without the expectation", "HTTP/1.1", ["Content-Length: 1"], false],
    ["not where no body is announced", "HTTP/1.1", [expectation], false],
    ["not before a body of no bytes", "HTTP/1.1", [expectation, "Content-Length: 0"], false],
    ["not in HTTP/1.0", "HTTP/1.0", [expectation, "Content-Length: 1"], false],
  ])("%s", (_sentence, version, fields, expected) => {
    expect(headOf(`POST / ${version}`, ...fields).expectsContinue).toBe(expected);
  });
});

describe("the body is framed", () => {
  it.each<[sentence: string, fields: string[], expected: Framing]>([
    ["as none where nothing is said", [], { kind: "none" }],
    ["by its length", ["Content-Length: 12"], { kind: "length", length: 12 }],
    ["by a length with zeros in front", ["Content-Length: 0012"], { kind: "length", length: 12 }],
    ["by its chunks", ["Transfer-Encoding: chunked"], { kind: "chunked" }],
    [
      "as none by fields that are only like them",
      ["Content_Length: 1", "X-Content-Length: 2"],
      { kind: "none" },
    ],
  ])("%s", (_sentence, fields, expected) => {
    expect(headOf("POST / HTTP/1.1", ...fields).framing).toEqual(expected);
  });
});

describe("header fields", () => {
  it("are found by their names in lower case, values trimmed, in order", () => {
    const { headers } = headOf("GET / HTTP/1.1", "A: 1", "a:\t2 \t", "A:", "B: x\ty");
    expect(headers.all("a")).toEqual(["1", "2", ""]);
    expect([headers.single("a"), headers.single("b"), headers.single("c")]).toEqual([
      undefined,
      "x\ty",
      undefined,
    ]);
    expect([headers.has("b"), headers.has("c")]).toEqual([true, false]);
  });

  it("are listed over all lines, in lower case, without empty members", () => {
    const { headers } = headOf("GET / HTTP/1.1", "A: One, ,two,", "A:", "A: THREE");
    expect(headers.list("a")).toEqual(["one", "two", "three"]);
  });

  it("may have the names of the language's own", () => {
    const { headers } = headOf("GET / HTTP/1.1", "__proto__: 1", "constructor: 2");
    expect([headers.single("__proto__"), headers.single("constructor")]).toEqual(["1", "2"]);
    expect(headers.has("tostring")).toBe(false);
  });
});
