/** The only way to the outside: what a host must offer, and nothing about how it does so. */

import type { Result } from "./result.ts";

/** What a system call gave, or the name of its errno, such as `ENOSPC` (errno(3)). */
export type Outcome<Value = unknown> = Result<Value, string>;

export interface Host {
  /** `native` or `node`, for `--version`. */
  readonly name: string;
  /** The JavaScript engine with its version. */
  readonly engine: string;
  /** The command line behind the program's own name. */
  readonly args: readonly string[];
  readonly pid: number;
  /** Connections that the process may hold open at once, by its limit of descriptors. */
  readonly maxConnections: number;
  readonly files: Files;
  /** The environment's variable of that name. */
  variable(name: string): string | undefined;
  /** Milliseconds that only grow, from any origin (CLOCK_MONOTONIC). */
  monotonicMs(): number;
  /** Milliseconds since 1970, UTC. */
  epochMs(): number;
  /** Bytes that nobody can guess (getrandom(2)). */
  randomBytes(count: number): Uint8Array;
  /** FIPS 180-4, 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** Writes to standard output, for answers to a person who called the program. */
  print(text: string): void;
  /** Writes one log line to standard error; drops it rather than wait or fail. */
  log(line: string): void;
  /** Listens, and tells once whether it does; from then on `events` hears what happens. */
  listen(address: Address, events: HostEvents, opened: (outcome: Outcome<Listener>) => void): void;
  /**
   * Gives up for good what waiting, claiming and leaving do not need, so that even a server that has
   * been taken over can start no program and call nobody. Undefined where the host has no such thing.
   */
  readonly confine: (() => Outcome) | undefined;
  /** Asks for `woken` at that time on the monotonic clock, in place of any time asked for before. */
  wakeAt(monotonicMs: number): void;
  /** Ends the process at once. */
  exit(status: number): void;
}

export interface Address {
  /** An IPv4 or IPv6 address; `::` takes IPv4 too, and stands for `0.0.0.0` where there is no IPv6. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface Listener {
  readonly port: number;
  /** Frees the port; connections stay. */
  close(): void;
}

export type Signal = "SIGHUP" | "SIGINT" | "SIGTERM";

/** What the host tells the server, one call at a time and never from within a call to the host. */
export interface HostEvents {
  accepted(socket: Socket): SocketEvents;
  /** No descriptor is free for a caller who waits to be accepted. */
  acceptFailed(): void;
  signalled(signal: Signal): void;
  woken(): void;
}

/** One connection, as the server uses it. Calls on a closed one do nothing. */
export interface Socket {
  /** Sends the text's UTF-8 bytes, in order, behind what is still unsent. */
  send(text: string): void;
  /** Bytes given to `send` that the system has not taken yet. */
  readonly unsentBytes: number;
  /** Delivers nothing until `resume`; whether the caller has gone stays unknown meanwhile. */
  pause(): void;
  resume(): void;
  /** Says that nothing more will be sent, once all is sent (shutdown(2), SHUT_WR). */
  finish(): void;
  /** Closes both ways at once and forgets what is unsent. `closed` is not called. */
  destroy(): void;
}

/** What the host tells a connection. */
export interface SocketEvents {
  /** The bytes are valid during the call only. */
  received(bytes: Uint8Array): void;
  /** The caller sends nothing more; it may still listen. */
  ended(): void;
  /** All that was unsent has been taken by the system. */
  sent(): void;
  /** The connection is gone. */
  closed(): void;
}

/** An open file, by the host's own number. */
export type FileHandle = number;

/** A file that was there before, with its permission bits. */
export interface OpenFile {
  readonly file: FileHandle;
  readonly mode: number;
}

/** Synchronous, since the commit is: while a file is synced nothing else is decided. */
export interface Files {
  /** Creates `path` for writing, mode 0600; never follows, never opens what is there (open(2): O_EXCL, O_NOFOLLOW). */
  create(path: string): Outcome<FileHandle>;
  /** Opens what stands at `path` to read and overwrite it, if it is a regular file and no symlink. */
  openExisting(path: string): Outcome<OpenFile>;
  /** The first bytes of what stands at `path`, symlinks followed, at most `maxBytes`. */
  load(path: string, maxBytes: number): Outcome<Uint8Array>;
  /** The first bytes of the file, at most `maxBytes`. */
  read(file: FileHandle, maxBytes: number): Outcome<Uint8Array>;
  /** Writes some of the bytes at that offset in the file; how many. */
  write(file: FileHandle, bytes: Uint8Array, offset: number): Outcome<number>;
  truncate(file: FileHandle, length: number): Outcome;
  setMode(file: FileHandle, mode: number): Outcome;
  /** fsync(2). */
  sync(file: FileHandle): Outcome;
  close(file: FileHandle): Outcome;
  /** A second name for what stands at `existing`, a symlink itself included (link(2)). */
  link(existing: string, path: string): Outcome;
  rename(from: string, to: string): Outcome;
  remove(path: string): Outcome;
  /** Creates a directory, mode 0700 (mkdir(2)). */
  createDirectory(path: string): Outcome;
  /** Removes an empty directory (rmdir(2)). */
  removeDirectory(path: string): Outcome;
  /** Fails with ELOOP or ENOTDIR where `path` is a symlink. */
  setDirectoryMode(path: string, mode: number): Outcome;
  /** fsync(2) of a directory, which makes the names in it durable. */
  syncDirectory(path: string): Outcome;
  /** The names in a directory. */
  list(path: string): Outcome<readonly string[]>;
  /** Whether `path` is a directory in which this process may create files; else why not. */
  checkDirectory(path: string): Outcome;
}
