/** Finds the sheet that prices a call. On the hot path: no allocation when there is one. */
import { formatInstant } from "../../base/index.ts";
import type { RateQuestion } from "./compile-catalogue.ts";
import { type PricePeriod, type SheetOutcome, sheetIndex, type Unpriced } from "./price-sheet.ts";

export function findSheet(
  periods: readonly PricePeriod[] | undefined,
  question: RateQuestion,
): SheetOutcome {
  if (periods === undefined) {
    return refusal("unknown-model", `no model is known by the id "${question.model}"`);
  }
  const period = periodAt(periods, question.at);
  if (period === null) return withoutPrice(question);
  const tier = question.serviceTier ?? "";
  const batch = tier === "batch";
  if (!batch && tier !== "standard" && tier !== "") return refusedTier(tier);
  const speed = question.speed ?? "";
  const fast = speed === "fast";
  if (!fast && speed !== "standard" && speed !== "") {
    return refusal("unknown-speed", `speed "${cut(speed)}" has no known price`);
  }
  const us = question.inferenceGeo === "us";
  if (!us && !isGlobal(question.inferenceGeo)) {
    const geo = cut(question.inferenceGeo ?? "");
    return refusal("unknown-inference-geo", `inference_geo "${geo}" has no known price`);
  }
  const index = sheetIndex(bandOf(period, question.promptTokens), { fast, batch, us });
  return period.sheets[index] ?? withoutPrice(question);
}

/** Models before Claude 4.6 report `not_available`: they have no choice of region. */
function isGlobal(geo: string | null): boolean {
  return geo === null || geo === "global" || geo === "not_available" || geo === "";
}

function periodAt(periods: readonly PricePeriod[], at: number): PricePeriod | null {
  for (let index = periods.length - 1; index >= 0; index -= 1) {
    const period = periods[index];
    if (period !== undefined && at >= period.from) {
      return period.until === null || at < period.until ? period : null;
    }
  }
  return null;
}

/** Exactly the step's length is still below it. */
function bandOf(period: PricePeriod, promptTokens: number): number {
  let band = 0;
  for (const over of period.bandsOver) if (promptTokens > over) band += 1;
  return band;
}

function refusedTier(tier: string): Unpriced {
  return tier === "priority"
    ? refusal("priority-commitment", "Priority Tier is paid by commitment, not at list price")
    : refusal("unknown-service-tier", `service tier "${cut(tier)}" has no known price`);
}

function withoutPrice(question: RateQuestion): Unpriced {
  const day = formatInstant(question.at).slice(0, 10);
  return refusal("no-price-at-date", `no price of ${question.model} is known for ${day}`);
}

function refusal(reason: Unpriced["reason"], message: string): Unpriced {
  return { kind: "unpriced", reason, message };
}

function cut(text: string): string {
  return text.slice(0, 60);
}
