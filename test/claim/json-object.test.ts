import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonObject } from "../../src/claim/json-object.ts";

function parsed(text: string): unknown {
  return parseJsonObject(text, Infinity)?.map((entry) => [
    entry.name,
    entry.kind === "text" ? entry.text : { kind: entry.kind },
  ]);
}

describe("parseJsonObject", () => {
  it.each<[string, string, unknown]>([
    ["an empty object", "{}", []],
    [
      "strings in their order",
      '{"b":"1","a":"2"}',
      [
        ["b", "1"],
        ["a", "2"],
      ],
    ],
    [
      "blanks everywhere",
      ' \n{ "a" :\t"1" ,\r"b":"2" } ',
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "every escape",
      '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00"}',
      [["a", '"\\/\b\f\n\r\tA\u{1f600}']],
    ],
    ["a lone surrogate, for the claim to refuse", '{"a":"\\ud800"}', [["a", "\ud800"]]],
    [
      "names of Object.prototype",
      '{"__proto__":"1","toString":"2"}',
      [
        ["__proto__", "1"],
        ["toString", "2"],
      ],
    ],
    [
      "other kinds by their names",
      '{"a":1,"b":-1.5e9,"c":true,"d":null,"e":[1,{"x":"]"}],"f":{"y":["}"]},"g":1e400}',
      [
        ["a", { kind: "number" }],
        ["b", { kind: "number" }],
        ["c", { kind: "boolean" }],
        ["d", { kind: "null" }],
        ["e", { kind: "array" }],
        ["f", { kind: "object" }],
        ["g", { kind: "number" }],
      ],
    ],
  ])("reads %s", (_sentence, text, expected) => {
    expect(parsed(text)).toEqual(expected);
  });

  it.each<[string, string]>([
    ["nothing", ""],
    ["null", "null"],
    ["an array", "[]"],
    ["a string", '"a"'],
    ["a byte order mark", '\ufeff{"a":"1"}'],
    ["a trailing comma", '{"a":"1",}'],
    ["a missing comma", '{"a":"1" "b":"2"}'],
    ["a missing value", '{"a":}'],
    ["an unquoted key", '{a:"1"}'],
    ["single quotes", "{'a':'1'}"],
    ["a raw line break in a string", '{"a":"\n"}'],
    ["an unknown escape", '{"a":"\\x"}'],
    ["a short unicode escape", '{"a":"\\u12"}'],
    ["a signed unicode escape", '{"a":"\\u-123"}'],
    ["an end within a string", '{"a":"1'],
    ["an end within an escape", '{"a":"\\'],
    ["text behind the object", '{"a":"1"} x'],
    ["a second object", "{}{}"],
    ["a word that is nothing", '{"a":undefined}'],
    ["a comment", '{/* */"a":"1"}'],
    ["the same key twice", '{"a":"1","a":"1"}'],
    ["the same key twice, once escaped", '{"a":"1","\\u0061":"2"}'],
    ["an unclosed array", '{"a":[[]'],
    ["an unclosed object", '{"a":"1"'],
  ])("refuses %s", (_sentence, text) => {
    expect(parseJsonObject(text, Infinity)).toBeUndefined();
  });

  it("survives a hundred thousand brackets", () => {
    const depth = 100_000;
    expect(parsed(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`)).toEqual([
      ["a", { kind: "array" }],
    ]);
    expect(parseJsonObject(`{"a":${"[".repeat(depth)}`, Infinity)).toBeUndefined();
    expect(parseJsonObject("[".repeat(depth), Infinity)).toBeUndefined();
  });

  it("reads what JSON.stringify writes of any object of strings", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), {
          selector: ([name]) => name,
        }),
        (pairs) => {
          const text = `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
          expect(parsed(text)).toEqual(pairs);
        },
      ),
    );
  });

  it("never takes a text for an object of strings that JSON.parse reads otherwise", () => {
    const grammar = fc.array(
      fc.constantFrom(
        "{",
        "}",
        '"a"',
        '"b"',
        ":",
        ",",
        "[",
        "]",
        "1",
        "null",
        " ",
        '"',
        "\\",
        "u0041",
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(grammar, (parts) => {
        const text = parts.join("");
        const entries = parseJsonObject(text, Infinity);
        if (entries === undefined || entries.some((entry) => entry.kind !== "text")) return;
        expect(Object.entries(JSON.parse(text) as object)).toEqual(parsed(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it("reads nothing behind the most keys that are wanted", () => {
    const text = '{"a":"1","b":"2",broken';
    expect(parseJsonObject(text, 2)).toHaveLength(2);
    expect(parseJsonObject(text, 3)).toBeUndefined();
    expect(parseJsonObject('{"a":"1","b":"2"}', 2)).toHaveLength(2);
  });
});
