/** The native host: the same server over system calls, with one loop that sleeps until something happens. */

import { decodeLatin1 } from "../../src/bytes/primitives.ts";
import type {
  BuiltText,
  Files,
  Host,
  HostEvents,
  InheritedVariable,
  Listener,
  NamedText,
  Outcome,
  Place,
  Program,
} from "../../src/host.ts";
import { accept } from "../../src/result.ts";
import { connect, notify } from "./calling.ts";
import { createNativeFiles, type OpenFlags } from "./native-files.ts";
import { NativeListener } from "./native-listener.ts";
import { NativeSignals } from "./native-signals.ts";
import { F_SETFD, FD_CLOEXEC, openListening } from "./open-socket.ts";
import { POLLIN, POLLOUT, PollSet, type Watcher } from "./poll-set.ts";
import { errnoName, type System, toOutcome } from "./system.ts";

/** Put in by the bundler, in order, as C has the texts. */
declare const BUILT_TEXT_NAMES: readonly BuiltText[];

const SHA256_BYTES = 32;
const STDOUT = 1;
const STDERR = 2;

const RLIMIT_STACK = 3;
const RLIMIT_NOFILE = 7;

/** Descriptors that are needed beside connections: standard streams, listener, signals, a commit's. */
const RESERVED_DESCRIPTORS = 12;

/** How long to look away from connections that no descriptor is free for. */
const STARVED_MS = 100;

export class NativeHost {
  readonly #sys: System & OpenFlags;
  readonly #polls: PollSet;
  readonly #signals: NativeSignals;
  readonly #files: Files;
  /** Who is told the time: a server, or a client. */
  #events: Pick<HostEvents, "woken"> | undefined;
  #listener: NativeListener | undefined;
  #wakeMs = Infinity;

  constructor(sys: System & OpenFlags) {
    this.#sys = sys;
    this.#polls = new PollSet(sys);
    this.#signals = new NativeSignals(sys);
    this.#files = createNativeFiles(sys);
  }

  /** What the core sees. */
  createHost(): Host {
    const sys = this.#sys;
    return {
      name: "native",
      engine: "QuickJS 2025-04-26",
      get args() {
        return sys.args();
      },
      get pid() {
        return sys.getpid();
      },
      get maxConnections() {
        return Math.max(1, sys.softLimit(RLIMIT_NOFILE) - RESERVED_DESCRIPTORS);
      },
      files: this.#files,
      variable: (name) => sys.getenv(name),
      variables: (prefix) => sys.variables(prefix).map(splitVariable),
      userId: () => sys.geteuid(),
      inherited: () => listInherited(sys),
      monotonicMs: sys.monotonicMs,
      epochMs: sys.epochMs,
      randomUuid: sys.randomUuid,
      sha256: (bytes) => filled(SHA256_BYTES, (digest) => sys.sha256(bytes, digest)),
      isTerminal: () => sys.isatty(STDERR) === 1,
      builtText: (name) => sys.builtText(BUILT_TEXT_NAMES.indexOf(name)),
      print: (text) => {
        sys.writeText(STDOUT, text);
      },
      log: (line) => this.#log(line),
      listen: (place, events, opened) => opened(this.#listen(place, events)),
      connect: (address, events) => {
        this.#events = events;
        connect(sys, this.#polls, address, events);
      },
      notify: (path, text) => notify(sys, path, text),
      confine: (what) =>
        toOutcome(what === "privileges" ? sys.giveUpPrivileges() : sys.filterCalls()),
      wakeAt: (monotonicMs) => {
        this.#wakeMs = monotonicMs;
      },
      maxStackBytes: () => sys.softLimit(RLIMIT_STACK),
      become: (program, failed) => failed(errnoName(this.#execute(program))),
      exit: (status) => sys.exit(status),
    };
  }

  /** Waits and tells, until the core exits. Nothing is done while nothing happens. */
  run(): void {
    while (this.#events !== undefined) {
      const isStarved = this.#listener?.isStarved === true;
      const starvedMs = isStarved ? this.#sys.monotonicMs() + STARVED_MS : Infinity;
      this.#polls.wait(starvedMs < this.#wakeMs ? starvedMs : this.#wakeMs);
      if (isStarved) this.#listener?.recover();
      if (this.#wakeMs === Infinity || this.#sys.monotonicMs() < this.#wakeMs) continue;
      // What came while something took long is taken in before anybody is told to be late.
      this.#polls.wait(0);
      this.#wakeMs = Infinity;
      this.#events.woken();
    }
  }

  #listen(place: Place, events: HostEvents): Outcome<Listener> {
    // First, so that none is lost that comes meanwhile: process 1 is not sent what it does not handle.
    this.#watchSignals(events);
    const socket = openListening(this.#sys, place);
    if (!socket.ok) return socket;
    this.#events = events;
    this.#listener = new NativeListener(this.#sys, this.#polls, socket.value, events);
    return accept(this.#listener);
  }

  /** Returns only where it fails. */
  #execute({ path, args, environment }: Program): number {
    const sys = this.#sys;
    this.#closeDescriptors();
    return this.#signals.lendBack(() => sys.execve(path, args, environment));
  }

  /** When a program begins: those too that were open when we began, for whoever handed them down meant us, or nobody. */
  #closeDescriptors(): void {
    const sys = this.#sys;
    if (sys.closeOnExec(STDERR + 1) >= 0) return;
    // Before Linux 5.11, and where a filter of system calls is older than that.
    const listed = this.#files.list("/proc/self/fd");
    for (const name of listed.ok ? listed.value : []) {
      if (Number(name) > STDERR) sys.fcntl(Number(name), F_SETFD, FD_CLOEXEC);
    }
  }

  #watchSignals(events: HostEvents): void {
    const descriptor = this.#signals.open();
    const watcher: Watcher = {
      place: -1,
      ready: () => this.#signals.read(descriptor, (signal) => events.signalled(signal)),
    };
    this.#polls.add(watcher, descriptor, POLLIN);
  }

  /** A reader that has stopped costs its lines, never a claim: where write(2) would wait, nothing is written. */
  #log(line: string): void {
    const entry = new Int32Array([STDERR, POLLOUT]);
    if (this.#sys.poll(entry, 1, 0) > 0 && (entry[1] ?? 0) >> 16 === POLLOUT) {
      this.#sys.writeText(STDERR, line);
    }
  }
}

const EQUALS = 0x3d;

function listInherited(sys: System): readonly InheritedVariable[] {
  const variables: InheritedVariable[] = [];
  for (;;) {
    const entry = sys.inherited(variables.length);
    if (entry === undefined) return variables;
    const bytes = new Uint8Array(entry);
    const end = bytes.indexOf(EQUALS);
    const name = decodeLatin1(bytes, 0, end === -1 ? bytes.length : end);
    variables.push({ name, bytes: bytes.length });
  }
}

function splitVariable(entry: string): NamedText {
  const equals = entry.indexOf("=");
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}

/** Fresh bytes, as a call leaves them. */
function filled(count: number, fill: (bytes: Uint8Array) => number): Uint8Array {
  const bytes = new Uint8Array(count);
  fill(bytes);
  return bytes;
}
