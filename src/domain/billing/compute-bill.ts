/**
 * Usage in, an exact bill out. Everything that decides the price comes from the response: the model
 * that served, the tier, the speed and the region, whatever the request asked for.
 */
import { formatInstant, type Instant } from "../../base/index.ts";
import type { Catalogue, Resolution, SheetOutcome, Unpriced } from "../catalogue/index.ts";
import { type BillAssumptions, DEFAULT_BILL_ASSUMPTIONS } from "./assumptions.ts";
import type { Bill, BillOutcome, PriceBasis, TokenBillLine, UnpricedReason } from "./bill.ts";
import { feeLines, joinLines, tokenLines, totalOf } from "./bill-lines.ts";
import { billRefusal } from "./refusal.ts";
import { type Sampling, samplingsBesideRefusal, samplingsOf } from "./samplings.ts";
import type { Usage } from "./usage.ts";

export type BillQuestion = {
  readonly catalogue: Catalogue;
  /** The model that served, as the response spells it. */
  readonly model: string;
  /** The model that the request asked for, where it is known: the first in a chain of fallbacks. */
  readonly modelAsked?: string | null;
  /** When the call was made: prices are dated. */
  readonly at: Instant;
  readonly usage: Usage;
  readonly stopReason?: string | null;
  /** `stop_details.category` of a refusal. */
  readonly stopCategory?: string | null;
  /** Whether any content came; decides the bill of a refusal. `null` when nobody looked. */
  readonly producedOutput?: boolean | null;
  /** Failed requests are not charged: a status of 400 or more is not billed. */
  readonly httpStatus?: number | null;
  readonly assumptions?: BillAssumptions;
};

type Priced = { readonly lines: readonly TokenBillLine[]; readonly basis: PriceBasis };
type Refused = { readonly reason: UnpricedReason; readonly message: string };
type Parts = {
  readonly lines: TokenBillLine[];
  readonly basis: PriceBasis[];
  refused: Refused | null;
};

export function computeBill(question: BillQuestion): BillOutcome {
  const status = question.httpStatus ?? null;
  if (status !== null && status >= 400) {
    return { kind: "not-billed", reason: `the call failed with status ${status}` };
  }
  const { catalogue, usage } = question;
  const served = catalogue.resolve(question.model);
  if (served.kind === "unknown") return unpriced("unknown-model", served.message, null);
  const refusal = billRefusal({
    stopReason: question.stopReason ?? null,
    stopCategory: question.stopCategory ?? null,
    producedOutput: question.producedOutput ?? null,
    at: question.at,
  });
  const modelAsked = question.modelAsked ?? null;
  const isFree = refusal.kind === "not-billed";
  const samplings = isFree
    ? samplingsBesideRefusal(usage, modelAsked)
    : samplingsOf(usage, question.assumptions ?? DEFAULT_BILL_ASSUMPTIONS, modelAsked);
  if (isFree && samplings.billed.length === 0) return refusal;
  const parts = priceSamplings(question, served, samplings.billed);
  const lines = [...joinOrKeep(parts.lines, samplings.billed.length)];
  const remarks = [...modelRemarks(served, question.at), ...samplings.remarks];
  if (!isFree && refusal.remark !== null) remarks.push(refusal.remark);
  const whole = [...lines, ...feeLines(usage, served.facts.id)];
  const bill: Bill = {
    lines: whole,
    total: totalOf(whole),
    basis: parts.basis,
    thinkingTokens: isFree ? null : usage.thinkingTokens,
    remarks,
  };
  const refused = parts.refused ?? unknownFields(usage);
  return refused === null
    ? { kind: "billed", bill }
    : unpriced(refused.reason, refused.message, whole.length === 0 ? null : bill);
}

/** Prices what can be priced and keeps the first refusal, so that a part is never taken for all. */
function priceSamplings(
  question: BillQuestion,
  served: Resolution & { readonly kind: "known" },
  samplings: readonly Sampling[],
): Parts {
  const parts: Parts = { lines: [], basis: [], refused: null };
  for (const sampling of samplings) {
    const priced = priceSampling(question, served, sampling);
    if ("reason" in priced) {
      parts.refused ??= priced;
      continue;
    }
    parts.lines.push(...priced.lines);
    if (!parts.basis.includes(priced.basis)) parts.basis.push(priced.basis);
  }
  return parts;
}

function priceSampling(
  { catalogue, usage, at }: BillQuestion,
  served: Resolution & { readonly kind: "known" },
  sampling: Sampling,
): Priced | Refused {
  const { model } = sampling;
  if (model.kind === "unnamed") {
    const message = `${model.where} names no model, and it is not that of the response`;
    return { reason: "unknown-model", message };
  }
  const own = model.kind === "served" ? served : catalogue.resolve(model.id);
  if (own.kind === "unknown") return { reason: "unknown-model", message: own.message };
  const outcome: SheetOutcome = catalogue.rates({
    model: own.facts.id,
    at,
    speed: usage.speed,
    serviceTier: usage.serviceTier,
    inferenceGeo: usage.inferenceGeo,
    promptTokens: sampling.promptTokens,
  });
  if (outcome.kind === "unpriced") return refusedBy(outcome);
  const lines = tokenLines(sampling.tokens, outcome.sheet);
  if (lines.kind === "not-sold") {
    const message = `${own.facts.id} has no price for ${lines.item}`;
    return { reason: "class-not-sold", message };
  }
  return { lines: lines.lines, basis: outcome.sheet.basis };
}

function joinOrKeep(lines: readonly TokenBillLine[], samplings: number): readonly TokenBillLine[] {
  return samplings > 1 ? joinLines(lines) : lines;
}

function unknownFields(usage: Usage): Refused | null {
  if (usage.unknownFields.length === 0) return null;
  const named = usage.unknownFields.slice(0, 5).join(", ");
  const message = `the usage reports what has no known price: ${named.slice(0, 300)}`;
  return { reason: "unknown-usage-field", message };
}

function modelRemarks(served: Resolution & { readonly kind: "known" }, at: Instant): string[] {
  const { facts, seller } = served;
  const remarks: string[] = [];
  if (seller !== "anthropic") {
    remarks.push(`sold by a partner (${seller}) at its own price; this is Anthropic's list price`);
  }
  if (facts.retires !== null && formatInstant(at).slice(0, 10) >= facts.retires) {
    remarks.push(`${facts.id} was retired on ${facts.retires}; this is its last list price`);
  }
  return remarks;
}

function refusedBy({ reason, message }: Unpriced): Refused {
  return { reason, message };
}

function unpriced(reason: UnpricedReason, message: string, partial: Bill | null): BillOutcome {
  return { kind: "unpriced", reason, message, partial };
}
