/** The files dialect: a file a variable, and nothing else in it. */

import { describe, expect, it } from "vitest";
import { files } from "../../src/dialects/files.ts";
import { format, itRefusesNames, itWrites } from "./table.ts";

describe("the files dialect", () => {
  itWrites(files, [
    ["a value without a final line feed", "value1", "A: value1"],
    ["the empty value as an empty file", "", "A: "],
    ["line breaks, quotes and blanks as they are", " a\r\n'\"\n", "A:  a\r\n'\"\n"],
  ]);
  itRefusesNames(files, [
    ["that is a directory", "..", "has a name that begins with a dot"],
    ["longer than file names", "A".repeat(256), "has a name of more than 255 bytes"],
  ]);
  it("writes no file for no variables", () => {
    expect(format(files, [])).toEqual({ written: "", uncommonNames: [] });
  });
});
