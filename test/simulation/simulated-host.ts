/** A host in memory: time, chance, sockets and files follow from a seed, and nothing waits. */

import { createHash } from "node:crypto";
import type {
  Files,
  Host,
  HostEvents,
  InheritedVariable,
  Listener,
  NamedText,
  Outcome,
  Passed,
  Place,
  Program,
} from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";
import type { SimulatedCommand, StartedProgram } from "./command.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Random } from "./random.ts";
import { SELF } from "./simulated-disk.ts";
import type { Trace } from "./trace.ts";

export interface HostParts {
  readonly args: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
  readonly maxConnections: number;
  readonly files: Files;
  readonly random: Random;
  readonly calls: HostCalls;
  readonly trace: Trace;
  readonly clock: Clock;
  /** The errno that listening fails with. */
  readonly listenErrno: string | undefined;
  /** Native hosts tell at once that they listen, Node tells it later. */
  readonly opens: "at_once" | "later";
  readonly command: SimulatedCommand | undefined;
}

export interface Clock {
  monotonicMs: number;
  epochMs: number;
}

const PORT = 8081;

export class SimulatedHost implements Host {
  readonly name = "simulated";
  readonly engine = "none";
  readonly confine = undefined;
  readonly pid = 1;
  readonly args: readonly string[];
  readonly maxConnections: number;
  readonly files: Files;
  readonly #parts: HostParts;
  /** Every line of the log, and everything printed. */
  readonly lines: string[] = [];
  events: HostEvents | undefined;
  /** What still has to be told about listening. */
  tellOpened: (() => void) | undefined;
  isListening = false;
  /** When it began to listen. */
  openedMs = 0;
  wakeMs = Infinity;
  /** How often it was asked for chance. */
  draws = 0;
  status: number | undefined;
  /** What the process has become. */
  program: StartedProgram | undefined;
  /** What still has to be told about becoming another program. */
  tellFailed: (() => void) | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.args = parts.args;
    this.maxConnections = parts.maxConnections;
    this.files = parts.files;
  }

  variable(name: string): string | undefined {
    return this.#run(() => this.#parts.variables.get(name));
  }

  variables(prefix: string): readonly NamedText[] {
    return this.#run(() => [...this.#parts.variables].filter(([name]) => name.startsWith(prefix)));
  }

  userId(): number {
    return this.#run(() => SELF.user);
  }

  inherited(): readonly InheritedVariable[] {
    return this.#run(() => this.#entries.map(([name, value]) => ({ name, bytes: value.length })));
  }

  monotonicMs(): number {
    return this.#run(() => this.#parts.clock.monotonicMs);
  }

  epochMs(): number {
    return this.#run(() => this.#parts.clock.epochMs);
  }

  randomUuid(): string {
    this.draws += 1;
    return this.#run(() => {
      const hex = Buffer.from(this.#parts.random.bytes(16)).toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    });
  }

  sha256(bytes: Uint8Array): Uint8Array {
    return this.#run(() => createHash("sha256").update(bytes).digest());
  }

  isTerminal(): boolean {
    return this.#run(() => false);
  }

  builtText(name: string): string {
    return this.#run(() => name);
  }

  print(text: string): void {
    this.#run(() => this.lines.push(text));
  }

  /** Dropped lines count too: what must not be logged must not be given to the log. */
  log(line: string): void {
    this.#run(() => {
      this.#parts.trace.note(`  log ${line.trimEnd()}`);
      this.lines.push(line);
    });
  }

  listen(_place: Place, events: HostEvents, opened: (outcome: Outcome<Listener>) => void): void {
    const { opens, listenErrno } = this.#parts;
    this.#run(() => {
      this.events = events;
    });
    const tell = (): void => {
      this.tellOpened = undefined;
      this.#parts.trace.note(`listening: ${listenErrno ?? "ok"}`);
      this.isListening = listenErrno === undefined;
      this.openedMs = this.#parts.clock.monotonicMs;
      opened(listenErrno === undefined ? accept(this.#listener()) : refuse(listenErrno));
    };
    if (opens === "at_once") tell();
    else this.tellOpened = tell;
  }

  connect(): void {
    throw new Error("expected a server, which calls nobody");
  }

  notify(path: string, text: string): void {
    this.#run(() => this.#parts.trace.note(`  notify ${path}: ${text}`));
  }

  wakeAt(monotonicMs: number): void {
    this.#run(() => {
      this.wakeMs = monotonicMs;
    });
  }

  maxStackBytes(): number {
    return this.#run(() => 8 * 1024 * 1024);
  }

  become({ path, args, environment }: Program, failed: (errno: string) => void): void {
    const state = this.#run(() => this.#parts.command?.behindClaim.get(path) ?? "ENOENT");
    this.#parts.trace.note(`  become ${path}: ${state}`);
    if (state === "runs") {
      const entries = this.#entries.map(([name, value]) => `${name}=${value}`);
      const texts = (list: readonly Passed[], given: readonly string[]): readonly string[] =>
        list.map((each) => (typeof each === "string" ? each : (given[each] ?? "(not given)")));
      this.program = {
        path,
        args: texts(args, this.args),
        environment: texts(environment, entries),
      };
      this.#parts.calls.end();
    }
    if (this.#parts.opens === "at_once") return failed(state);
    this.tellFailed = () => {
      this.tellFailed = undefined;
      failed(state);
    };
  }

  exit(status: number): never {
    return this.#run(() => {
      this.#parts.trace.note(`  exit ${status}`);
      this.status = status;
      this.isListening = false;
      return this.#parts.calls.end();
    });
  }

  get #entries(): readonly (readonly [name: string, value: string])[] {
    return [...this.#parts.variables];
  }

  #listener(): Listener {
    return {
      address: { kind: "tcp", host: "::", port: PORT },
      close: () => {
        this.#run(() => {
          this.isListening = false;
        });
      },
    };
  }

  #run<Value>(effect: () => Value): Value {
    return this.#parts.calls.run(effect);
  }
}
