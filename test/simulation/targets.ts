/** The outputs of a run: where each goes, and what an environment has to be there. */

import { createHash } from "node:crypto";
import type { SimulatedEnvironment } from "./environments.ts";
import type { Inode } from "./simulated-disk.ts";

export interface SimulatedTarget {
  /** As the settings call it. */
  readonly setting: string;
  readonly directory: string;
  readonly name: string;
  /** The directory and the name. */
  readonly path: string;
  readonly dialect: "portable" | "null" | "files";
}

/** A file's bytes, or a directory's files by their names. */
export type Content = Uint8Array | ReadonlyMap<string, Uint8Array>;

const ENCODER = new TextEncoder();

export function contentOf(
  { variables, file }: SimulatedEnvironment,
  dialect: SimulatedTarget["dialect"],
): Content {
  switch (dialect) {
    case "portable":
      return file;
    case "null":
      return ENCODER.encode(variables.map(([name, value]) => `${name}=${value}\0`).join(""));
    case "files":
      return new Map(variables.map(([name, value]) => [name, ENCODER.encode(value)]));
  }
}

/** What the receipt has to tell of it. */
export function measure(content: Content): { readonly length: number; readonly sha256: string } {
  if (content instanceof Uint8Array) return { length: content.length, sha256: hexOf(content) };
  const files = [...content];
  const parts = files.flatMap(([name, bytes]) => [
    ENCODER.encode(`${name}\0${bytes.length}\0`),
    bytes,
  ]);
  const length = files.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  return { length, sha256: hexOf(Buffer.concat(parts)) };
}

function hexOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether exactly that stands there: for a reader now, or for certain after a power cut. */
export function holds(
  inode: Inode | undefined,
  content: Content,
  view: "visible" | "durable",
): boolean {
  if (inode === undefined) return false;
  if (content instanceof Uint8Array) {
    if (inode.kind !== "file" && inode.kind !== "mounted") return false;
    if (view === "durable" && inode.pending.length > 0) return false;
    return isEqual(view === "visible" ? inode.bytes : inode.durable, content);
  }
  if (inode.kind !== "directory" || inode.entries.names.length !== content.size) return false;
  if (view === "durable" && !inode.entries.isDurable) return false;
  return [...content].every(([name, bytes]) => holds(inode.entries.find(name), bytes, view));
}

export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left === right || Buffer.compare(left, right) === 0;
}

/** Whether `name` is one that a commit of that target gives for a while. */
export function isTemporaryOf(target: SimulatedTarget, path: string): boolean {
  return path.startsWith(`${target.directory}/.${target.name}.startup-server-`);
}
