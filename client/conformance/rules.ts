/** Every rule, from what a waiting server tells to how it ends. */

import { CLAIM_RULES, FINAL_RULE } from "./claim-rules.ts";
import { FILE_RULES } from "./file-rules.ts";
import { HEALTH_RULES } from "./health-rules.ts";
import { HTTP_RULES } from "./http-rules.ts";
import { PROCESS_RULES } from "./process-rules.ts";
import { REFUSAL_RULES } from "./refusal-rules.ts";
import type { Rule } from "./rule.ts";

/** The last one spends a server at an address; whatever needs a process comes before. */
export const RULES: readonly Rule[] = [
  ...HEALTH_RULES,
  ...REFUSAL_RULES,
  ...HTTP_RULES,
  ...CLAIM_RULES,
  ...FILE_RULES,
  ...PROCESS_RULES,
  FINAL_RULE,
];
