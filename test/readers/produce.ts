/** Makes the file or directory that readers read: by the formatter, or by the real program. */

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { environmentOf, type Item } from "./items.ts";

/** The path of what is written for the items; its last part is always the same. */
export type Producer = (items: readonly Item[]) => string;

/** Vite and its like look for this name only. */
const FILE_NAME = ".env";

export class Workshop {
  readonly #directory = mkdtempSync(join(tmpdir(), "startup-server-readers-"));
  #count = 0;

  /** What the dialect's formatter writes, computed here. */
  format(dialect: Dialect, items: readonly Item[]): string {
    const formatted = dialect.format(environmentOf(items));
    if (!formatted.ok) throw new Error(`expected ${dialect.name} to hold what it holds alone`);
    const path = this.freshPath();
    if (formatted.value.kind === "file") writeFileSync(path, formatted.value.text);
    else {
      mkdirSync(path);
      for (const { name, text } of formatted.value.files) writeFileSync(join(path, name), text);
    }
    return path;
  }

  freshPath(): string {
    this.#count += 1;
    const directory = join(this.#directory, String(this.#count));
    mkdirSync(directory);
    return join(directory, FILE_NAME);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A built program: its name in the table, and how it is started. */
export interface Program {
  readonly name: string;
  readonly argv: readonly string[];
}

const PROGRAMS: readonly Program[] = [
  { name: "Node host", argv: [process.execPath, "dist/startup-server.mjs"] },
  { name: "native host", argv: ["dist/startup-server"] },
];

/** Those programs that are built and know `--format`. */
export function findPrograms(): readonly Program[] {
  return PROGRAMS.filter(({ argv: [file = "", ...rest] }) => {
    if (!existsSync(rest[0] ?? file)) return false;
    return spawnSync(file, [...rest, "--help"], { encoding: "utf8" }).stdout.includes("--format");
  });
}

const READY_MS = 10_000;

/** Starts the program, claims with the items, and waits for it to end: what it left at `path`. */
export async function claim(
  { argv: [file = "", ...rest] }: Program,
  dialect: string,
  items: readonly Item[],
  path: string,
): Promise<void> {
  const flags = ["--host", "127.0.0.1", "--port", "0", "--file", path, "--format", dialect];
  const server = spawn(file, [...rest, ...flags, "--drain", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: READY_MS * 3,
  });
  const ended = new Promise<number | null>((resolve) => server.on("close", resolve));
  let log = "";
  const port = await new Promise<number>((resolve, reject) => {
    server.stderr.on("data", (chunk: Buffer) => {
      log += chunk.toString("utf8");
      const found = /"port":(\d+)/.exec(log);
      if (found !== null) resolve(Number(found[1]));
    });
    server.on("error", reject);
    server.on("close", () =>
      reject(new Error(`the server ended before it listened: ${log.slice(0, 300)}`)),
    );
  });
  // An object would move names of digits to its front.
  const body = `{${items.map(({ name, value }) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body,
  });
  const text = await response.text();
  if (response.status !== 200) {
    server.kill();
    throw new Error(
      `expected the claim to be accepted, got ${response.status}: ${text.slice(0, 300)}`,
    );
  }
  const status = await ended;
  if (status !== 0) throw new Error(`expected the server to end with status 0, got ${status}`);
}

/** Whether both paths hold the same bytes, file by file. */
export function isSame(one: string, other: string): boolean {
  if (!statSync(one).isDirectory()) return readFileSync(one).equals(readFileSync(other));
  const names = readdirSync(one).toSorted();
  if (names.join("/") !== readdirSync(other).toSorted().join("/")) return false;
  return names.every((name) =>
    readFileSync(join(one, name)).equals(readFileSync(join(other, name))),
  );
}
