/** A host in memory: time, chance, sockets and files follow from a seed, and nothing waits. */

import { createHash } from "node:crypto";
import type { Address, Files, Host, HostEvents, Listener, Outcome } from "../../src/host.ts";
import { accept, refuse } from "../../src/result.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Random } from "./random.ts";
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
  wakeMs = Infinity;
  status: number | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.args = parts.args;
    this.maxConnections = parts.maxConnections;
    this.files = parts.files;
  }

  variable(name: string): string | undefined {
    return this.#run(() => this.#parts.variables.get(name));
  }

  monotonicMs(): number {
    return this.#run(() => this.#parts.clock.monotonicMs);
  }

  epochMs(): number {
    return this.#run(() => this.#parts.clock.epochMs);
  }

  randomBytes(count: number): Uint8Array {
    return this.#run(() => this.#parts.random.bytes(count));
  }

  sha256(bytes: Uint8Array): Uint8Array {
    return this.#run(() => createHash("sha256").update(bytes).digest());
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

  listen(
    _address: Address,
    events: HostEvents,
    opened: (outcome: Outcome<Listener>) => void,
  ): void {
    const { opens, listenErrno } = this.#parts;
    this.#run(() => {
      this.events = events;
    });
    const tell = (): void => {
      this.tellOpened = undefined;
      this.#parts.trace.note(`listening: ${listenErrno ?? "ok"}`);
      this.isListening = listenErrno === undefined;
      opened(listenErrno === undefined ? accept(this.#listener()) : refuse(listenErrno));
    };
    if (opens === "at_once") tell();
    else this.tellOpened = tell;
  }

  wakeAt(monotonicMs: number): void {
    this.#run(() => {
      this.wakeMs = monotonicMs;
    });
  }

  exit(status: number): never {
    return this.#run(() => {
      this.#parts.trace.note(`  exit ${status}`);
      this.status = status;
      this.isListening = false;
      return this.#parts.calls.end();
    });
  }

  #listener(): Listener {
    return {
      port: PORT,
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
