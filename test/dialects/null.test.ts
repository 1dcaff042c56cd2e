/** The null dialect: values as they are, each ended by NUL. */

import { describe, expect, it } from "vitest";
import { nullEnded } from "../../src/dialects/null.ts";
import { format, itWrites } from "./table.ts";

describe("the null dialect", () => {
  itWrites(nullEnded, [
    ["a simple value", "value1", "A=value1\0"],
    ["the empty value", "", "A=\0"],
    ["line breaks, quotes and equals signs as they are", "=a\r\nB='x'\\", "A==a\r\nB='x'\\\0"],
  ]);
  it("ends each variable, the last one too", () => {
    expect(
      format(nullEnded, [
        ["B", "1"],
        ["A", "2"],
      ]),
    ).toMatchObject({ written: "B=1\0A=2\0" });
  });
});
