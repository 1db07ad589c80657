/** From one result of a batch to what the ledger is told of it ("message batches: billing"). */
import type { Instant } from "../../../base/index.ts";
import type {
  BatchItemRecord,
  BatchRecord,
  CorrectedEntry,
  Outcome,
} from "../../../stores/contracts/index.ts";
import type { BatchResult } from "../../../wire/batches/index.ts";
import { type AnswerFacts, factsOfMessage, noAnswer } from "../answer-meter.ts";
import { type SettledOpening, type SettlingContext, settleExchange } from "../settle-exchange.ts";

export type Booking = {
  readonly record: BatchRecord;
  readonly item: BatchItemRecord;
  readonly result: BatchResult;
  readonly at: Instant;
};

export function bookingOf(
  { record, item, result, at }: Booking,
  context: SettlingContext,
): CorrectedEntry {
  const settled = settleExchange(openedOf(record, item), { at, ...endingOf(result) }, context);
  return { ...settled, kind: "corrected", reason: `the batch's result: ${result.end.kind}` };
}

/** As much of the opening as a settlement reads; priced by the day on which it was sent. */
function openedOf(record: BatchRecord, item: BatchItemRecord): SettledOpening {
  return {
    exchange: item.exchange,
    at: record.createdAt,
    modelAsked: item.modelAsked,
    maxTokens: item.maxTokens,
    attributes: { ...record.attributes, user: item.user ?? record.attributes.user },
    worstCase: item.worstCase,
  };
}

const OUTCOMES: Readonly<Record<BatchResult["end"]["kind"], Outcome>> = {
  succeeded: "completed",
  errored: "upstream-error",
  canceled: "canceled",
  expired: "expired",
};

function endingOf({ end }: BatchResult) {
  const answer = answerOf(end);
  return {
    firstByteAt: null,
    outcome: OUTCOMES[end.kind],
    httpStatus: end.kind === "succeeded" ? 200 : null,
    requestId: end.kind === "errored" ? end.requestId : null,
    ownCode: null,
    responseBytes: 0,
    forwarded: true,
    answer,
  };
}

function answerOf(end: BatchResult["end"]): AnswerFacts {
  if (end.kind === "succeeded") return factsOfMessage(end.message);
  return end.kind === "errored"
    ? { ...noAnswer(), errorType: end.errorType ?? "error" }
    : noAnswer();
}
