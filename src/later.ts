/**
 * What a server needs only once somebody claims it, or for what few ask of it. A host may hold it back
 * until then, so that idle copies do not carry it: whatever is to be at hand sooner is imported directly.
 */

import { checkOwner } from "./commit/commit.ts";
import { askHealth } from "./health.ts";
import { formatTerms } from "./reuse/recording.ts";
import { judgeStanding } from "./reuse/standing.ts";
import { checkClaimHead } from "./server/claim-request.ts";
import { ClaimRoute } from "./server/claim-route.ts";
import { Gate } from "./server/gate.ts";

export const LATER = {
  askHealth,
  checkClaimHead,
  checkOwner,
  ClaimRoute,
  formatTerms,
  Gate,
  judgeStanding,
} as const;

export type Later = typeof LATER;
