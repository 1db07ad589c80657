import { z } from "zod";
import {
  formatInstant,
  formatUsdPerMtok,
  type Instant,
  type MicroUsdPerMtok,
} from "../base/index.ts";
import type { DatedPrice, ModelFacts, TokenRates } from "../domain/catalogue/index.ts";
import { findModel } from "./find-model.ts";
import { readOptionalMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";
import { usd } from "./output-values.ts";

const rates = z.object({
  input: usd(),
  output: usd(),
  cache_write_5m: usd().nullable(),
  cache_write_1h: usd().nullable(),
  cache_read: usd().nullable(),
});

const price = z.object({
  price_date: z.string().describe("First day of this price."),
  until: z.string().nullable().describe("First day on which it no longer holds."),
  usd_per_mtok: rates,
  steps: z.array(z.object({ prompt_tokens_over: z.int(), usd_per_mtok: rates })),
  fast_usd_per_mtok: rates.nullable(),
  batch_at_half: z.boolean(),
  inference_geo_us: z.boolean(),
  source: z.string(),
  checked: z.string(),
});

const model = z.object({
  id: z.string(),
  name: z.string(),
  family: z.string(),
  status: z.enum(["active", "deprecated", "retired"]),
  aliases: z.array(z.string()),
  partner_ids: z.array(z.string()),
  released: z.string().nullable(),
  retires: z.string().nullable(),
  context_tokens_max: z.int(),
  output_tokens_max: z.int(),
  minimum_cacheable_tokens: z.int().nullable(),
  tokenizer: z.string(),
  price: price.nullable().describe("The price that holds at the date; null when none is known."),
  prices: z.array(price).describe("Every dated price, oldest first."),
  notes: z.array(z.string()),
});

export const models = defineOperation({
  name: "models",
  path: ["models"],
  title: "Models and prices",
  summary: "Lists the Claude models that Purser knows, with the price that holds on a day.",
  effects: "reads",
  positional: "id",
  input: z.strictObject({
    id: z
      .string()
      .max(300)
      .optional()
      .describe("One model, by its exact id, an alias or a partner's id."),
    at: z
      .string()
      .max(40)
      .optional()
      .describe("The day whose prices are shown; today when left out."),
    all: z.boolean().default(false).describe("Show retired models as well."),
  }),
  output: z.object({ at: z.string(), catalogue_version: z.string(), models: z.array(model) }),
  examples: [
    { says: "every model that is served today", input: {} },
    { says: "one model, with all its dated prices", input: { id: "claude-sonnet-5-5" } },
    { says: "what it cost on another day", input: { id: "claude-sonnet-5-5", at: "2026-10-01" } },
  ],
  async run(input, context) {
    const catalogue = context.catalogue();
    const at = readOptionalMoment(input.at, context.clock.now(), "at") ?? context.clock.now();
    const chosen =
      input.id === undefined
        ? catalogue.models().filter((facts) => input.all || facts.status !== "retired")
        : [findModel(catalogue, input.id, "id")];
    return {
      at: formatInstant(at),
      catalogue_version: catalogue.version,
      models: chosen.map((facts) => toOutput(facts, at)),
    };
  },
});

function toOutput(facts: ModelFacts, at: Instant): z.output<typeof model> {
  const held = facts.prices.find(
    (dated) => dated.from <= at && (dated.until === null || at < dated.until),
  );
  return {
    id: facts.id,
    name: facts.displayName,
    family: facts.family,
    status: facts.status,
    aliases: [...facts.aliases],
    partner_ids: [...facts.partnerIds],
    released: facts.released,
    retires: facts.retires,
    context_tokens_max: facts.contextTokensMax,
    output_tokens_max: facts.outputTokensMax,
    minimum_cacheable_tokens: facts.minimumCacheableTokens,
    tokenizer: facts.tokenizer,
    price: held === undefined ? null : toPrice(held),
    prices: facts.prices.map(toPrice),
    notes: [...facts.notes],
  };
}

function toPrice(dated: DatedPrice): z.output<typeof price> {
  return {
    price_date: dayOf(dated.from),
    until: dated.until === null ? null : dayOf(dated.until),
    usd_per_mtok: toRates(dated.standard),
    steps: dated.steps.map((step) => ({
      prompt_tokens_over: step.promptTokensOver,
      usd_per_mtok: toRates(step.rates),
    })),
    fast_usd_per_mtok: dated.fast === null ? null : toRates(dated.fast),
    batch_at_half: dated.batch,
    inference_geo_us: dated.inferenceGeoUs,
    source: dated.source,
    checked: dated.checked,
  };
}

function toRates(listed: TokenRates): z.output<typeof rates> {
  const orNull = (rate: MicroUsdPerMtok | null) => (rate === null ? null : formatUsdPerMtok(rate));
  return {
    input: formatUsdPerMtok(listed.input),
    output: formatUsdPerMtok(listed.output),
    cache_write_5m: orNull(listed.cacheWrite5m),
    cache_write_1h: orNull(listed.cacheWrite1h),
    cache_read: orNull(listed.cacheRead),
  };
}

function dayOf(value: Instant): string {
  return formatInstant(value).slice(0, 10);
}
