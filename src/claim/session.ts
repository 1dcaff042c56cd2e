/** The server's one life: waiting, committing, claimed. The place where exactly one claim wins. */

import type { Receipt } from "./receipt.ts";
import { type Environment, isSameEnvironment } from "./variable.ts";

export type SessionState = "waiting" | "committing" | "claimed";

/** What a claim meets: it has won, it repeats the winner, or another environment has won. */
export type Verdict =
  | { readonly kind: "won" }
  | { readonly kind: "replayed"; readonly receipt: Receipt }
  | { readonly kind: "taken" };

type Life =
  | { readonly state: "waiting" }
  | { readonly state: "committing"; readonly environment: Environment }
  | {
      readonly state: "claimed";
      readonly environment: Environment;
      readonly receipt: Receipt;
    };

export class Session {
  #life: Life = { state: "waiting" };

  get state(): SessionState {
    return this.#life.state;
  }

  /** The winner's environment, once it is durable. */
  get environment(): Environment | undefined {
    return this.#life.state === "claimed" ? this.#life.environment : undefined;
  }

  /** Decides, in one step. Whoever wins must call {@link complete} or {@link fail}. */
  begin(environment: Environment): Verdict {
    const verdict = this.foresee(environment);
    if (verdict.kind === "won") this.#life = { state: "committing", environment };
    return verdict;
  }

  /** What {@link begin} would say now; nothing is decided. */
  foresee(environment: Environment): Verdict {
    const life = this.#life;
    if (life.state === "waiting") return { kind: "won" };
    if (life.state === "claimed" && isSameEnvironment(life.environment, environment)) {
      return { kind: "replayed", receipt: life.receipt };
    }
    return { kind: "taken" };
  }

  /** The winner's environment is durable. */
  complete(receipt: Receipt): void {
    const life = this.#life;
    if (life.state !== "committing") return;
    this.#life = { state: "claimed", environment: life.environment, receipt };
  }

  /** The winner's environment could not be made durable: the next claim may win. */
  fail(): void {
    if (this.#life.state === "committing") this.#life = { state: "waiting" };
  }
}
