import { z } from "zod";
import {
  formatInstant,
  formatUsd,
  formatUsdPerMtok,
  type Instant,
  type PicoUsd,
  PurserError,
  sumPicoUsd,
} from "../base/index.ts";
import {
  type Bill,
  type BillLine,
  type BillOutcome,
  computeBill,
  type PriceBasis,
} from "../domain/billing/index.ts";
import type { Catalogue } from "../domain/catalogue/index.ts";
import { readOptionalMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";
import { usd } from "./output-values.ts";
import { type CostCall, readCostText } from "./read-cost-text.ts";

/** Characters of text that one question may hold: a long stream with room to spare. */
const TEXT_CHARACTERS_MAX = 16 * 1024 * 1024;

const line = z.object({
  item: z.string(),
  model: z.string(),
  tokens: z.int().nullable().describe("Null for a fee that is not per token."),
  usd_per_mtok: usd().nullable(),
  quantity: z.int().nullable().describe("How many of a fee; null for tokens."),
  usd_each: usd().nullable(),
  usd: usd(),
});

const basis = z.object({
  model: z.string(),
  price_date: z.string().describe("First day of the price that was used."),
  service_tier: z.string(),
  speed: z.string(),
  inference_geo: z.string(),
  prompt_tokens_over: z.int().nullable(),
  overridden: z.boolean().describe("Whether an own price or a discount replaced the list price."),
});

const call = z.object({
  kind: z.enum(["billed", "not-billed", "unpriced"]),
  custom_id: z.string().nullable(),
  message_id: z.string().nullable(),
  model: z.string().nullable(),
  complete: z.boolean().describe("False when the stream ended before its final usage."),
  price_date: z.string().nullable(),
  total_usd: usd().nullable().describe("Null when there is no price; never a stand-in zero."),
  lines: z.array(line).describe("Those that have a price, even where the whole has none."),
  basis: z.array(basis),
  thinking_tokens: z.int().nullable(),
  reason: z.string().nullable().describe("Why it is not billed, or has no price."),
  message: z.string().nullable(),
  remarks: z.array(z.string()),
});

type CallOutput = z.output<typeof call>;

export const cost = defineOperation({
  name: "cost",
  path: ["cost"],
  title: "What a response costs",
  summary:
    "Prices a usage object, a whole Message, the transcript of an event stream or batch results.",
  effects: "reads",
  standardInput: "text",
  input: z.strictObject({
    text: z
      .string()
      .max(TEXT_CHARACTERS_MAX)
      .describe("The response body, or its usage object, as the API sent it."),
    model: z
      .string()
      .max(300)
      .optional()
      .describe("The model, where the text does not say it (a usage object alone)."),
    at: z.string().max(40).optional().describe("The day whose prices hold; today when left out."),
  }),
  output: call.omit({ custom_id: true }).extend({
    source: z.enum(["usage", "message", "stream", "batch-results"]),
    at: z.string(),
    calls: z.array(call).nullable().describe("Each call on its own, when there are several."),
  }),
  examples: [
    {
      says: "a response body, as it was saved",
      shell: "purser cost < response.json",
      input: {
        text: '{"type":"message","model":"claude-opus-5-5","usage":{"input_tokens":12,"output_tokens":345}}',
      },
    },
    {
      says: "a usage object, at the prices of a day",
      shell:
        'echo \'{"input_tokens":1000,"output_tokens":50}\' | purser cost --model claude-haiku-5-5 --at 2026-11-01',
      input: {
        text: '{"input_tokens":1000,"output_tokens":50}',
        model: "claude-haiku-5-5",
        at: "2026-11-01",
      },
    },
  ],
  isFinding: (output) => output.kind === "unpriced" || !output.complete,
  async run(input, context) {
    const at = readOptionalMoment(input.at, context.clock.now(), "at") ?? context.clock.now();
    const { source, calls } = readCostText(input.text);
    const catalogue = context.catalogue();
    const priced = calls.map((found) => priceCall(found, { catalogue, at, model: input.model }));
    const { custom_id: _customId, ...summary } = summarize(priced);
    return {
      ...summary,
      source,
      at: formatInstant(at),
      calls: priced.length === 1 ? null : priced.map((one) => one.output),
    };
  },
});

type Pricing = {
  readonly catalogue: Catalogue;
  readonly at: Instant;
  readonly model: string | undefined;
};
/** The exact total beside what is shown; `null` without a price. */
type PricedCall = { readonly output: CallOutput; readonly total: PicoUsd | null };

function priceCall(found: CostCall, pricing: Pricing): PricedCall {
  const { view } = found;
  const outcome: BillOutcome =
    view === null || found.failure !== null
      ? { kind: "not-billed", reason: whyNotBilled(found) }
      : billOf(found, pricing);
  const facts = {
    custom_id: found.customId,
    message_id: view?.id ?? null,
    model: pricing.model ?? view?.model ?? null,
    complete: found.complete,
  };
  const output = toOutput(outcome, facts, remarksOf(found, outcome));
  return { output, total: totalOf(outcome) };
}

/** Failed calls are not charged, whatever they had counted before they failed. */
function whyNotBilled({ view, failure }: CostCall): string {
  const reason = failure ?? "error";
  return view === null ? reason : `the stream ended with an error: ${reason}`;
}

/** Errors: `COST_MODEL_MISSING`, `COST_INPUT_UNREADABLE`. */
function billOf({ view }: CostCall, pricing: Pricing): BillOutcome {
  if (view === null) throw new Error("a call without a view has no bill");
  const model = pricing.model ?? view.model;
  if (model === null) {
    throw new PurserError("COST_MODEL_MISSING", {
      what: "the text names no model",
      where: "model",
    });
  }
  if (view.usage.kind === "unreadable") {
    const { path, reason } = view.usage;
    throw new PurserError("COST_INPUT_UNREADABLE", { what: reason, where: path });
  }
  return computeBill({
    catalogue: pricing.catalogue,
    at: pricing.at,
    model,
    usage: view.usage.usage,
    stopReason: view.stopReason,
    stopCategory: view.stopCategory,
    producedOutput: view.contentBlocks > 0,
  });
}

function totalOf(outcome: BillOutcome): PicoUsd | null {
  if (outcome.kind === "billed") return outcome.bill.total;
  return outcome.kind === "not-billed" ? sumPicoUsd([]) : null;
}

/** The bill, or the part of it that has a price. */
function billIn(outcome: BillOutcome): Bill | null {
  if (outcome.kind === "billed") return outcome.bill;
  return outcome.kind === "unpriced" ? outcome.partial : null;
}

type CallFacts = Pick<CallOutput, "custom_id" | "message_id" | "model" | "complete">;

/** What is to be said of the text itself, beside what its bill says. */
function remarksOf({ view, complete }: CostCall, { kind }: BillOutcome): readonly string[] {
  const counts = kind !== "not-billed" && view?.usage.kind === "usage";
  const read = counts ? view.usage.remarks : [];
  return complete
    ? read
    : [...read, "the stream ended before its final usage: this is the part reported"];
}

function toOutput(outcome: BillOutcome, facts: CallFacts, remarks: readonly string[]): CallOutput {
  const total = totalOf(outcome);
  const bill = billIn(outcome);
  return {
    kind: outcome.kind,
    ...facts,
    model: bill?.basis[0]?.model ?? facts.model,
    price_date: bill?.basis[0]?.priceDate ?? null,
    total_usd: total === null ? null : formatUsd(total),
    lines: (bill?.lines ?? []).map(toLine),
    basis: (bill?.basis ?? []).map(toBasis),
    thinking_tokens: bill?.thinkingTokens ?? null,
    reason: outcome.kind === "billed" ? null : outcome.reason,
    message: outcome.kind === "unpriced" ? outcome.message : null,
    remarks: [...(bill?.remarks ?? []), ...remarks],
  };
}

function toLine(billed: BillLine): z.output<typeof line> {
  const tokens = billed.kind === "tokens" ? billed : null;
  const fee = billed.kind === "fee" ? billed : null;
  return {
    item: billed.item,
    model: billed.model,
    tokens: tokens?.tokens ?? null,
    usd_per_mtok: tokens === null ? null : formatUsdPerMtok(tokens.price),
    quantity: fee?.quantity ?? null,
    usd_each: fee === null ? null : formatUsd(fee.unitAmount),
    usd: formatUsd(billed.amount),
  };
}

function toBasis(priced: PriceBasis): z.output<typeof basis> {
  return {
    model: priced.model,
    price_date: priced.priceDate,
    service_tier: priced.serviceTier,
    speed: priced.speed,
    inference_geo: priced.inferenceGeo,
    prompt_tokens_over: priced.promptTokensOver,
    overridden: priced.overridden,
  };
}

/** Several calls as one: all lines, and a total only when every call has one. */
function summarize(priced: readonly PricedCall[]): CallOutput {
  const [first] = priced;
  if (first === undefined) throw new Error("a text to price holds at least one call");
  if (priced.length === 1) return first.output;
  const outputs = priced.map((one) => one.output);
  const totals = priced.flatMap((one) => (one.total === null ? [] : [one.total]));
  const unpriced = outputs.find((output) => output.kind === "unpriced");
  const billed = outputs.some((output) => output.kind === "billed");
  return {
    kind: unpriced === undefined ? (billed ? "billed" : "not-billed") : "unpriced",
    custom_id: null,
    message_id: null,
    model: sameOrNull(outputs.map((output) => output.model)),
    complete: outputs.every((output) => output.complete),
    price_date: sameOrNull(
      outputs.flatMap(({ price_date }) => (price_date === null ? [] : price_date)),
    ),
    total_usd: unpriced === undefined ? formatUsd(sumPicoUsd(totals)) : null,
    lines: outputs.flatMap((output) => output.lines),
    basis: outputs.flatMap((output) => output.basis),
    thinking_tokens: null,
    reason: unpriced?.reason ?? null,
    message: unpriced?.message ?? null,
    remarks: [...new Set(outputs.flatMap((output) => output.remarks))],
  };
}

function sameOrNull(values: readonly (string | null)[]): string | null {
  const [first = null] = values;
  return values.every((value) => value === first) ? first : null;
}
