/** The parts of the native host that pack, keep and cut: as programs of their own, with sanitizers where they read. */

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const FLAGS = ["-g", "-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"];
const SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];
const TIMEOUT_MS = 120_000;

const NOISE = createHash("shake256", { outputLength: 70_000 }).digest();

const hasCompiler = spawnSync("cc", ["--version"]).status === 0;
const canBuild = hasCompiler && existsSync(".cache/quickjs/quickjs.h");
const isSkipped = !canBuild && process.env["CI"] === undefined;
if (isSkipped) console.warn("SKIPPED: the native host's memory, for want of a C compiler");

describe.skipIf(isSkipped)("the native host's memory", { timeout: TIMEOUT_MS }, () => {
  let folder = "";

  function compile(name: string, source: string, ...flags: readonly string[]): string {
    const program = join(folder, name);
    const includes = ["-isystem", ".cache/quickjs", "-I", "hosts/native", "-I", folder];
    execFileSync("cc", [...FLAGS, ...includes, ...flags, "-o", program, source]);
    return program;
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "memory-"));
    compile("pack", "hosts/native/pack.c");
    compile("keep-heap", "hosts/native/keep-heap.c", ...SANITIZED);
    compileLinked("linked");
  }, TIMEOUT_MS);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Packs all, and unpacks them by a program that they are linked into; the packed sizes. */
  function roundTrip(contents: readonly Uint8Array[]): readonly number[] {
    const paths = contents.map((content, index) => {
      const path = join(folder, `content-${index}`);
      writeFileSync(path, content);
      return path;
    });
    const packed = execFileSync(join(folder, "pack"), paths, { maxBuffer: 1024 ** 3 });
    writeFileSync(join(folder, "texts.c"), packed);
    const unpack = compile("unpack", "test/native/unpack.c", ...SANITIZED);
    const tried = spawnSync(unpack, paths, { encoding: "utf8" });
    expect(tried.stderr).toBe("");
    expect(tried.status, tried.stdout).toBe(0);
    return tried.stdout.trim().split("\n").map(Number);
  }

  it("unpacks what it has packed: long, short, all the same, and nothing", () => {
    const lengths = [
      0, 1, 4, 5, 12, 13, 14, 15, 16, 18, 19, 254, 269, 270, 271, 273, 274, 4096, 70_000,
    ];
    const same = lengths.map((length) => new Uint8Array(length).fill(120));
    const sizes = roundTrip([...same, ...lengths.map((length) => NOISE.subarray(0, length))]);
    expect(sizes[lengths.length - 1]).toBeLessThan(300);
    // What repeats nothing grows by its lengths alone.
    expect(sizes.at(-2)).toBe(4096 + 2 + Math.floor((4096 - 15) / 255));
  });

  it("finds what repeats as far back as the format reaches, and no farther", () => {
    const noise = NOISE.subarray(0, 100);
    const apart = (distance: number) =>
      Buffer.concat([noise, Buffer.alloc(distance - noise.length), noise, Buffer.alloc(12, 1)]);
    const [near = 0, far = 0] = roundTrip([apart(65_535), apart(65_536)]);
    expect(far - near).toBeGreaterThan(90);
  });

  it("unpacks whatever pieces are put together, in whatever order", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
    const pieces = fc.array(fc.tuple(bytes, fc.integer({ min: 1, max: 20 })), { maxLength: 12 });
    const content = fc
      .tuple(pieces, fc.array(fc.nat(11), { maxLength: 12 }))
      .map(([made, again]) => {
        const repeated = made.map(([piece, times]) => Buffer.concat(Array(times).fill(piece)));
        return Buffer.concat([...repeated, ...again.flatMap((index) => repeated[index] ?? [])]);
      });
    const contents = fc.array(content, { minLength: 40, maxLength: 60 });
    fc.assert(
      fc.property(contents, (all) => {
        expect(roundTrip(all)).toHaveLength(all.length);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  it.for([
    ["that it has room for", 1, 1000],
    ["that it has room for, in another order", 2, 1000],
    ["that fill it", 3, 20_000],
    ["of which one alone may fill it", 4, 300_000],
  ] as const)("holds what is written to blocks %s", ([, seed, greatest]) => {
    const macros = ["PROGRAM_SIZE 3", "PROGRAM 1, 2, 3", "LATER_PROGRAM_SIZE 1", "LATER_PROGRAM 4"];
    writeFileSync(join(folder, "program.h"), macros.map((macro) => `#define ${macro}\n`).join(""));
    const kept = compile("kept", "test/native/kept.c", ...SANITIZED);
    const tried = spawnSync(kept, [String(seed), String(greatest)], { encoding: "utf8" });
    expect(`${tried.stdout}${tried.stderr}`).toBe("0 failures\n");
    expect(tried.status).toBe(0);
  });

  it.runIf(process.arch === "x64")("is copied and compared as the C library does it", () => {
    const bytes = compile("bytes", "test/native/bytes.c", "-fno-builtin", ...SANITIZED);
    const tried = spawnSync(bytes, { encoding: "utf8" });
    expect(`${tried.stdout}${tried.stderr}`).toBe("0 failures\n");
  });

  /** A program with a heap of its own, which says where that is when it is run. */
  function compileLinked(name: string, ...flags: readonly string[]): void {
    const source = join(folder, `${name}.c`);
    writeFileSync(
      source,
      `#include <stdio.h>
       static volatile char kept[40000] __attribute__((section(".kept"), aligned(4096))) = {'a'};
       int main(void) { unsigned long at = (unsigned long)kept; fwrite(&at, sizeof at, 1, stdout);
         putchar(kept[0]); putchar(kept[1]); return 0; }\n`,
    );
    const link = ["-no-pie", "-s", "-Wl,-z,norelro", "-Wl,-T,hosts/native/kept.ld"];
    compile(name, source, ...link, ...flags);
  }

  /** The address that the program has its heap at. */
  function addressOf(name: string): Buffer {
    return execFileSync(join(folder, name)).subarray(0, 8);
  }

  function keepHeap(linked: string, heap: Uint8Array) {
    const [heapPath, out] = [join(folder, "heap"), join(folder, "out")];
    rmSync(out, { force: true });
    writeFileSync(heapPath, heap);
    const paths = [join(folder, linked), heapPath, out];
    const tried = spawnSync(join(folder, "keep-heap"), paths, {
      encoding: "utf8",
      // It ends with what it holds, as is fit for a program that builds.
      env: { ...process.env, ASAN_OPTIONS: "detect_leaks=0" },
    });
    return { status: tried.status, said: tried.stderr.replaceAll(`${folder}/`, ""), out };
  }

  it("writes a binary that begins with the heap that it was given, and ends with it", () => {
    const heap = Buffer.alloc(4096, "-");
    heap.write("xy");
    const { status, said, out } = keepHeap("linked", Buffer.concat([addressOf("linked"), heap]));
    expect({ status, said }).toEqual({ status: 0, said: "" });
    expect(execFileSync(out).subarray(8).toString()).toBe("xy");
    expect(readFileSync(out).subarray(-4096)).toEqual(heap);
    expect(statSync(out).size).toBeLessThan(statSync(join(folder, "linked")).size - 30_000);
    expect(statSync(out).mode & 0o777).toBe(0o755);
  });

  it.for([
    ["that has no whole address", () => Buffer.alloc(7), "heap: has no address\n"],
    [
      "of an address before the program's",
      () => Buffer.alloc(16),
      "linked: has another section behind the heap\n",
    ],
    [
      "of an address behind the program's",
      () => Buffer.alloc(16, 0x7f),
      "linked: no segment has the heap's address\n",
    ],
    [
      "greater than its place",
      () => Buffer.concat([addressOf("linked"), Buffer.alloc(40_001)]),
      "heap: does not fit\n",
    ],
  ] as const)("refuses a heap %s", ([, heap, sentence]) => {
    const { status, said, out } = keepHeap("linked", heap());
    expect({ status, said }).toEqual({ status: 1, said: sentence });
    expect(existsSync(out)).toBe(false);
  });
});
