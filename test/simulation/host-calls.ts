/** Every call of the program to its host passes here: it is counted, may fail, or is the last. */

import type { Outcome } from "../../src/host.ts";
import { refuse } from "../../src/result.ts";
import type { Crash, Fault, FileCall } from "./faults.ts";
import type { Trace } from "./trace.ts";

/** Unwinds the program where its process has ended: no line of it runs any more. */
export class ProcessEnd extends Error {}

export class HostCalls {
  readonly #trace: Trace;
  readonly #faults: readonly Fault[];
  readonly #crash: Crash | undefined;
  readonly #counts = new Map<string, number>();
  #fileCalls = 0;
  #allCalls = 0;
  #isOver = false;
  #hasCrashed = false;

  constructor(trace: Trace, faults: readonly Fault[], crash: Crash | undefined) {
    this.#trace = trace;
    this.#faults = faults;
    this.#crash = crash;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  /** A call that cannot fail. */
  run<Value>(effect: () => Value): Value {
    if (this.#isOver) throw new ProcessEnd();
    this.#allCalls += 1;
    const isLast = this.#isLast("all_calls", this.#allCalls);
    if (isLast && this.#crash?.moment === "before") this.#die();
    const value = effect();
    if (isLast) this.#die();
    return value;
  }

  runFile<Value>(call: FileCall, detail: string, effect: () => Outcome<Value>): Outcome<Value> {
    return this.run(() => {
      this.#fileCalls += 1;
      const isLast = this.#isLast("file_calls", this.#fileCalls);
      if (isLast && this.#crash?.moment === "before") this.#die();
      const outcome = this.#failureOf(call) ?? effect();
      this.#trace.note(`  ${call} ${detail}: ${outcome.ok ? "ok" : outcome.problem}`);
      if (isLast) this.#die();
      return outcome;
    });
  }

  /** The process ends of its own will. */
  end(): never {
    this.#isOver = true;
    throw new ProcessEnd();
  }

  #failureOf(call: FileCall): Outcome<never> | undefined {
    const count = (this.#counts.get(call) ?? 0) + 1;
    this.#counts.set(call, count);
    for (const fault of this.#faults) {
      if (fault.call === call && fault.from <= count && count <= fault.to) {
        return refuse(fault.errno);
      }
    }
    return undefined;
  }

  #isLast(among: Crash["among"], count: number): boolean {
    return this.#crash?.among === among && this.#crash.at === count;
  }

  #die(): never {
    this.#trace.note(`  the process dies (${this.#crash?.cause}, ${this.#crash?.moment} the call)`);
    this.#hasCrashed = true;
    this.end();
  }
}
