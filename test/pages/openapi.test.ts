import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { formatOpenApi } from "../../src/pages/openapi.ts";
import { PROBLEMS } from "../../src/problems.ts";
import { MAX_WAIT_SECONDS } from "../../src/server/status.ts";
import { readDocument } from "./openapi-document.ts";

const DOCUMENT = readDocument();

describe("the OpenAPI description", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(formatOpenApi())).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    // References that lead nowhere throw.
    expect(() => validator.resolveRefs()).not.toThrow();
  });

  it("is refused by the validator where it has a mistake", async () => {
    const broken = formatOpenApi().replace('"responses":', '"replies":');
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  it("has no schema but such as compile, and none that takes anything", () => {
    for (const name of DOCUMENT.schemaNames) {
      expect([name, DOCUMENT.check(name, 1)]).toEqual([name, "data must be object"]);
    }
    for (const { responses } of DOCUMENT.operations) {
      for (const { mediaTypes, check } of responses.values()) {
        for (const mediaType of mediaTypes) expect(check(mediaType, 1)).toBeDefined();
      }
    }
  });

  it("names each operation, and none twice", () => {
    const ids = DOCUMENT.operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[a-z][A-Za-z]+$/.test(id))).toBe(true);
  });

  it("describes every path that the program wires, and no other", () => {
    const wired = readFileSync("src/main.ts", "utf8").matchAll(/^ {4}\["(\/[^"]*)",/gm);
    const paths = new Set(DOCUMENT.operations.map(({ path }) => path));
    expect([...paths].toSorted()).toEqual([...wired].map(([, path]) => path).toSorted());
  });

  it("has every problem in an answer of its status, and its sentence for people", () => {
    for (const [code, [status, sentence]] of Object.entries(PROBLEMS)) {
      const refusal = DOCUMENT.refusals.get(String(status)) ?? DOCUMENT.refusals.get("default");
      expect([code, refusal?.codes.includes(code)]).toEqual([code, true]);
      expect([code, refusal?.statuses.includes(status)]).toEqual([code, true]);
      expect(formatOpenApi()).toContain(`\`${code}\` (${status}): ${sentence}`);
    }
  });

  it("agrees with the problem's sentence on how long to wait", () => {
    expect(PROBLEMS.malformed_query[1]).toMatch(new RegExp(`from 0 to ${MAX_WAIT_SECONDS}$`));
  });
});
