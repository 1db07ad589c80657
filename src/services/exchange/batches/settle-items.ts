/** What the ledger is told of a batch's requests once the call that creates it has ended. */
import { estimatedTokenCount, type Instant } from "../../../base/index.ts";
import type {
  BatchItemRecord,
  CorrectedEntry,
  Outcome,
  SettledEntry,
} from "../../../stores/contracts/index.ts";
import type { CreationEnd, OpenItem } from "./batch-creation.ts";

export function settleItemsOf(
  items: readonly OpenItem[],
  end: CreationEnd,
  at: Instant,
): readonly SettledEntry[] {
  return items.map((item) => ({
    ...NOTHING_KNOWN,
    kind: "settled",
    exchange: item.exchange,
    at,
    outcome: OUTCOMES[end.kind],
    ...chargeOf(item, end),
  }));
}

/** Of a creation that nobody answered, and that left no batch after all. */
export function settleUnmade(
  items: readonly BatchItemRecord[],
  at: Instant,
): readonly CorrectedEntry[] {
  return items.map(({ exchange }) => ({
    ...NOTHING_KNOWN,
    ...{ kind: "corrected", exchange, at, outcome: "upstream-unreachable" },
    unbilledReason: "not-billed: no batch was made",
    reason: "no batch was made",
  }));
}

const NOTHING_KNOWN = {
  firstByteAt: null,
  httpStatus: null,
  errorType: null,
  modelServed: null,
  messageId: null,
  requestId: null,
  stopReason: null,
  reportedMiss: null,
  responseBytes: 0,
  measured: null,
  estimated: null,
  unbilledReason: null,
  unbilledUsage: null,
  showback: null,
} as const;

const OUTCOMES: Readonly<Record<CreationEnd["kind"], Outcome>> = {
  created: "submitted",
  refused: "upstream-error",
  "not-sent": "refused",
  unknown: "upstream-unreachable",
};

type Charge = Partial<SettledEntry>;

function chargeOf(item: OpenItem, end: CreationEnd): Charge {
  switch (end.kind) {
    case "created":
      return { ...worstCase(item, "its batch has not ended"), requestId: end.requestId };
    case "unknown":
      return worstCase(item, end.reason);
    case "refused": {
      const { httpStatus, errorType, requestId } = end;
      const unbilledReason = `not-billed: the provider answered ${httpStatus}`;
      return { httpStatus, errorType, requestId, unbilledReason };
    }
    case "not-sent":
      return { errorType: end.reason, unbilledReason: "not-billed: never forwarded" };
    default:
      return end satisfies never;
  }
}

/** Until the result is seen, all that may be charged stands in, as an estimate. */
function worstCase(
  { worstCase: { inputTokens, outputTokens, amount } }: OpenItem,
  why: string,
): Charge {
  const estimated =
    amount === null
      ? null
      : {
          inputTokens,
          outputTokens: outputTokens ?? estimatedTokenCount(0),
          total: amount,
          basis: `worst case: ${why}`,
        };
  return { estimated, unbilledReason: "not-reported" };
}
