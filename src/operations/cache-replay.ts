import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { formatUsd, PurserError } from "../base/index.ts";
import type { CacheAssumptions } from "../domain/prompt-cache/index.ts";
import { ASSUMPTIONS_HELP, assumptionsAsTexts, readAssumptions } from "./cache/assumptions.ts";
import { namedPolicies, POLICIES, POLICY_NAMES, type PolicyName } from "./cache/policies.ts";
import { boundTraffic, type ReplayedTraffic, replayTraffic } from "./cache/replay-traffic.ts";
import { type Traffic, trafficOfLedger, trafficOfTrace } from "./cache/traffic.ts";
import type { OperationContext } from "./context.ts";
import { readOptionalMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";
import { count, usd } from "./output-values.ts";
import { FILTERS_MAX, readFilter, readWindow } from "./spend-question.ts";
import { windowInput } from "./window-input.ts";

const ASSUMPTIONS_MAX = 20;

const result = z.object({
  policy: z.enum(POLICY_NAMES),
  requests: count(),
  keep_alive_calls: count().describe(
    "Calls of no output that the policy makes beside the requests.",
  ),
  usd: usd().nullable().describe("Everything, output included; null when a request has no price."),
  input_tokens: count().nullable().describe("Null for bound, which is no list of calls."),
  cache_read_input_tokens: count().nullable(),
  cache_creation_input_tokens: count().nullable().describe("The sum of the two below."),
  ephemeral_5m_input_tokens: count().nullable(),
  ephemeral_1h_input_tokens: count().nullable(),
  output_tokens: count(),
  input_token_equivalents: z
    .number()
    .describe("What the prompts cost, in fresh input tokens: a fresh input token is 1."),
  vs_none: z.number().nullable().describe("input_token_equivalents over those of none."),
  vs_bound: z.number().nullable().describe("input_token_equivalents over those of bound."),
  elapsed_ms: z.number().describe("Time taken to replay it."),
  learned: z.array(z.string()).describe("What the policy learned of the traffic, with --explain."),
});
type Result = z.output<typeof result>;

const billed = z.object({
  usd: usd().nullable(),
  input_tokens: count(),
  cache_read_input_tokens: count(),
  ephemeral_5m_input_tokens: count(),
  ephemeral_1h_input_tokens: count(),
  output_tokens: count(),
});

export const cacheReplay = defineOperation({
  name: "cache-replay",
  path: ["cache", "replay"],
  title: "What caching would have cost",
  summary:
    "Replays traffic under caching policies: tokens by class, the exact cost, and the floor.",
  effects: "reads",
  heavy: true,
  localFields: ["trace"],
  input: z.strictObject({
    trace: z
      .string()
      .min(1)
      .max(4_096)
      .optional()
      .describe("A trace file, plain or compressed; its format is recognised."),
    ledger: z.boolean().default(false).describe("Replay the ledger; so it is without --trace."),
    policy: z
      .array(z.enum([...POLICY_NAMES, "all"]))
      .max(20)
      .default(["purser"])
      .describe("Which policies, or all."),
    model: z
      .string()
      .max(300)
      .optional()
      .describe("Price everything as this model. A trace needs it; the ledger has its own."),
    ...windowInput,
    where: z
      .array(z.string().max(600))
      .max(FILTERS_MAX)
      .default([])
      .describe('Of the ledger, only these: "endpoint=chat", "team!=search".'),
    assume: z
      .array(z.string().max(100))
      .max(ASSUMPTIONS_MAX)
      .default([])
      .describe(
        `What is taken of the provider's cache where it is not documented: ${ASSUMPTIONS_HELP}.`,
      ),
    at: z
      .string()
      .max(40)
      .optional()
      .describe("The day whose prices hold; each call's own when left out, today's for a trace."),
    explain: z.boolean().default(false).describe("Say what a policy learned of the traffic."),
  }),
  output: z.object({
    source: z.string().describe("The trace's name, or ledger."),
    models: z
      .array(z.string())
      .describe("What it was priced as; caches are not shared between models."),
    ...result.partial().shape,
    policies: z
      .array(result)
      .optional()
      .describe("In place of the keys above, for several policies."),
    billed: billed.nullable().describe("What the ledger's requests were billed in fact."),
    tokens_unexplained: count().describe(
      "By how much prompts of the tree are longer than they were billed, summed.",
    ),
    read_ms: z.number().describe("Time taken to read the traffic and to build its prefix tree."),
    prefixes: count().describe("Different prefixes in the traffic."),
    assumptions: z.record(z.string(), z.string()),
    assumed: z.array(z.string()).describe("What the reader of the traffic had to assume."),
    left_out: z.record(z.string(), z.int()).describe("Exchanges of the ledger that did not go in."),
    problems: z
      .array(z.object({ file: z.string(), line: count(), what: z.string() }))
      .describe("Lines that did not go in, the first 100."),
    problem_count: count(),
  }),
  examples: [
    {
      says: "the last week, under every policy",
      input: { policy: ["all"], since: "7d" },
    },
    {
      says: "a recorded trace, as another model",
      input: {
        trace: "claude_code_traces.jsonl.zst",
        policy: ["fixed-1h", "purser"],
        model: "claude-opus-5-5",
      },
    },
    {
      says: "one endpoint, if a read kept only the longest prefix alive",
      input: { where: ["endpoint=chat"], policy: ["purser"], assume: ["refreshes=longest"] },
    },
  ],
  async run(input, context) {
    const assumptions = readAssumptions(input.assume);
    const names = namedPolicies(input.policy);
    const start = context.clock.monotonicMs();
    const traffic = await readTraffic(input, assumptions.minimumTokens, context);
    const readMs = context.clock.monotonicMs() - start;
    const results = await replayAll(traffic, names, { context, assumptions: assumptions.cache });
    const shown = input.explain ? results : results.map((one) => ({ ...one, learned: [] }));
    const [only] = shown;
    return {
      source: traffic.name,
      models: [...new Set(traffic.parts.map(({ model }) => model.facts.id as string))],
      ...(shown.length === 1 && only !== undefined ? only : { policies: [...shown] }),
      billed: billedOf(traffic),
      tokens_unexplained: traffic.parts.reduce((sum, { excessTokens }) => sum + excessTokens, 0),
      read_ms: rounded(readMs),
      prefixes: traffic.parts.reduce((sum, { workload }) => sum + workload.tree.size, 0),
      assumptions: assumptionsAsTexts(assumptions),
      assumed: [...traffic.assumed],
      left_out: { ...traffic.leftOut },
      problems: traffic.problems.map((problem) => ({ ...problem })),
      problem_count: traffic.problemCount,
    };
  },
});

type ReplayInput = z.output<typeof cacheReplay.input>;

/** Errors: `CACHE_SOURCE_AMBIGUOUS`, those of the trace and of the ledger. */
async function readTraffic(
  input: ReplayInput,
  minimumTokens: number | null,
  context: OperationContext,
): Promise<Traffic> {
  const now = context.clock.now();
  const { model } = input;
  const question = { model, at: readOptionalMoment(input.at, now, "at"), minimumTokens };
  if (input.trace === undefined) {
    const window = readWindow(input, now);
    return trafficOfLedger({ ...question, window, where: input.where.map(readFilter) }, context);
  }
  const forLedger = [
    input.ledger ? "ledger" : null,
    input.where.length > 0 ? "where" : null,
    input.since === undefined ? null : "since",
    input.until === undefined ? null : "until",
  ].find((name) => name !== null);
  if (forLedger !== undefined) {
    const what = "this is for the ledger, and a trace was named";
    throw new PurserError("CACHE_SOURCE_AMBIGUOUS", { what, where: forLedger });
  }
  return trafficOfTrace(input.trace, question, context);
}

/**
 * `none` and `bound` are replayed in any case: everything is measured against them. Between two
 * policies others get their turn, because the process may be serving calls.
 */
async function replayAll(
  traffic: Traffic,
  names: readonly PolicyName[],
  {
    context,
    assumptions,
  }: { readonly context: OperationContext; readonly assumptions: CacheAssumptions },
): Promise<readonly Result[]> {
  const catalogue = context.catalogue();
  const timed = async (name: PolicyName): Promise<TimedReplay> => {
    await setImmediate();
    const start = context.clock.monotonicMs();
    const replayed =
      name === "bound"
        ? boundTraffic(traffic, catalogue)
        : replayTraffic(traffic, POLICIES[name], { catalogue, assumptions });
    return { replayed, elapsedMs: context.clock.monotonicMs() - start };
  };
  const none = await timed("none");
  const bound = await timed("bound");
  const against = {
    none: none.replayed.inputTokenEquivalents,
    bound: bound.replayed.inputTokenEquivalents,
  };
  const results: Result[] = [];
  for (const name of names) {
    const own = name === "none" ? none : name === "bound" ? bound : await timed(name);
    results.push(toResult(name, own, against));
  }
  return results;
}

type TimedReplay = { readonly replayed: ReplayedTraffic; readonly elapsedMs: number };

function toResult(
  policy: PolicyName,
  { replayed, elapsedMs }: TimedReplay,
  against: { readonly none: number; readonly bound: number },
): Result {
  const { tokens, inputTokenEquivalents } = replayed;
  return {
    policy,
    requests: replayed.requests,
    keep_alive_calls: replayed.keepAliveCalls,
    usd: replayed.amount === null ? null : formatUsd(replayed.amount),
    input_tokens: tokens?.input ?? null,
    cache_read_input_tokens: tokens?.read ?? null,
    cache_creation_input_tokens: tokens === null ? null : tokens.write5m + tokens.write1h,
    ephemeral_5m_input_tokens: tokens?.write5m ?? null,
    ephemeral_1h_input_tokens: tokens?.write1h ?? null,
    output_tokens: replayed.outputTokens,
    input_token_equivalents: rounded(inputTokenEquivalents),
    vs_none: ratio(inputTokenEquivalents, against.none),
    vs_bound: ratio(inputTokenEquivalents, against.bound),
    elapsed_ms: rounded(elapsedMs),
    learned: [...replayed.explanation],
  };
}

function ratio(value: number, base: number): number | null {
  return base > 0 ? Number((value / base).toFixed(6)) : null;
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function billedOf({ parts }: Traffic): z.output<typeof billed> | null {
  const bills = parts.flatMap((part) => (part.billed === null ? [] : [part.billed]));
  if (bills.length === 0) return null;
  const sum = (pick: (bill: (typeof bills)[number]) => number) =>
    bills.reduce((all, bill) => all + pick(bill), 0);
  let amount: bigint | null = 0n;
  for (const bill of bills) {
    amount = amount === null || bill.amount === null ? null : amount + bill.amount;
  }
  return {
    usd: amount === null ? null : formatUsd(amount as NonNullable<ReplayedTraffic["amount"]>),
    input_tokens: sum((bill) => bill.input),
    cache_read_input_tokens: sum((bill) => bill.read),
    ephemeral_5m_input_tokens: sum((bill) => bill.write5m),
    ephemeral_1h_input_tokens: sum((bill) => bill.write1h),
    output_tokens: sum((bill) => bill.output),
  };
}
