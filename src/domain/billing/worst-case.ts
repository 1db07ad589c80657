/**
 * The most that a call can cost, reckoned before it is forwarded; and what an estimated number of
 * tokens comes to. Estimates only: they stay out of bills.
 */
import {
  type EstimatedTokenCount,
  type Instant,
  type MicroUsdPerMtok,
  type PicoUsd,
  picoUsd,
} from "../../base/index.ts";
import type { Catalogue, ModelFacts, TokenRates } from "../catalogue/index.ts";

export type WorstCaseQuestion = {
  readonly catalogue: Catalogue;
  /** The model asked for. */
  readonly model: string;
  readonly at: Instant;
  /** Counted or estimated upwards. */
  readonly inputTokens: EstimatedTokenCount;
  /** `max_tokens`; `null` when the request has none. */
  readonly maxTokens: number | null;
  readonly speed: string | null;
  /** As requested; when absent the workspace's default may be the dearer region. */
  readonly inferenceGeo: string | null;
  /** `batch` is half of every token price; never both ("message batches: billing"). */
  readonly serviceTier?: "standard" | "batch";
  /** The longest lifetime of any marker, the automatic one included. */
  readonly cacheLifetime: "5m" | "1h" | null;
  /** Why the request has no bound; empty when it has one. */
  readonly unbounded: readonly string[];
};

export type WorstCaseOutcome =
  | { readonly kind: "bounded"; readonly amount: PicoUsd }
  | { readonly kind: "unbounded"; readonly reason: string }
  | { readonly kind: "unpriced"; readonly reason: string };

/** Every class that the request could be billed at is tried, and the dearest is taken. */
export function worstCaseAmount(question: WorstCaseQuestion): WorstCaseOutcome {
  if (question.unbounded.length > 0) {
    return { kind: "unbounded", reason: question.unbounded.join(", ").slice(0, 300) };
  }
  if (question.maxTokens === null) return { kind: "unbounded", reason: "no max_tokens" };
  const asked = question.catalogue.resolve(question.model);
  if (asked.kind === "unknown") return { kind: "unpriced", reason: asked.message };
  const sheets = possibleRates(question, asked.facts);
  if (sheets.length === 0) return { kind: "unpriced", reason: `no price of ${asked.facts.id}` };
  const output = BigInt(question.maxTokens);
  let dearest = 0n;
  for (const rates of sheets) {
    const inputPrice = dearestInput(rates, question.cacheLifetime);
    const amount = BigInt(question.inputTokens) * inputPrice + output * rates.output;
    if (amount > dearest) dearest = amount;
  }
  return { kind: "bounded", amount: picoUsd(dearest) };
}

export type EstimateQuestion = Pick<WorstCaseQuestion, "catalogue" | "model" | "at"> & {
  readonly speed: string | null;
  readonly serviceTier: string | null;
  readonly inferenceGeo: string | null;
  /** Length of the whole prompt, for a step in the price. */
  readonly promptTokens: number;
  readonly inputTokens: EstimatedTokenCount;
  readonly outputTokens: EstimatedTokenCount;
};

/** What estimated tokens cost at the rates for fresh input and output; `null` without a price. */
export function estimatedAmount(question: EstimateQuestion): PicoUsd | null {
  const resolved = question.catalogue.resolve(question.model);
  if (resolved.kind === "unknown") return null;
  const outcome = question.catalogue.rates({ ...question, model: resolved.facts.id });
  if (outcome.kind === "unpriced") return null;
  const { input, output } = outcome.sheet.rates;
  return picoUsd(BigInt(question.inputTokens) * input + BigInt(question.outputTokens) * output);
}

/** The standard sheet always, the fast one when asked for, the dearer region unless ruled out. */
function possibleRates(question: WorstCaseQuestion, facts: ModelFacts): readonly TokenRates[] {
  const speeds = question.speed === "fast" ? ["fast", "standard"] : ["standard"];
  const regions = question.inferenceGeo === "global" ? ["global"] : ["us", "global"];
  return speeds.flatMap((speed) =>
    regions.flatMap((inferenceGeo) => {
      const outcome = question.catalogue.rates({
        model: facts.id,
        at: question.at,
        speed,
        serviceTier: question.serviceTier ?? "standard",
        inferenceGeo,
        promptTokens: question.inputTokens,
      });
      return outcome.kind === "priced" ? [outcome.sheet.rates] : [];
    }),
  );
}

/** A longer lifetime may stand beside a shorter one, so both kinds of write are possible. */
function dearestInput(rates: TokenRates, lifetime: "5m" | "1h" | null): MicroUsdPerMtok {
  const possible = [rates.input];
  if (lifetime !== null && rates.cacheWrite5m !== null) possible.push(rates.cacheWrite5m);
  if (lifetime === "1h" && rates.cacheWrite1h !== null) possible.push(rates.cacheWrite1h);
  return possible.reduce((dearest, price) => (price > dearest ? price : dearest));
}
