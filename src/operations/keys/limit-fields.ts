/** The limits of a key as fields of an input. */
import { z } from "zod";
import type { LimitSettings } from "../../domain/limits/index.ts";

const CALLS_MAX = 1_000_000;
const TOKENS_MAX = 10_000_000_000;
const TURNS_MAX = 100_000;
const WAIT_SECONDS_MAX = 600;

const whole = (max: number, says: string) => z.int().min(1).max(max).optional().describe(says);

export const limitFields = {
  requestsPerMinute: whole(CALLS_MAX, "Calls per minute."),
  inputTokensPerMinute: whole(TOKENS_MAX, "Input tokens per minute, cache reads left out."),
  outputTokensPerMinute: whole(TOKENS_MAX, "Output tokens per minute."),
  concurrentCalls: whole(CALLS_MAX, "Calls in flight at once."),
  maxTokens: whole(TOKENS_MAX, "The largest max_tokens that a call may ask for."),
  sessionCalls: whole(CALLS_MAX, "Calls in one session."),
  sessionTokens: whole(TOKENS_MAX, "Tokens in one session, prompts and answers together."),
  sessionUsd: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,12})?$/, "is not an amount of dollars such as 2.50")
    .refine((text) => Number(text) > 0, "is not above zero")
    .optional()
    .describe("Dollars in one session, as a decimal."),
  repeatedCalls: whole(TURNS_MAX, "The same prompt to the same model, within ten minutes."),
  repeatedToolCalls: whole(TURNS_MAX, "The same tool with the same input, in a row."),
  toolTurns: whole(TURNS_MAX, "Turns in a row of tools alone, without a word from the user."),
  waitSeconds: z
    .int()
    .min(0)
    .max(WAIT_SECONDS_MAX)
    .optional()
    .describe("How long a call may wait for its turn; refused at once if unsaid."),
} as const;

export type LimitFields = { readonly [Name in keyof typeof limitFields]?: unknown };

const shape = z.object(limitFields);

export function limitsOf(input: LimitFields): LimitSettings {
  const { waitSeconds, ...limits } = shape.parse(input);
  const set = Object.entries(limits).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(set),
    ...(waitSeconds === undefined ? {} : { waitMsMax: waitSeconds * 1_000 }),
  };
}

export const limitsOutput = z.object({
  requests_per_minute: z.int().nullable(),
  input_tokens_per_minute: z.int().nullable(),
  output_tokens_per_minute: z.int().nullable(),
  concurrent_calls: z.int().nullable(),
  max_tokens: z.int().nullable(),
  session_calls: z.int().nullable(),
  session_tokens: z.int().nullable(),
  session_usd: z.string().nullable(),
  repeated_calls: z.int().nullable(),
  repeated_tool_calls: z.int().nullable(),
  tool_turns: z.int().nullable(),
  wait_seconds: z.number().nullable(),
});

export function toLimitsOutput(limits: LimitSettings): z.output<typeof limitsOutput> {
  return {
    requests_per_minute: limits.requestsPerMinute ?? null,
    input_tokens_per_minute: limits.inputTokensPerMinute ?? null,
    output_tokens_per_minute: limits.outputTokensPerMinute ?? null,
    concurrent_calls: limits.concurrentCalls ?? null,
    max_tokens: limits.maxTokens ?? null,
    session_calls: limits.sessionCalls ?? null,
    session_tokens: limits.sessionTokens ?? null,
    session_usd: limits.sessionUsd ?? null,
    repeated_calls: limits.repeatedCalls ?? null,
    repeated_tool_calls: limits.repeatedToolCalls ?? null,
    tool_turns: limits.toolTurns ?? null,
    wait_seconds: limits.waitMsMax === undefined ? null : limits.waitMsMax / 1_000,
  };
}
