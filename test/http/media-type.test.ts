import { describe, expect, it } from "vitest";
import { prefersJson, readMediaType } from "../../src/http/media-type.ts";
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

describe("prefersJson", () => {
  it.each<[sentence: string, values: string[], expected: boolean]>([
    ["JSON by its name", ["application/json"], true],
    ["JSON in any case", ["Application/Json"], true],
    ["JSON among others", ["text/html, application/json;q=0.1"], true],
    ["JSON on another line", ["text/html", "application/json"], true],
    ["JSON before anything else", ["application/json, */*;q=0.8"], true],
    ["JSON or anything else, alike", ["application/json, */*"], true],
    ["JSON or text, alike, as axios sends it", ["application/json, text/plain, */*"], true],
    ["JSON below text is not", ["text/plain, application/json;q=0.9"], false],
    ["JSON below anything is not", ["application/json;q=0.5, */*"], false],
    ["JSON above text, both weighed", ["text/plain;q=0.2, application/json;q=0.3"], true],
    ["JSON by three decimals", ["text/plain;q=0.998, application/json;q=0.999"], true],
    ["JSON ranked at zero is not", ["application/json;q=0"], false],
    ["JSON ranked at zero with decimals is not", ["application/json; Q=0.000"], false],
    ["JSON ranked at zero beside anything is not", ["*/*, application/json;q=0"], false],
    ["JSON and text ranked at zero are not", ["application/json;q=0, text/plain;q=0"], false],
    ["text ranked at zero leaves JSON to anything", ["*/*, text/plain;q=0"], true],
    ["everything is not: it is what callers send who know of no receipt", ["*/*"], false],
    ["everything by a weight is not", ["*/*;q=0.5"], false],
    ["anything of application is JSON, for there is no other", ["application/*"], true],
    ["anything of application or of text is not", ["application/*, text/*"], false],
    ["anything of application above text is", ["text/*;q=0.5, application/*;q=0.9"], true],
    ["a name counts before a wildcard", ["application/*;q=0.1, application/json, text/*"], true],
    ["a wildcard of the type counts before that of all", ["*/*, text/*;q=0.4"], true],
    ["a name ranked low counts before a wildcard", ["application/*, application/json;q=0"], false],
    ["another kind of JSON is not", ["application/problem+json"], false],
    ["a name that only begins alike is not", ["application/json5"], false],
    ["a parameter is of no account", ["application/json; charset=utf-8"], true],
    ["a weight behind a parameter counts", ["application/json;v=1;q=0"], false],
    ["a parameter that only begins as a weight is none", ["application/json;qs=0"], true],
    ["a comma in quotes parts nothing", ['application/json;x="a,b";q=0.1, */*;q=0.2'], false],
    ["a semicolon in quotes parts nothing", ['application/json;x=";q=0"'], true],
    ["an escaped quote ends nothing", ['application/json;x="\\",";q=0'], false],
    ["a quote that does not end takes the rest", ['text/plain;q=0.5;x=", application/json'], false],
    [
      "of two weights for one name the higher counts",
      ["*/json, application/json;q=0, application/json"],
      true,
    ],
    ["empty members are nothing", [",, application/json ,"], true],
    ["blanks around signs are nothing", ["application/json ; q=0"], false],
    ["nothing is not", [], false],
    ["an empty field is not", [""], false],
    ["half a wildcard is malformed", ["*/json", "application", "*"], false],
  ])("%s", (_sentence, values, expected) => {
    expect(prefersJson(headersOf("accept", values))).toBe(expected);
  });

  it.each([
    "q=",
    "q=2",
    "q=1.001",
    "q=-1",
    "q=0.1234",
    "q=.5",
    "q=0.5.1",
    "q=1e0",
    'q="1"',
    "q=x",
    "q=00",
    "q=01",
    "q=.",
  ])("a range with the malformed weight %s is as if it were not there", (weight) => {
    expect(prefersJson(headersOf("accept", [`application/json;${weight}`]))).toBe(false);
    expect(prefersJson(headersOf("accept", [`application/json, text/plain;${weight}`]))).toBe(true);
  });

  it.each(["q=1", "q=1.0", "q=1.000", "q=0.001", "q=1.", "q=0.5"])(
    "the weight %s is taken",
    (weight) => {
      expect(prefersJson(headersOf("accept", [`application/json;${weight}`]))).toBe(true);
    },
  );
});
