/** The server's one life: waiting, committing, claimed. The place where exactly one claim wins. */

import type { Receipt } from "./receipt.ts";

export type SessionState = "waiting" | "committing" | "claimed";

/** What a claim meets: it has won, it repeats the winner, or another environment has won. */
export type Verdict =
  | { readonly kind: "won" }
  | { readonly kind: "replayed"; readonly receipt: Receipt }
  | { readonly kind: "taken" };

type Life =
  | { readonly state: "waiting" }
  | { readonly state: "committing"; readonly bytes: Uint8Array }
  | { readonly state: "claimed"; readonly bytes: Uint8Array; readonly receipt: Receipt };

export class Session {
  #life: Life = { state: "waiting" };

  get state(): SessionState {
    return this.#life.state;
  }

  /** Decides, in one step. Whoever wins must call {@link complete} or {@link fail}. */
  begin(bytes: Uint8Array): Verdict {
    const life = this.#life;
    if (life.state === "waiting") {
      this.#life = { state: "committing", bytes };
      return { kind: "won" };
    }
    if (life.state === "claimed" && isEqual(life.bytes, bytes)) {
      return { kind: "replayed", receipt: life.receipt };
    }
    return { kind: "taken" };
  }

  /** The winner's bytes are durable. */
  complete(receipt: Receipt): void {
    if (this.#life.state === "committing") {
      this.#life = { state: "claimed", bytes: this.#life.bytes, receipt };
    }
  }

  /** The winner's bytes could not be made durable: the next claim may win. */
  fail(): void {
    if (this.#life.state === "committing") this.#life = { state: "waiting" };
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}
