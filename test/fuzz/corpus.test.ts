import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fuzz } from "./request-path.ts";

const CORPUS = join(import.meta.dirname, "corpus");
const NAMES = readdirSync(CORPUS).filter((name) => !name.startsWith("."));

describe("what the fuzzer has found holds, whatever the bytes are:", () => {
  it("the corpus is there, and small enough to be read", () => {
    expect(NAMES.length).toBeGreaterThan(0);
    expect(NAMES.length).toBeLessThan(200);
  });

  it.each(NAMES)("%s", (name) => {
    expect(() => fuzz(readFileSync(join(CORPUS, name)))).not.toThrow();
  });
});
