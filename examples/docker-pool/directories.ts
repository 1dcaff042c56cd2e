/** The directory that each container shares with the orchestrators: the server's socket, and behind a claim its env file. */

import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isName, JOB_VARIABLE } from "./engine.ts";

/**
 * What became of a container, which nothing can change but from `starting` over `free` to `claimed`: the server writes
 * the env file as a whole, once, and before it answers. By whom is undefined where the workload has
 * spoilt that file. `gone`: the container was removed.
 */
export type Fact =
  | { readonly kind: "claimed"; readonly job: string | undefined }
  | { readonly kind: "free" }
  | { readonly kind: "starting" }
  | { readonly kind: "gone" };

/** More than an env file of the greatest claim takes; the file lies in the workload's hands. */
const MAX_BYTES = 8 * 1024 * 1024;

export class Directories {
  readonly #root: string;

  /** Only root may enter `root`, so in the directories below any user of a container may write. */
  constructor(root: string) {
    this.#root = root;
  }

  path(serial: string): string {
    return join(this.#root, serial);
  }

  /** What claim() takes. Unlike an address, a path leads to no other container once this one is gone. */
  url(serial: string): string {
    return `unix:${join(this.path(serial), "socket")}`;
  }

  async makeRoot(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
  }

  async make(serial: string): Promise<void> {
    await mkdir(this.path(serial), { recursive: true });
    await chmod(this.path(serial), 0o777);
  }

  async remove(serial: string): Promise<void> {
    await rm(this.path(serial), { recursive: true, force: true });
  }

  list(): Promise<readonly string[]> {
    return readdir(this.#root);
  }

  async read(serial: string): Promise<Fact> {
    const text = await readPlainFile(join(this.path(serial), "env.json"));
    if (text !== undefined) return { kind: "claimed", job: readJob(text) };
    if (await isThere(join(this.path(serial), "socket"))) return { kind: "free" };
    return { kind: (await isThere(this.path(serial))) ? "starting" : "gone" };
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** Undefined where there is none. A workload may have put a link or a pipe there: neither is followed or waited for. */
async function readPlainFile(path: string): Promise<string | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const status = await file.stat();
      return status.isFile() && status.size <= MAX_BYTES ? await file.readFile("utf8") : "";
    } finally {
      await file.close();
    }
  } catch (thrown) {
    return Object(thrown).code === "ENOENT" ? undefined : "";
  }
}

function readJob(text: string): string | undefined {
  try {
    const job: unknown = Object(JSON.parse(text))[JOB_VARIABLE];
    return typeof job === "string" && isName(job) ? job : undefined;
  } catch {
    return undefined;
  }
}
