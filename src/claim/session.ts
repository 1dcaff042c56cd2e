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
  | { readonly state: "committing"; readonly identity: string }
  | { readonly state: "claimed"; readonly identity: string; readonly receipt: Receipt };

export class Session {
  #life: Life = { state: "waiting" };

  get state(): SessionState {
    return this.#life.state;
  }

  /** Decides, in one step, by what is the same for the same environment and for no other. Whoever wins must call {@link complete} or {@link fail}. */
  begin(identity: string): Verdict {
    const life = this.#life;
    if (life.state === "waiting") {
      this.#life = { state: "committing", identity };
      return { kind: "won" };
    }
    if (life.state === "claimed" && life.identity === identity) {
      return { kind: "replayed", receipt: life.receipt };
    }
    return { kind: "taken" };
  }

  /** The winner's environment is durable. */
  complete(receipt: Receipt): void {
    if (this.#life.state === "committing") {
      this.#life = { state: "claimed", identity: this.#life.identity, receipt };
    }
  }

  /** The winner's environment could not be made durable: the next claim may win. */
  fail(): void {
    if (this.#life.state === "committing") this.#life = { state: "waiting" };
  }
}
