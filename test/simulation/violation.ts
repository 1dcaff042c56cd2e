/** What must hold in every run, and the first thing that did not. */

/** Invariant -> what it says. */
const INVARIANTS = {
  one_environment: "at most one environment is ever committed and acknowledged",
  durable_before_200: "a claim's 200 is sent only when a power cut would leave exactly its file",
  nothing_applied_by_a_refusal: "without a 200 the target stays as it was",
  absent_old_or_whole: "the target is absent, old or whole at every instant and after every crash",
  exit_0_only_if_durable: "the exit status is 0 only after a durable claim, and always after one",
  reused_only_if_whole: "what was claimed before is reused only where all of it stands, unchanged",
  claimed_is_reused: "what was claimed before and stands whole is reused",
  command_as_claimed: "a command begins only behind a claim, with exactly that environment",
  no_temporary_file: "no temporary file stays behind, and a start removes those of a killed server",
  nothing_else_touched: "no other file in the directory changes",
  private_mode: "no file is ever open to more than the settings say",
  no_open_file: "every file that was opened is closed again",
  nobody_waits_for_ever: "every complete request is answered or its connection closed, in time",
  answer_is_heard: "no answer is cut off by a close or by the exit",
  right_answer: "every answer is well-formed and the one that the request must get",
  no_value_leaks: "no value is in any log line, nor in any answer, in whatever encoding",
  clones_differ: "nothing random is drawn before a request, so that clones of a snapshot differ",
  no_exception: "the program throws nothing at its host",
} as const;

export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  /** The invariant as a sentence. */
  readonly sentence: string;
  readonly detail: string;
}

/** Keeps the first violation: what follows it may be its consequence. */
export class Violations {
  #first: Violation | undefined;

  get first(): Violation | undefined {
    return this.#first;
  }

  report(invariant: Invariant, detail: string): void {
    this.#first ??= { invariant, sentence: INVARIANTS[invariant], detail };
  }
}
