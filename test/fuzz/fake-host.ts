/** A host of memory alone, for one run of the whole program: no socket, no disk, no clock that moves by itself. */

import { createHash } from "node:crypto";
import type {
  Files,
  Host,
  HostEvents,
  InheritedVariable,
  Program,
  Socket,
} from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";

export const ENV_FILE = "/env/.env";

/** The files of one run: handles are places in `open`, and everything succeeds. */
class MemoryFiles implements Files {
  readonly named = new Map<string, Uint8Array>();
  readonly #open: { path: string; bytes: Uint8Array }[] = [];
  /** How often a file was published under the env file's name. */
  commits = 0;

  create: Files["create"] = (path) => {
    if (this.named.has(path)) return refuse("EEXIST");
    this.named.set(path, new Uint8Array(0));
    this.#open.push({ path, bytes: new Uint8Array(0) });
    return accept(this.#open.length - 1);
  };
  load: Files["load"] = () => refuse("ENOENT");
  openExisting: Files["openExisting"] = () => refuse("ENOENT");
  examine: Files["examine"] = () => refuse("ENOENT");
  read: Files["read"] = () => refuse("EBADF");
  write: Files["write"] = (handle, bytes, offset) => {
    const file = this.#open[handle];
    if (file === undefined) return refuse("EBADF");
    const grown = new Uint8Array(offset + bytes.length);
    grown.set(file.bytes.subarray(0, offset));
    grown.set(bytes, offset);
    file.bytes = grown;
    this.named.set(file.path, grown);
    return accept(bytes.length);
  };
  truncate: Files["truncate"] = () => refuse("EBADF");
  setMode: Files["setMode"] = () => accept(undefined);
  setOwner: Files["setOwner"] = () => accept(undefined);
  sync: Files["sync"] = () => accept(undefined);
  close: Files["close"] = () => accept(undefined);
  link: Files["link"] = (existing, path) => {
    const bytes = this.named.get(existing);
    if (bytes === undefined) return refuse("ENOENT");
    this.named.set(path, bytes);
    return accept(undefined);
  };
  rename: Files["rename"] = (from, to) => {
    const bytes = this.named.get(from);
    if (bytes === undefined) return refuse("ENOENT");
    this.named.delete(from);
    this.named.set(to, bytes);
    if (to === ENV_FILE) this.commits += 1;
    return accept(undefined);
  };
  remove: Files["remove"] = (path) =>
    this.named.delete(path) ? accept(undefined) : refuse("ENOENT");
  createDirectory: Files["createDirectory"] = () => refuse("EROFS");
  removeDirectory: Files["removeDirectory"] = () => refuse("ENOENT");
  setDirectoryMode: Files["setDirectoryMode"] = () => refuse("ENOENT");
  setDirectoryOwner: Files["setDirectoryOwner"] = () => refuse("ENOENT");
  syncDirectory: Files["syncDirectory"] = () => accept(undefined);
  list: Files["list"] = () => accept([]);
  checkDirectory: Files["checkDirectory"] = () => accept(undefined);
  checkExecutable: Files["checkExecutable"] = () => refuse("ENOENT");
}

/** `prompt` takes every byte at once; `slow` takes none until it is flushed. */
export type SocketPace = "prompt" | "slow";

export class FakeSocket implements Socket {
  readonly #pace: SocketPace;
  #output = "";
  #unsent = 0;
  isPaused = false;
  isFinished = false;
  isDestroyed = false;
  /** Whether something was sent behind the end or the close. */
  hasSentLate = false;

  constructor(pace: SocketPace) {
    this.#pace = pace;
  }

  get output(): string {
    return this.#output;
  }

  get unsentBytes(): number {
    return this.#unsent;
  }

  send(text: string): void {
    if (this.isFinished || this.isDestroyed) this.hasSentLate = true;
    this.#output += text;
    if (this.#pace === "slow") this.#unsent += Buffer.byteLength(text);
  }

  flush(): void {
    this.#unsent = 0;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  finish(): void {
    this.isFinished = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

export class FakeHost implements Host {
  readonly name = "fake";
  readonly engine = "fuzz";
  readonly args: readonly string[] = ["--file", ENV_FILE, "--log-level", "debug"];
  readonly pid = 1;
  readonly maxConnections = 1000;
  readonly confine = undefined;
  readonly files = new MemoryFiles();
  readonly logLines: string[] = [];
  nowMs = 1000;
  wakeMs = Infinity;
  exitStatus: number | undefined;
  #random = 0;
  #events: HostEvents | undefined;

  get events(): HostEvents {
    if (this.#events === undefined) throw new Error("expected the program to listen, it does not");
    return this.#events;
  }

  variable(): undefined {
    return undefined;
  }

  variables(): readonly [] {
    return [];
  }

  userId(): number {
    return 0;
  }

  inherited(): readonly InheritedVariable[] {
    return [];
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  epochMs(): number {
    return 1_795_352_856_042 + this.nowMs;
  }

  /** The same in every run, so that runs can be compared. */
  randomUuid(): string {
    this.#random += 1;
    return `00000000-0000-4000-8000-${this.#random.toString(16).padStart(12, "0")}`;
  }

  sha256(bytes: Uint8Array): Uint8Array {
    return createHash("sha256").update(bytes).digest();
  }

  isTerminal(): boolean {
    return false;
  }

  builtText(name: string): string {
    return name;
  }

  print(): void {
    throw new Error("expected nothing on standard output");
  }

  log(line: string): void {
    this.logLines.push(line);
  }

  listen: Host["listen"] = (_address, events, opened) => {
    this.#events = events;
    opened(accept({ address: { kind: "tcp", host: "::", port: 1 }, close: () => undefined }));
  };

  connect(): void {
    throw new Error("expected a server, which calls nobody");
  }

  notify(): void {
    throw new Error("expected nobody to be told");
  }

  wakeAt(monotonicMs: number): void {
    this.wakeMs = monotonicMs;
  }

  maxStackBytes(): number {
    return 8 * 1024 * 1024;
  }

  become(_program: Program, _failed: (errno: string) => void): void {
    throw new Error("expected no command");
  }

  exit(status: number): void {
    this.exitStatus ??= status;
  }
}
