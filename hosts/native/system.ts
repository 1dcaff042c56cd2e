/** The system calls that the C files offer, and the numbers that Linux gives to what they take. */

import type { Later } from "../../src/later.ts";
import { accept, refuse } from "../../src/result.ts";
import type { Outcome, Passed } from "../../src/host.ts";

/** Each call returns what the system call of its name returns, or `-errno`. */
export interface System {
  /** Called when the process begins. */
  begin: () => void;
  args(): readonly string[];
  /** The memory that received bytes are put into, valid until the next call of `recv`. */
  readonly receiveBuffer: ArrayBuffer;
  getenv(name: string): string | undefined;
  /** The entries of the environment, `NAME=value`, that begin so. */
  variables(prefix: string): readonly string[];
  getpid(): number;
  geteuid(): number;
  monotonicMs(): number;
  epochMs(): number;
  /** Of version 4, by getrandom(2). */
  randomUuid(): string;
  sha256(bytes: Uint8Array, digest: Uint8Array): number;
  /** A descriptor on which the signals of those numbers arrive, where they are blocked. */
  signalfd(signals: Uint8Array): number;
  isatty(descriptor: number): number;
  /** The text at that place among those that were made with the program. */
  builtText(place: number): string;
  writeText(descriptor: number, text: string): number;
  exit(status: number): never;
  /** The bytes of an inherited variable, which nobody may change. */
  inherited(place: number): ArrayBuffer | undefined;
  softLimit(resource: number): number;
  /** Returns 1 where the signal was ignored already. */
  ignoreSignal(signal: number): number;
  defaultSignal(signal: number): number;
  /** Those that were blocked before become 0. */
  sigprocmask(how: number, signals: Uint8Array): number;
  /** Returns the number of a child that has ended, or 0. */
  reap(): number;
  /** Every descriptor from that one on closes when another program begins. */
  closeOnExec(from: number): number;
  /** Numbers in the lists stand for `args` and for what `inherited` tells. Returns only where it fails. */
  execve(path: string, args: readonly Passed[], environment: readonly Passed[]): number;
  socket(family: number, type: number): number;
  setsockopt(descriptor: number, level: number, option: number, value: number): number;
  /** Returns the option's value, an int. */
  getsockopt(descriptor: number, level: number, option: number): number;
  bind(descriptor: number, address: Uint8Array): number;
  connect(descriptor: number, address: Uint8Array): number;
  getsockname(descriptor: number, address: Uint8Array): number;
  listen(descriptor: number, backlog: number): number;
  accept(descriptor: number): number;
  poll(entries: Int32Array, count: number, timeoutMs: number): number;
  /** As poll, until that time of `monotonicMs`; fills `places` with those of the entries that have events, from the first. How many. */
  pollUntil(entries: Int32Array, count: number, untilMs: number, places: Int32Array): number;
  recv(descriptor: number, bytes: Uint8Array): number;
  send(descriptor: number, bytes: Uint8Array): number;
  /** Returns how many of the text's UTF-8 bytes are left unsent. */
  sendText(descriptor: number, text: string): number;
  shutdown(descriptor: number, how: number): number;
  open(path: string, flags: number, mode: number): number;
  read(descriptor: number, bytes: Uint8Array): number;
  pwrite(descriptor: number, bytes: Uint8Array, offset: number): number;
  fsync(descriptor: number): number;
  ftruncate(descriptor: number, length: number): number;
  fchmod(descriptor: number, mode: number): number;
  fchown(descriptor: number, user: number, group: number): number;
  /** Fills three words: type and permission bits, user, group. */
  fstat(descriptor: number, words: Uint32Array): number;
  /** Fills `identity` with three 64-bit words: mode, device and inode of what stands at the path. */
  lstat(path: string, identity: Uint8Array): number;
  fcntl(descriptor: number, command: number, value: number): number;
  umask(mask: number): number;
  getdents(descriptor: number, bytes: Uint8Array): number;
  close(descriptor: number): number;
  access(path: string, mode: number): number;
  link(existing: string, path: string): number;
  rename(from: string, to: string): number;
  unlink(path: string): number;
  mkdir(path: string, mode: number): number;
  rmdir(path: string): number;
  /** The rest of the program, which is not there before (src/later.ts). */
  readLater(): Later;
  giveUpPrivileges(): number;
  /** Lets only those system calls work that sandbox.c lists; the rest fail with EPERM. */
  filterCalls(): number;
}

/** The names of errnos, in the order of their numbers from 1 (asm-generic/errno-base.h, errno.h). */
const ERRNO_NAMES = (
  "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT " +
  "ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG " +
  "ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP"
).split(" ");

/** Those beyond the row without gaps that this program meets. */
const LATER_ERRNO_NAMES: Readonly<Record<number, string>> = {
  71: "EPROTO",
  75: "EOVERFLOW",
  88: "ENOTSOCK",
  91: "EPROTOTYPE",
  92: "ENOPROTOOPT",
  93: "EPROTONOSUPPORT",
  95: "EOPNOTSUPP",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  101: "ENETUNREACH",
  103: "ECONNABORTED",
  105: "ENOBUFS",
  107: "ENOTCONN",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  113: "EHOSTUNREACH",
  116: "ESTALE",
  117: "EUCLEAN",
  121: "EREMOTEIO",
  122: "EDQUOT",
};

export const EINTR = -4;
export const EAGAIN = -11;
export const EINPROGRESS = -115;

export function errnoName(returned: number): string {
  return ERRNO_NAMES[-returned - 1] ?? LATER_ERRNO_NAMES[-returned] ?? `E${-returned}`;
}

/** What a call returned, as the core takes it. */
export function toOutcome(returned: number): Outcome<number> {
  return returned < 0 ? refuse(errnoName(returned)) : accept(returned);
}

/** Makes a call again for as long as a signal interrupts it. */
export function uninterrupted(call: () => number): number {
  let returned = call();
  while (returned === EINTR) returned = call();
  return returned;
}
