/** The only way to the outside: what a host must offer, and nothing about how it does so. */

import type { Result } from "./result.ts";

/** What a system call gave, or the name of its errno, such as `ENOSPC` (errno(3)). */
export type Outcome<Value = unknown> = Result<Value, string>;

/** What the program says that was made from its tables when it was built. */
export type BuiltText = "usage" | "health" | "openapi";

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
  /** The environment's variables whose names begin so. */
  variables(prefix: string): readonly NamedText[];
  /** The user as whom the process creates files (geteuid(2)). */
  userId(): number;
  /** The whole environment that the process was started with, in the system's order. */
  inherited(): readonly InheritedVariable[];
  /** Milliseconds that only grow, from any origin (CLOCK_MONOTONIC). */
  monotonicMs(): number;
  /** Milliseconds since 1970, UTC. */
  epochMs(): number;
  /** A UUID of version 4 that nobody can guess (RFC 9562 section 5.4; getrandom(2)). */
  randomUuid(): string;
  /** FIPS 180-4, 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** Whether standard error is shown on a terminal (isatty(3)). */
  isTerminal(): boolean;
  /** A text that the program carries with it, and that costs nothing before it is asked for. */
  builtText(name: BuiltText): string;
  /** Writes to standard output, for answers to a person who called the program. */
  print(text: string): void;
  /** Writes one log line to standard error; drops it rather than wait or fail. */
  log(line: string): void;
  /** Listens, and tells once whether it does; from then on `events` hears what happens. */
  listen(place: Place, events: HostEvents, opened: (outcome: Outcome<Listener>) => void): void;
  /** Connects, and tells once whether it has, perhaps at once; `events` hears of time too. */
  connect(address: Address, events: ClientEvents): void;
  /** Sends one datagram to a unix socket, `@name` an abstract one; whether it arrives nobody tells. */
  notify(path: string, text: string): void;
  /**
   * Gives up for good, for itself and for whatever program it becomes: `privileges` that set-user-ID
   * programs would give, or all `calls` that waiting, claiming and leaving do not need, so that even a
   * server that has been taken over can start no program and call nobody; `calls` comes behind
   * `privileges`. Undefined where the host has no such thing.
   */
  readonly confine: ((what: "privileges" | "calls") => Outcome) | undefined;
  /** Asks for `woken` at that time on the monotonic clock, in place of any time asked for before; Infinity is never. */
  wakeAt(monotonicMs: number): void;
  /** Bytes that the stack may take, by its limit (getrlimit(2)). */
  maxStackBytes(): number;
  /**
   * Becomes another program, which has this process's id and standard streams, no other descriptor,
   * and signals as they were at the start (execve(2)). A host that cannot do so starts it, passes
   * signals on to it and ends as it does. Where it cannot be started, `failed` hears the errno's name.
   */
  become(program: Program, failed: (errno: string) => void): void;
  /** Ends the process at once. */
  exit(status: number): void;
}

/** A variable that the process was started with, as text. */
export type NamedText = readonly [name: string, value: string];

/** A variable that the process was started with. Its value stays with the host: it need not be text. */
export interface InheritedVariable {
  readonly name: string;
  /** What `NAME=value` takes. */
  readonly bytes: number;
}

/** Text; or the place of what the process was itself given, which need not be text. */
export type Passed = string | number;

export interface Program {
  /** Is not searched for. */
  readonly path: string;
  /** From its name on; places are those in `Host.args`. */
  readonly args: readonly Passed[];
  /** `NAME=value`; places are those in `Host.inherited()`. */
  readonly environment: readonly Passed[];
}

/** Where a server listens, for itself and for those who call it. */
export type Address = TcpAddress | UnixAddress;

export interface TcpAddress {
  readonly kind: "tcp";
  /** An IPv4 or IPv6 address; `::` takes IPv4 too, and stands for `0.0.0.0` where there is no IPv6. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface UnixAddress {
  readonly kind: "unix";
  /**
   * Of the socket file, mode 0600 whatever the umask. One whose server is dead is replaced; with
   * anything else there, listening fails with EADDRINUSE.
   */
  readonly path: string;
}

/** A socket that listens already, by the number of its descriptor, which is ours from now on. */
export interface HandedOver {
  readonly kind: "handed_over";
  readonly descriptor: number;
}

export type Place = Address | HandedOver;

export interface Listener {
  /** Where it listens indeed; undefined where the host cannot tell it of a socket handed over. */
  readonly address: Address | undefined;
  /** Frees the address, and removes the socket file that it has made; connections stay. */
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

/** What the host tells a client, under the same rule, but for what it knows at once. */
export interface ClientEvents {
  connected(socket: Socket): SocketEvents;
  /** There is no connection, by the errno's name. */
  failed(errno: string): void;
  woken(): void;
}

/** One connection, as either end uses it. Calls on a closed one do nothing. */
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

/** Whose a file is, by numbers. A group of -1 stands for the one that it has (chown(2)). */
export interface Owner {
  readonly user: number;
  readonly group: number;
}

/** A file that was there before, with its permission bits. */
export interface OpenFile {
  readonly file: FileHandle;
  readonly mode: number;
  readonly owner: Owner;
}

/** What stands at a path. */
export interface Standing {
  readonly mode: number;
  readonly owner: Owner;
  readonly content:
    | { readonly kind: "file"; readonly bytes: Uint8Array }
    | { readonly kind: "directory"; readonly names: readonly string[] };
}

/** Synchronous, since the commit is: while a file is synced nothing else is decided. */
export interface Files {
  /** Creates `path` for writing, mode 0600; never follows, never opens what is there (open(2): O_EXCL, O_NOFOLLOW). */
  create(path: string): Outcome<FileHandle>;
  /** Opens what stands at `path` to read and overwrite it, if it is a regular file and no symlink. */
  openExisting(path: string): Outcome<OpenFile>;
  /** The first bytes of what stands at `path`, symlinks followed, at most `maxBytes`. */
  load(path: string, maxBytes: number): Outcome<Uint8Array>;
  /**
   * The file at `path` with its first bytes, at most `maxBytes`, or the directory with its names, and
   * what it tells is durable (fsync(2)). Fails with ELOOP where it is a symlink, and with EINVAL where
   * it is neither, such as a FIFO, which is not waited for.
   */
  examine(path: string, maxBytes: number): Outcome<Standing>;
  /** The first bytes of the file, at most `maxBytes`. */
  read(file: FileHandle, maxBytes: number): Outcome<Uint8Array>;
  /** Writes some of the bytes at that offset in the file; how many. */
  write(file: FileHandle, bytes: Uint8Array, offset: number): Outcome<number>;
  truncate(file: FileHandle, length: number): Outcome;
  setMode(file: FileHandle, mode: number): Outcome;
  setOwner(file: FileHandle, owner: Owner): Outcome;
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
  /** Fails with ELOOP or ENOTDIR where `path` is a symlink. */
  setDirectoryOwner(path: string, owner: Owner): Outcome;
  /** fsync(2) of a directory, which makes the names in it durable. */
  syncDirectory(path: string): Outcome;
  /** The names in a directory. */
  list(path: string): Outcome<readonly string[]>;
  /** Whether `path` is a directory in which this process may create files; else why not. */
  checkDirectory(path: string): Outcome;
  /** Whether `path` is a file that this process may execute; else why not, as execve(2) would say. */
  checkExecutable(path: string): Outcome;
}
