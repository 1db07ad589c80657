/** What a plan takes and what it says. */
import { z } from "zod";
import { breakEvenRequests } from "../../../domain/prompt-cache/index.ts";
import { count, usd } from "../../output-values.ts";
import { windowInput } from "../../window-input.ts";
import type { CachedModel } from "../priced-model.ts";

/** Characters of a request's body: what the API itself takes, 32 MB. */
const REQUEST_CHARACTERS_MAX = 32 * 1024 * 1024;
const CALLS_MAX = 1_000_000_000;

const monthly = z.object({
  usd: usd().describe("The likely figure. Estimated, from prompts only."),
  low_usd: usd(),
  high_usd: usd(),
});

const lifetime = z.enum(["5m", "1h"]);

export const planInput = z.strictObject({
  request: z
    .string()
    .max(REQUEST_CHARACTERS_MAX)
    .optional()
    .describe("The JSON body of a Messages request."),
  endpoint: z
    .string()
    .max(300)
    .optional()
    .describe("Plan for this endpoint's traffic in the ledger instead."),
  model: z
    .string()
    .max(300)
    .optional()
    .describe("Plan for this model instead of the recorded one."),
  callsPerMonth: z
    .int()
    .min(1)
    .max(CALLS_MAX)
    .default(10_000)
    .describe("How often a request of this shape is sent; for a request file."),
  ...windowInput,
  at: z.string().max(40).optional().describe("The day whose prices hold; today's when left out."),
  explain: z.boolean().default(false).describe("Say what was learned, and what was assumed."),
});

export const planOutput = z.object({
  for: z.enum(["request", "endpoint"]),
  models: z.array(z.string()),
  minimum_tokens: count().describe("Shortest prefix that the model keeps."),
  prompt_tokens: count().nullable().describe("Of the request, estimated; null for an endpoint."),
  requests: count().nullable().describe("Of the endpoint, replayed; null for a request."),
  breakpoints: z
    .array(
      z.object({
        pointer: z.string().nullable().describe("JSON pointer of the block in the edited request."),
        place: z.enum(["tools", "system", "inside-messages", "end-of-prompt"]),
        lifetime,
        tokens: count().describe("Tokens of the prefix that it closes, estimated."),
        share: z.number().nullable().describe("Share of the endpoint's requests that carry it."),
        why: z.string(),
      }),
    )
    .describe("At most four for a request."),
  moves: z
    .array(
      z.object({
        what: z.enum(["volatile-text", "tool-order"]),
        pointer: z.string().nullable(),
        kinds: z.array(z.string()),
        text: z.string().nullable(),
        why: z.string(),
      }),
    )
    .describe("What breaks the prefix and should stand elsewhere."),
  not_cached: z.array(z.object({ what: z.string(), tokens: count().nullable(), why: z.string() })),
  break_even: z.object({
    read_ratio: z.number(),
    requests_5m: count().nullable().describe("Requests within the lifetime from which on it pays."),
    requests_1h: count().nullable(),
  }),
  now: monthly.describe("Prompts of a month as they are sent."),
  planned: monthly,
  saving: monthly,
  interval: z.string().describe("What the low and the high figure stand for."),
  edits: z
    .array(
      z.object({
        op: z.enum(["add", "replace", "remove"]),
        path: z.string().describe("JSON pointer."),
        value: z.unknown().optional(),
      }),
    )
    .describe("RFC 6902 operations, in order."),
  diff: z.string().nullable().describe("The same as a unified diff of the request's JSON."),
  code: z.string().nullable().describe("The same as TypeScript for the official SDK."),
  learned: z.array(z.string()),
  assumed: z.array(z.string()),
});

export type PlanInput = z.output<typeof planInput>;
export type Plan = z.output<typeof planOutput>;

export type Monthly = z.output<typeof monthly>;

export function breakEven({ ratios }: CachedModel): Plan["break_even"] {
  return {
    read_ratio: ratios.read,
    requests_5m: breakEvenRequests(ratios, "5m"),
    requests_1h: breakEvenRequests(ratios, "1h"),
  };
}
