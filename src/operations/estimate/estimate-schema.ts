/** What `purser estimate` is asked and answers. */
import { z } from "zod";
import { count, usd } from "../output-values.ts";

const DESIGN_CHARACTERS_MAX = 4_000_000;
const tokens = () => z.int().min(0).max(1_000_000_000).optional();

/** Flags that make up a design of one workload, in place of a file. */
export const designFlags = {
  systemTokens: tokens().describe("Tokens of the system prompt, with every call."),
  systemPrompt: z
    .string()
    .max(DESIGN_CHARACTERS_MAX)
    .optional()
    .describe("Its text, to be counted."),
  toolsTokens: tokens().describe("Tokens of the tool definitions, with every call."),
  documentsTokens: tokens().describe("Tokens of documents before the first message."),
  retrievalTokens: tokens().describe("Tokens that are found for each call."),
  inputTokens: tokens().describe("Tokens of one message of the user."),
  outputTokens: tokens().describe("Tokens of one response."),
  maxTokens: z.int().min(1).max(1_000_000_000).optional().describe("The request's max_tokens."),
  callsPerDay: z.number().min(0).max(1e12).optional().describe("Calls on a mean day."),
  turns: z.int().min(1).max(1_000).optional().describe("Turns of a conversation."),
  users: z.int().min(1).max(1e10).optional().describe("How many people use it."),
  cache: z.enum(["none", "5m", "1h", "automatic"]).optional().describe("How prompts are marked."),
  batch: z.boolean().default(false).describe("Calls go through Message Batches."),
  latency: z.string().max(40).optional().describe("How long an answer may take: 3s, 24h."),
  effort: z
    .enum(["low", "medium", "high", "xhigh", "max"])
    .optional()
    .describe("The effort that the length of a response is for."),
};

export const estimateInput = z.strictObject({
  design: z
    .string()
    .max(DESIGN_CHARACTERS_MAX)
    .optional()
    .describe("The design, in YAML; docs/concepts/estimate.md describes it."),
  designName: z
    .string()
    .max(4_096)
    .default("design")
    .describe("What messages call the design; on a command line, its file's name."),
  model: z.string().max(300).optional().describe("The model of workloads that name none."),
  ...designFlags,
  at: z.string().max(40).optional().describe("The day whose prices hold; today when left out."),
  all: z.boolean().default(false).describe("Compare retired models as well."),
  brief: z
    .boolean()
    .default(false)
    .describe("The bill alone: no other models, no sensitivity, no cheapest combination."),
  seed: z.int().min(0).max(2_147_483_647).default(1).describe("Another seed draws other traffic."),
});

const range = z
  .object({ low_usd: usd(), high_usd: usd() })
  .nullable()
  .describe("Within which a real stretch comes out in 90 of 100 cases; null where nothing varies.");

const period = z.object({ usd: usd(), interval: range });

const share = z.object({ part: z.string(), usd: usd(), share: z.number() });

const combination = z.object({
  model: z.string(),
  cache: z.string(),
  batch: z.boolean(),
  effort: z.string().nullable(),
  month_usd: usd(),
  rough: z.boolean().describe("Whether the effort index, a rough guide, is in it."),
});

export const estimateOutput = z.object({
  at: z.string(),
  day: period,
  month: period.describe("A twelfth of a year."),
  year: period.describe("365 days."),
  months: z
    .array(z.object({ name: z.string(), usd: usd() }))
    .describe("A year's months, where the design has a season; they sum to the year."),
  weekdays: z
    .array(z.object({ name: z.string(), usd: usd() }))
    .describe("The days of a mean week, where the design tells them apart."),
  calls_per_day: z.number(),
  conversations_per_day: z.number(),
  per_call_usd: usd().nullable(),
  per_conversation_usd: usd().nullable(),
  per_user_month_usd: usd()
    .nullable()
    .describe("Null where the design does not say how many users."),
  tokens_per_day: z
    .object({ input: count(), cache_write: count(), cache_read: count(), output: count() })
    .describe("Rounded to whole tokens."),
  drivers: z.array(share).describe("The month by what causes it; sums to the month."),
  by_item: z.array(share).describe("The month by what it is billed as; sums to the month."),
  workloads: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      cache: z.string(),
      batch: z.boolean(),
      month_usd: usd(),
      calls_per_day: z.number(),
      first_prompt_tokens: count().describe("Mean tokens of the prompt of a first turn."),
      last_prompt_tokens: count().describe("Of the last turn, in the tokens of the design."),
      cheapest: combination.nullable().describe("Of all models, within the latency need."),
      cheapest_same_model: combination.nullable(),
    }),
  ),
  models: z
    .array(
      z.object({
        model: z.string(),
        fits: z.boolean(),
        why_not: z.string().nullable(),
        converted: z
          .boolean()
          .describe("Whether its tokens were converted from another tokenizer."),
        month_usd: z.record(z.string(), usd().nullable()).describe("By cache rule and batch."),
      }),
    )
    .describe("Every model in place of the design's, cheapest first."),
  sensitivity: z.array(
    z.object({ what: z.string(), factor: z.number(), month_usd: usd(), change: z.number() }),
  ),
  warnings: z.array(z.object({ where: z.string(), what: z.string() })),
  assumed: z.array(z.string()),
  simulated_calls: count().describe("Calls that stand for a day."),
});
export type EstimateInput = z.output<typeof estimateInput>;
export type EstimateOutput = z.output<typeof estimateOutput>;
