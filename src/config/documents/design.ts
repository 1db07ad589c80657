/** A design as people write it for `purser estimate`: sizes in tokens or as text, times with units. */
import { z } from "zod";
import { isJsonObject } from "../../base/index.ts";
import { duration, percent } from "../values.ts";
import { type AuthoredDocument, readDocument } from "./read-document.ts";

const WORKLOADS_MAX = 100;
const CHOICES_MAX = 1_000;
const TEXT_CHARACTERS_MAX = 4_000_000;
/** More tokens than any context window or volume has. */
const VALUE_MAX = 1e12;

/** What a size may be: one number, a text that is counted, or a distribution. */
export type AuthoredSize =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "mean"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "median"; readonly median: number; readonly p95: number }
  | { readonly kind: "range"; readonly min: number; readonly max: number }
  | {
      readonly kind: "values";
      readonly values: readonly number[];
      readonly weights: readonly number[];
    };

type Verdict = AuthoredSize | { readonly what: string; readonly mend: string };

const FORMS =
  "Write a number, or { mean, deviation }, { median, p95 }, { min, max } or { values, weights }.";

/** `text` says whether a text is counted here. */
function size(text: boolean) {
  return z
    .unknown()
    .transform((given, context): AuthoredSize => {
      const verdict = judgeSize(given, text);
      if ("kind" in verdict) return verdict;
      const params = { code: "DESIGN_INVALID" as const, mend: verdict.mend };
      context.addIssue({ code: "custom", message: verdict.what, params });
      return z.NEVER;
    })
    .meta({ kind: text ? "tokens or text" : "number or distribution" });
}

function judgeSize(given: unknown, text: boolean): Verdict {
  const mend = text ? `${FORMS.slice(0, -1)}, or the text itself, which is counted.` : FORMS;
  if (typeof given === "number")
    return judgeNumber(given, mend) ?? { kind: "number", value: given };
  if (typeof given === "string" && text) return judgeText(given, mend);
  if (!isJsonObject(given)) return { what: "this is neither a number nor a distribution", mend };
  const keys = Object.keys(given).sort().join(" ");
  if (keys === "text" && text && typeof given.text === "string") return judgeText(given.text, mend);
  const numbers = Object.values(given).flat();
  for (const value of numbers) {
    if (typeof value !== "number") return { what: "a distribution is made of numbers", mend };
    const wrong = judgeNumber(value, mend);
    if (wrong !== null) return wrong;
  }
  return judgeDistribution(given as Readonly<Record<string, number | number[]>>, keys, mend);
}

function judgeNumber(value: number, mend: string): Verdict | null {
  if (!Number.isFinite(value)) return { what: `${value} is not a number`, mend };
  if (value < 0) return { what: `${value} is negative`, mend: "Write zero or more." };
  return value > VALUE_MAX ? { what: `${value} is too large`, mend: "Write less." } : null;
}

function judgeText(given: string, mend: string): Verdict {
  if (/^[\d.,_\s]+$/.test(given)) {
    return {
      what: `"${given.slice(0, 40)}" is a number in quotes`,
      mend: "Write it without quotes.",
    };
  }
  if (given.length > TEXT_CHARACTERS_MAX) return { what: "the text is too long", mend };
  return { kind: "text", text: given };
}

function judgeDistribution(
  given: Readonly<Record<string, number | number[]>>,
  keys: string,
  mend: string,
): Verdict {
  const number = (key: string): number => Number(given[key]);
  const order = (low: string, high: string): Verdict | null =>
    number(low) <= number(high) ? null : { what: `${low} is more than ${high}`, mend };
  switch (keys) {
    case "deviation mean":
      return { kind: "mean", mean: number("mean"), deviation: number("deviation") };
    case "median p95":
      return (
        order("median", "p95") ?? { kind: "median", median: number("median"), p95: number("p95") }
      );
    case "max min":
      return order("min", "max") ?? { kind: "range", min: number("min"), max: number("max") };
    case "values":
    case "values weights":
      return judgeChoice(given.values, given.weights, mend);
    default:
      return {
        what: `no distribution has the keys ${keys.replaceAll(" ", ", ") || "(none)"}`,
        mend,
      };
  }
}

function judgeChoice(values: unknown, weights: unknown, mend: string): Verdict {
  if (!Array.isArray(values) || values.length === 0 || values.length > CHOICES_MAX) {
    return { what: "values is a list of numbers", mend };
  }
  const weighed: readonly number[] = Array.isArray(weights) ? weights : values.map(() => 1);
  if (weighed.length !== values.length) return { what: "there is not one weight a value", mend };
  if (!weighed.some((weight) => weight > 0)) return { what: "all weights are zero", mend };
  return { kind: "values", values, weights: weighed };
}

const name = () => z.string().min(1).max(128);
const weights = (count: number) => z.array(z.number().min(0).max(1e9)).length(count).optional();

const documents = z.strictObject({
  tokens: size(true).describe("Their tokens, or their text."),
  shared: z
    .boolean()
    .optional()
    .describe("Whether all conversations have the same; false if unsaid."),
});

const retrieval = z.strictObject({
  tokens: size(true).describe("What each call brings along."),
  kept: z.boolean().optional().describe("Whether it stays in the history; false if unsaid."),
});

/** A section, or its size alone. */
function sectionOrSize<Section extends z.ZodObject>(section: Section) {
  return z.preprocess((given) => {
    const isSection = isJsonObject(given) && "tokens" in given;
    return isSection || given === undefined ? given : { tokens: given };
  }, section);
}

const volume = z.strictObject({
  callsPerDay: size(false).optional().describe("Calls on a mean day."),
  conversationsPerDay: size(false).optional().describe("Conversations on a mean day."),
  users: z.int().min(1).max(1e10).optional().describe("How many people use it."),
  conversationsPerUser: z
    .number()
    .min(0)
    .max(1e6)
    .optional()
    .describe("Conversations of each of them on a mean day."),
  byHour: weights(24).describe("Weights of the 24 hours, UTC."),
  byWeekday: weights(7).describe("Weights of the days from Monday on."),
  byMonth: weights(12).describe("Weights of the months."),
  arrivals: z
    .enum(["even", "random"])
    .optional()
    .describe("Evenly spaced, or at random; even if unsaid."),
});

const history = z.strictObject({
  turns: z
    .int()
    .min(0)
    .max(1_000)
    .optional()
    .describe("Past turns that are sent along; all if unsaid."),
  tokensPerTurn: size(false)
    .optional()
    .describe("What a past turn leaves; its message and its response if unsaid."),
});

const workload = z.strictObject({
  name: name().describe("What the answer calls it."),
  model: name().optional().describe("The model it runs on."),
  effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional(),
  cache: z
    .enum(["none", "5m", "1h", "automatic"])
    .optional()
    .describe("How prompts are marked for the cache; none if unsaid."),
  batch: z.boolean().optional().describe("Whether calls go through Message Batches."),
  latency: duration({ from: "1ms", to: "30d" })
    .optional()
    .describe("How long an answer may take. A batch promises its results within 24h."),
  tools: size(true).optional().describe("Definitions of tools, with every call."),
  systemPrompt: size(true).optional().describe("The system prompt, with every call."),
  documents: sectionOrSize(documents).optional().describe("Put before the first message."),
  retrieval: sectionOrSize(retrieval).optional().describe("Found for each call and put behind it."),
  message: size(true).optional().describe("What the user sends in a turn."),
  response: size(true).describe("What the model answers, its thinking included."),
  maxTokens: z.int().min(1).max(1e9).optional().describe("The request's max_tokens."),
  turns: size(false).optional().describe("Turns of a conversation; one if unsaid."),
  secondsBetweenTurns: size(false).optional().describe("From one turn to the next; 60 if unsaid."),
  history: history.optional().describe("What is sent of the turns before."),
  retries: percent({ from: 0, to: 100 })
    .optional()
    .describe("Share of calls that are made once more and billed twice."),
  webSearches: size(false).optional().describe("Web searches of a call."),
  volume: volume.describe("How often."),
});

export const designSchema = z.strictObject({
  model: name().optional().describe("The model of workloads that name none."),
  countedWith: name()
    .optional()
    .describe("The model whose tokens the sizes are in; the first that is named if unsaid."),
  batchCacheHits: percent({ from: 0, to: 100 })
    .optional()
    .describe("Share of what a cache could serve that is read inside a batch; 64% if unsaid."),
  workloads: z.array(workload).min(1).max(WORKLOADS_MAX),
});

export type AuthoredDesign = z.output<typeof designSchema>;
export type AuthoredWorkload = AuthoredDesign["workloads"][number];

/** Errors: `DESIGN_UNREADABLE`, `DESIGN_INVALID`. */
export function readDesign(fileName: string, text: string): AuthoredDocument<AuthoredDesign> {
  return readDocument({
    name: fileName,
    text,
    schema: designSchema,
    codes: { unreadable: "DESIGN_UNREADABLE", invalid: "DESIGN_INVALID" },
  });
}
