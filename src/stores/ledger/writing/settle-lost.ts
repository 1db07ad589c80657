import { estimatedTokenCount, type Instant } from "../../../base/index.ts";
import type { EstimatedCharge, OpenedEntry, SettledEntry } from "../../contracts/index.ts";

/**
 * The entry for an exchange that its process did not live to settle. What the provider charged is
 * unknown; the worst case stands in as an estimate until a correction brings the true figure.
 */
export function settleLost(opened: OpenedEntry, now: Instant): SettledEntry {
  return {
    kind: "settled",
    exchange: opened.exchange,
    at: now,
    firstByteAt: null,
    outcome: "lost",
    httpStatus: null,
    errorType: null,
    modelServed: null,
    messageId: null,
    requestId: null,
    stopReason: null,
    reportedMiss: null,
    responseBytes: 0,
    measured: null,
    estimated: worstCaseCharge(opened),
    unbilledReason: "not-reported",
    unbilledUsage: null,
    showback: null,
  };
}

function worstCaseCharge(opened: OpenedEntry): EstimatedCharge | null {
  const { inputTokens, outputTokens, amount } = opened.worstCase;
  if (amount === null) return null;
  return {
    inputTokens,
    outputTokens: outputTokens ?? estimatedTokenCount(0),
    total: amount,
    basis: "worst case of an exchange lost in a crash",
  };
}
