/** The system calls that the C files offer, and the numbers that Linux gives to what they take. */

import { accept, refuse } from "../../src/result.ts";
import type { Outcome } from "../../src/host.ts";

/** Each call returns what the system call of its name returns, or `-errno`. */
export interface System {
  readonly args: readonly string[];
  /** The memory that received bytes are put into, valid until the next call of `recv`. */
  readonly receiveBuffer: ArrayBuffer;
  getenv(name: string): string | undefined;
  getpid(): number;
  maxOpenFiles(): number;
  monotonicMs(): number;
  epochMs(): number;
  getrandom(bytes: Uint8Array): number;
  sha256(bytes: Uint8Array, digest: Uint8Array): number;
  ignoreSignal(signal: number): number;
  /** Blocks the signals of those numbers, and makes a descriptor on which they arrive. */
  signalfd(signals: Uint8Array): number;
  writeText(descriptor: number, text: string): number;
  exit(status: number): never;
  socket(family: number, type: number): number;
  setsockopt(descriptor: number, level: number, option: number, value: number): number;
  bind(descriptor: number, address: Uint8Array): number;
  getsockname(descriptor: number, address: Uint8Array): number;
  listen(descriptor: number, backlog: number): number;
  accept(descriptor: number): number;
  poll(entries: Int32Array, count: number, timeoutMs: number): number;
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
  fstatMode(descriptor: number): number;
  getdents(descriptor: number, bytes: Uint8Array): number;
  close(descriptor: number): number;
  access(path: string, mode: number): number;
  link(existing: string, path: string): number;
  rename(from: string, to: string): number;
  unlink(path: string): number;
  mkdir(path: string, mode: number): number;
  rmdir(path: string): number;
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
  92: "ENOPROTOOPT",
  93: "EPROTONOSUPPORT",
  95: "EOPNOTSUPP",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  103: "ECONNABORTED",
  105: "ENOBUFS",
  107: "ENOTCONN",
  110: "ETIMEDOUT",
  116: "ESTALE",
  117: "EUCLEAN",
  121: "EREMOTEIO",
  122: "EDQUOT",
};

export const EINTR = -4;
export const EAGAIN = -11;

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
