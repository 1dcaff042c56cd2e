import { execFileSync, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT_STATUSES } from "../../src/pages/program.ts";
import { SETTINGS, variableOf } from "../../src/settings.ts";
import { InstalledPages, needProgram } from "./installed.ts";

let pages: InstalledPages;
beforeAll(async () => {
  pages = await InstalledPages.write();
});
afterAll(() => pages.remove());

describe("the manual page", () => {
  it("has every flag with its help, every variable and every exit status", (context) => {
    needProgram(context, "mandoc");
    const args = ["-Tutf8", "-O", "width=900", pages.path("man")];
    const shown = withoutOverstrikes(execFileSync("mandoc", args, { encoding: "utf8" }));
    for (const [name, { placeholder, fallback, help }] of Object.entries(SETTINGS)) {
      expect(shown).toMatch(new RegExp(`^ +--${name}${placeholder === "" ? "" : " "}`, "m"));
      expect(shown).toContain(`--${name} ${placeholder}`.trimEnd());
      expect(shown.toLowerCase()).toContain(`${help.toLowerCase()}.`);
      if (fallback !== "" && placeholder !== "") expect(shown).toContain(`default is ${fallback}.`);
      expect(shown).toContain(variableOf(name));
    }
    for (const [status, meaning] of EXIT_STATUSES) {
      expect(shown).toMatch(new RegExp(`^ +${status}\\b`, "m"));
      expect(shown.toLowerCase()).toContain(meaning.replaceAll("`", "").toLowerCase());
    }
  });

  it("is clean to mandoc", (context) => {
    needProgram(context, "mandoc");
    const { status, stdout } = spawnSync("mandoc", ["-Tlint", "-Wstyle", pages.path("man")]);
    expect([String(stdout), status]).toEqual(["", 0]);
  });

  it("is clean to man", (context) => {
    needProgram(context, "man");
    const args = ["--warnings", "--local-file", pages.path("man")];
    const { status, stdout, stderr } = spawnSync("man", args, { env: { ...ENV, MANWIDTH: "80" } });
    expect([String(stderr), status]).toEqual(["", 0]);
    expect(String(stdout)).toContain("hands a waiting container its environment, once");
  });

  it("is of the day that a repeatable build says", async () => {
    const before = process.env["SOURCE_DATE_EPOCH"];
    process.env["SOURCE_DATE_EPOCH"] = "1700000000";
    const dated = await InstalledPages.write();
    if (before === undefined) delete process.env["SOURCE_DATE_EPOCH"];
    else process.env["SOURCE_DATE_EPOCH"] = before;
    expect(dated.read("man")).toMatch(/^\.Dd November 14, 2023$/m);
    dated.remove();
  });
});

/** Overstruck characters are how a terminal is told of bold ones. */
function withoutOverstrikes(text: string): string {
  return text
    .split("\b")
    .map((part, index, parts) => (index + 1 < parts.length ? part.slice(0, -1) : part))
    .join("");
}

const ENV = { PATH: process.env["PATH"], LC_ALL: "C.UTF-8" };
