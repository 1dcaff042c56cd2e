import { describe, expect, it } from "vitest";
import { acceptsJson, readMediaType } from "../../src/http/media-type.ts";
import { Headers } from "../../src/http/request.ts";

function headersOf(name: string, values: readonly string[]): Headers {
  const headers = new Headers();
  for (const value of values) headers.add(name, value);
  return headers;
}

describe("readMediaType", () => {
  it.each<[sentence: string, values: string[], expected: string | undefined]>([
    ["a media type is itself", ["application/json"], "application/json"],
    ["a media type is in any case", ["Application/JSON"], "application/json"],
    ["parameters are left out", ["text/plain; a=b"], "text/plain"],
    ["UTF-8 is taken", ["application/json; charset=utf-8"], "application/json"],
    [
      "UTF-8 is taken in any case and without a blank",
      ["application/json;CHARSET=UTF-8"],
      "application/json",
    ],
    ["UTF-8 is taken in quotes", ['application/json; charset="UTF-8"'], "application/json"],
    ["UTF-8 is taken by its other name", ["application/json; charset=utf8"], "application/json"],
    ["a parameter that only ends in charset is another", ["a/b; xcharset=latin1"], "a/b"],
    ["none is none", [], undefined],
    ["an empty one is none", [""], undefined],
    ["two are none, even where they agree", ["a/b", "a/b"], undefined],
    ["another charset is refused", ["application/json; charset=iso-8859-1"], undefined],
    ["UTF-16 is refused", ["application/json; charset=utf-16"], undefined],
    ["another charset behind UTF-8 is refused", ["a/b; charset=utf-8; charset=latin1"], undefined],
    ["a charset with blanks around its sign is read", ["a/b; charset = latin1"], undefined],
    ["UTF-8 and more is refused", ["a/b; charset=utf-8=latin1"], undefined],
    ["quotes within UTF-8 are refused", ['a/b; charset=u"t"f-8'], undefined],
    ["a charset without value is refused", ["a/b; charset"], undefined],
  ])("%s", (_sentence, values, expected) => {
    expect(readMediaType(headersOf("content-type", values))).toBe(expected);
  });

  it("a list of media types is none that anybody takes", () => {
    const listed = headersOf("content-type", ["application/json, text/plain"]);
    expect(readMediaType(listed)).not.toBe("application/json");
  });
});

describe("acceptsJson", () => {
  it.each<[sentence: string, values: string[], expected: boolean]>([
    ["JSON by its name", ["application/json"], true],
    ["JSON in any case", ["Application/Json"], true],
    ["JSON among others", ["text/html, application/json;q=0.1"], true],
    ["JSON on another line", ["text/html", "application/json"], true],
    ["JSON ranked at zero is not", ["application/json;q=0"], false],
    ["JSON ranked at zero with decimals is not", ["application/json; Q=0.000"], false],
    ["everything is not: it is what callers send who know of no receipt", ["*/*"], false],
    ["anything of application is not", ["application/*"], false],
    ["another kind of JSON is not", ["application/problem+json"], false],
    ["nothing is not", [], false],
  ])("%s", (_sentence, values, expected) => {
    expect(acceptsJson(headersOf("accept", values))).toBe(expected);
  });
});
