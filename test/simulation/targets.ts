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
  readonly dialect: "portable" | "null" | "files" | "record";
  /** Of a record alone: what it says of the settings, and the outputs that it tells of. */
  readonly recorded?: {
    readonly terms: string;
    readonly outputs: readonly SimulatedTarget[];
    /** Whether the variables are recorded too. */
    readonly kept: "digests" | "variables";
  };
}

/** Where the outputs of which this is the first are recorded. */
export function recordOf(
  { directory, name }: SimulatedTarget,
  recorded: Required<SimulatedTarget>["recorded"],
): SimulatedTarget {
  const recordName = `.${name}.startup-server-claimed`;
  const path = `${directory}/${recordName}`;
  return { setting: path, directory, name: recordName, path, dialect: "record", recorded };
}

/** A file's bytes, or a directory's files by their names. */
export type Content = Uint8Array | ReadonlyMap<string, Uint8Array>;

const ENCODER = new TextEncoder();

export function contentOf(environment: SimulatedEnvironment, target: SimulatedTarget): Content {
  const { variables, file } = environment;
  switch (target.dialect) {
    case "portable":
      return file;
    case "null":
      return ENCODER.encode(variables.map(([name, value]) => `${name}=${value}\0`).join(""));
    case "files":
      return new Map(variables.map(([name, value]) => [name, ENCODER.encode(value)]));
    case "record":
      return recordContent(environment, target);
  }
}

/** README's «A restarted server» has this format. */
function recordContent(environment: SimulatedEnvironment, { recorded }: SimulatedTarget): Content {
  const names = environment.variables.map(([name]) => name).join(",");
  const measures = recorded?.outputs.map((output) => {
    const { length, sha256 } = measure(contentOf(environment, output));
    return `${length} ${sha256}`;
  });
  const pairs = environment.variables.map(([name, value]) => `${name}=${value}\0`);
  const kept = recorded?.kept === "variables" ? pairs.join("") : "";
  const rest = `${recorded?.terms}\n${names}\n${measures?.join(" ")}\n${kept}`;
  return ENCODER.encode(`startup-server-claimed 1 ${hexOf(ENCODER.encode(rest))}\n${rest}`);
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

/** Whether `path` is one that a commit of that target gives for a while, or is in a directory that has one. */
export function isTemporaryOf({ directory, name }: SimulatedTarget, path: string): boolean {
  const prefix = `${directory}/.${name}.startup-server-`;
  return path.startsWith(prefix) && TEMPORARY_REST.test(path.slice(prefix.length));
}

const TEMPORARY_REST = /^[0-9a-f]{32}(\.old)?(\/|$)/;

/** Whether the start of a server for that output removes what has that name. */
export function isLeftoverOf(output: SimulatedTarget, path: string): boolean {
  const record = recordOf(output, { terms: "", outputs: [], kept: "digests" });
  return isTemporaryOf(output, path) || isTemporaryOf(record, path);
}
