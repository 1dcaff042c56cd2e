/** What a dialect is: a grammar for env files, with what it cannot hold. */

import type { Environment } from "../claim/variable.ts";
import type { VariableProblem } from "../problems.ts";
import type { Result } from "../result.ts";

/** What is written for an environment: well-formed Unicode, meant for UTF-8. */
export interface Formatted {
  readonly text: string;
  /** Variables that only the dialect's own readers read exactly, not every quote-aware one. */
  readonly uncommonNames: readonly string[];
}

export interface Dialect {
  /** What `--format` calls it. */
  readonly name: string;
  /** The whole of what is written, or everything in the environment that this dialect cannot hold. */
  format(environment: Environment): Result<Formatted, readonly VariableProblem[]>;
}
