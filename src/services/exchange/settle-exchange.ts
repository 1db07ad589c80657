/**
 * The settling of an exchange: from how it ended to what it cost. What was measured and what is only
 * estimated stand apart; what the provider does not charge, and what has no price, is said in words.
 */
import { estimatedTokenCount, type Instant, type JsonObject } from "../../base/index.ts";
import {
  type Bill,
  type BillOutcome,
  computeBill,
  estimatedAmount,
  promptTokensOf,
  type Showback,
  type Usage,
} from "../../domain/billing/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";
import type {
  EstimatedCharge,
  MeasuredCharge,
  OpenedEntry,
  Outcome,
  SettledEntry,
} from "../../stores/contracts/index.ts";
import type { AnswerFacts } from "./answer-meter.ts";

export type Ending = {
  readonly at: Instant;
  readonly firstByteAt: Instant | null;
  readonly outcome: Outcome;
  readonly httpStatus: number | null;
  readonly requestId: string | null;
  /** Our own code, when we answered; the provider's error is in `answer`. */
  readonly ownCode: string | null;
  readonly responseBytes: number;
  /** Whether anything may have been sent upstream; false when no connection came about. */
  readonly forwarded: boolean;
  readonly answer: AnswerFacts;
};

export type SettlingContext = {
  readonly catalogue: Catalogue;
  /** What the provider is assumed to bill of an answer that was cut short. */
  readonly billedAfterCut: "generated-so-far" | "whole-answer";
  /** What a customer is shown of a bill. */
  readonly showback: Showback;
};

/** What a settlement reads of the opening. */
export type SettledOpening = Pick<
  OpenedEntry,
  "exchange" | "at" | "modelAsked" | "maxTokens" | "attributes" | "worstCase"
>;

export function settleExchange(
  opened: SettledOpening,
  ending: Ending,
  context: SettlingContext,
): SettledEntry {
  const { answer } = ending;
  return {
    kind: "settled",
    exchange: opened.exchange,
    at: ending.at,
    firstByteAt: ending.firstByteAt,
    outcome: ending.outcome,
    httpStatus: ending.httpStatus,
    errorType: ending.ownCode ?? answer.errorType,
    modelServed: answer.modelServed,
    messageId: answer.messageId,
    requestId: ending.requestId,
    stopReason: answer.stopReason,
    reportedMiss: answer.reportedMiss,
    responseBytes: ending.responseBytes,
    ...chargeOf(opened, ending, context),
  };
}

type Charge = Pick<
  SettledEntry,
  "measured" | "estimated" | "unbilledReason" | "unbilledUsage" | "showback"
>;

const NO_CHARGE: Charge = {
  measured: null,
  estimated: null,
  unbilledReason: null,
  unbilledUsage: null,
  showback: null,
};

function chargeOf(opened: SettledOpening, ending: Ending, context: SettlingContext): Charge {
  const { answer, outcome, httpStatus } = ending;
  if (!ending.forwarded) return unbilled("not-billed: never forwarded", answer);
  switch (outcome) {
    case "refused":
      return unbilled("not-billed: refused before it was forwarded", answer);
    case "upstream-error":
      return unbilled(`not-billed: the provider answered ${httpStatus ?? "an error"}`, answer);
    case "stream-error":
      return unbilled("not-billed: the provider ended the stream with an error", answer);
    case "canceled":
    case "expired":
      return unbilled(`not-billed: ${outcome} in its batch`, answer);
    case "submitted":
    case "completed":
    case "client-left":
    case "stream-cut":
    // It was sent, so the provider may have served it: only what was never sent is surely free.
    case "upstream-unreachable":
    case "timeout":
    case "lost":
      return afterAnswer(opened, ending, context);
    default:
      return outcome satisfies never;
  }
}

/** Failed calls are not charged, though the client had left before the provider said so. */
function afterAnswer(opened: SettledOpening, ending: Ending, context: SettlingContext): Charge {
  const { answer, httpStatus } = ending;
  if ((httpStatus ?? 0) >= 400) {
    return unbilled(`not-billed: the provider answered ${httpStatus}`, answer);
  }
  if (answer.errorType !== null) {
    return unbilled("not-billed: the provider ended the stream with an error", answer);
  }
  return answer.reported === null ? unreported(opened, ending) : reported(opened, ending, context);
}

function unbilled(why: string, answer: AnswerFacts): Charge {
  return { ...NO_CHARGE, unbilledReason: why, unbilledUsage: reportedUsage(answer) };
}

function reportedUsage(answer: AnswerFacts): SettledEntry["unbilledUsage"] {
  return answer.reported !== null && answer.usage.kind === "usage"
    ? { usage: answer.usage.usage, reported: answer.reported }
    : null;
}

/** Nobody said what was used: the worst case stands in, as an estimate. */
function unreported(opened: SettledOpening, ending: Ending): Charge {
  const why = ending.answer.unread ?? "no usage was reported";
  return {
    ...NO_CHARGE,
    estimated: worstCaseCharge(opened, `worst case: ${why} (${ending.outcome})`),
    unbilledReason: "not-reported",
  };
}

function reported(opened: SettledOpening, ending: Ending, context: SettlingContext): Charge {
  const { answer } = ending;
  if (answer.usage.kind === "unreadable" || answer.reported === null) {
    const where = answer.usage.kind === "unreadable" ? answer.usage.path : "usage";
    return {
      ...NO_CHARGE,
      estimated: worstCaseCharge(opened, `worst case: ${where} cannot be read`),
      unbilledReason: `unpriced: ${where} cannot be read`,
    };
  }
  const { usage } = answer.usage;
  const outcome = billOf(opened, answer, usage, context.catalogue);
  if (outcome.kind === "not-billed") return unbilled(`not-billed: ${outcome.reason}`, answer);
  if (outcome.kind === "unpriced") return unbilled(`unpriced: ${outcome.reason}`, answer);
  const isFinal = answer.whole || answer.stopReason !== null;
  return {
    ...NO_CHARGE,
    measured: measuredCharge(usage, answer.reported, outcome.bill, isFinal),
    estimated: isFinal ? null : remainderOf(opened, answer, usage, context),
    showback: context.showback(outcome.bill, opened.attributes),
  };
}

function measuredCharge(
  usage: Usage,
  reported: JsonObject,
  bill: Bill,
  final: boolean,
): MeasuredCharge {
  const priceDate = bill.basis[0]?.priceDate ?? "";
  return { usage, reported, lines: bill.lines, total: bill.total, final, priceDate };
}

function billOf(
  opened: SettledOpening,
  answer: AnswerFacts,
  usage: Usage,
  catalogue: Catalogue,
): BillOutcome {
  return computeBill({
    catalogue,
    at: opened.at,
    model: answer.modelServed ?? opened.modelAsked ?? "",
    modelAsked: opened.modelAsked,
    usage,
    stopReason: answer.stopReason,
    stopCategory: answer.stopCategory,
    producedOutput: answer.contentBlocks > 0,
  });
}

/** Output was cut before the provider counted it: bytes seen are turned into tokens, upwards. */
const OUTPUT_BYTES_PER_TOKEN = 3;

function remainderOf(
  opened: SettledOpening,
  answer: AnswerFacts,
  usage: Usage,
  context: SettlingContext,
): EstimatedCharge | null {
  const seen = Math.ceil(answer.outputBytes / OUTPUT_BYTES_PER_TOKEN);
  const whole = context.billedAfterCut === "whole-answer" ? (opened.maxTokens ?? seen) : seen;
  const tokens = Math.max(0, whole - usage.outputTokens);
  if (tokens === 0) return null;
  const outputTokens = estimatedTokenCount(tokens);
  const inputTokens = estimatedTokenCount(0);
  const total = estimatedAmount({
    catalogue: context.catalogue,
    model: answer.modelServed ?? opened.modelAsked ?? "",
    at: opened.at,
    speed: usage.speed,
    serviceTier: usage.serviceTier,
    inferenceGeo: usage.inferenceGeo,
    promptTokens: promptTokensOf(usage),
    inputTokens,
    outputTokens,
  });
  const basis = `output after the last count, ${context.billedAfterCut}`;
  return total === null ? null : { inputTokens, outputTokens, total, basis };
}

function worstCaseCharge(opened: SettledOpening, basis: string): EstimatedCharge | null {
  const { inputTokens, outputTokens, amount } = opened.worstCase;
  if (amount === null) return null;
  return {
    inputTokens,
    outputTokens: outputTokens ?? estimatedTokenCount(0),
    total: amount,
    basis,
  };
}
