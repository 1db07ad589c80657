import { z } from "zod";
import { formatInstant, formatUsd, type Instant, PurserError, picoUsd } from "../base/index.ts";
import {
  type CauseSum,
  createMissDiagnosis,
  MISS_CAUSES,
  type MissEvidence,
  type MissReport,
} from "../domain/prompt-cache/index.ts";
import type { Filter, Window } from "../stores/contracts/index.ts";
import { passes } from "./cache/filter-exchange.ts";
import { MISS_ADVICE } from "./cache/miss-advice.ts";
import { seenRequest } from "./cache/seen-request.ts";
import type { OperationContext } from "./context.ts";
import { defineOperation } from "./operation.ts";
import { count, usd } from "./output-values.ts";
import { FILTERS_MAX, readFilter, readWindow } from "./spend-question.ts";
import { windowInput } from "./window-input.ts";

/** Visits of blocks that one diagnosis holds in memory, about a hundred bytes each. */
const BLOCK_VISITS_MAX = 8_000_000;

const evidence = z.object({
  exchange: z.string(),
  against: z.string().nullable().describe("The exchange before it, that it was compared with."),
  block: count().describe("Position in the prompt of the first block that was not read, from 0."),
  message: z.int().nullable().describe("Which message, from 0; null outside messages."),
  offset: z.int().nullable().describe("UTF-8 bytes into the text of that block."),
  length: z.int().nullable().describe("UTF-8 bytes that differ."),
  expired_by_ms: z.number().nullable(),
  provider: z.string().nullable().describe("The provider's own word, where it was asked."),
});

const cause = z.object({
  cause: z.enum(MISS_CAUSES),
  title: z.string(),
  requests: count().describe("Requests that it made dearer."),
  tokens: count().describe("Tokens paid fresh or written that would have been read."),
  usd: usd().describe("What it cost beyond the best plan."),
  mended_by: z.enum(["client", "markers", "nobody"]),
  advice: z.string(),
  evidence: evidence.nullable().describe("The dearest request of this cause."),
});

export const cacheMisses = defineOperation({
  name: "cache-misses",
  path: ["cache", "misses"],
  title: "Why the cache was missed",
  summary:
    "Names every cause of cache misses with evidence, its price and its mend; the causes sum to the gap between the bill and the best plan.",
  effects: "reads",
  heavy: true,
  input: z.strictObject({
    ...windowInput,
    where: z
      .array(z.string().max(600))
      .max(FILTERS_MAX)
      .default([])
      .describe('Only these: "endpoint=chat", "team!=search", "user=" for those without one.'),
    top: z
      .int()
      .min(1)
      .max(MISS_CAUSES.length)
      .optional()
      .describe("How many causes, dearest first; the others are summed in one."),
  }),
  output: z.object({
    since: z.string().nullable(),
    until: z.string().nullable(),
    requests: count(),
    billed_usd: usd().describe("What the prompts were billed, without output and fees."),
    best_usd: usd().describe(
      "What they cost in the best plan: every block read, written or left with knowledge of the future, had nothing before it changed and had the model no minimum length.",
    ),
    gap_usd: usd().describe("The difference; exactly the sum of the causes."),
    causes: z.array(cause),
    others: z.object({ causes: count(), usd: usd() }).nullable().describe("What `top` left out."),
    expired: z.object({
      by_ms_min: z.number().nullable(),
      by_ms_max: z.number().nullable(),
      hour_would_save_usd: usd().describe(
        "What marking for an hour would have saved on what expired, its dearer writes deducted; negative where it would not have paid.",
      ),
      keep_alive_would_save_usd: usd().describe(
        "The same of keeping it alive by calls without output every five minutes.",
      ),
    }),
    provider: z.object({
      compared: count().describe("Requests for which the provider named a cause itself."),
      agreed: count(),
      differing: z.array(
        z.object({ exchange: z.string(), provider: z.string(), ours: z.string().nullable() }),
      ),
    }),
    left_out: z.record(z.string(), z.int()).describe("Exchanges that did not go in, by reason."),
  }),
  examples: [
    { says: "everything on record", input: {} },
    {
      says: "the five dearest causes of one endpoint in the last week",
      input: { where: ["endpoint=chat"], since: "7d", top: 5 },
    },
  ],
  async run(input, context) {
    const window = readWindow(input, context.clock.now());
    const where = input.where.map(readFilter);
    const { report, leftOut } = await diagnose(context, window, where);
    const shown = report.causes.slice(0, input.top ?? report.causes.length);
    const others = report.causes.slice(shown.length);
    return {
      since: timeOrNull(window.since),
      until: timeOrNull(window.until),
      requests: report.requests,
      billed_usd: formatUsd(picoUsd(report.billed)),
      best_usd: formatUsd(picoUsd(report.best)),
      gap_usd: formatUsd(picoUsd(report.gap)),
      causes: shown.map(toCause),
      others: others.length === 0 ? null : { causes: others.length, usd: sumOf(others) },
      expired: toExpired(report),
      provider: {
        compared: report.provider.compared,
        agreed: report.provider.agreed,
        differing: report.provider.differing.map((one) => ({ ...one })),
      },
      left_out: leftOut,
    };
  },
});

type Diagnosed = { readonly report: MissReport; readonly leftOut: Record<string, number> };

/** Errors: `CACHE_TRAFFIC_LARGE`, `CACHE_TRAFFIC_MISSING`. */
async function diagnose(
  context: OperationContext,
  window: Window,
  where: readonly Filter[],
): Promise<Diagnosed> {
  const catalogue = context.catalogue();
  const reader = await context.ledger();
  const diagnosis = createMissDiagnosis();
  const leftOut: Record<string, number> = {};
  let seen = 0;
  for await (const exchange of reader.prompts(window)) {
    if (!passes(exchange, where)) continue;
    const outcome = seenRequest(exchange, catalogue);
    if (outcome.kind === "left-out") {
      leftOut[outcome.reason] = (leftOut[outcome.reason] ?? 0) + 1;
      continue;
    }
    diagnosis.add(outcome.request);
    seen += 1;
    if (diagnosis.heldVisits() > BLOCK_VISITS_MAX) throw tooMuch();
  }
  if (seen === 0 && Object.keys(leftOut).length === 0) throw nothingThere();
  return { report: diagnosis.finish(), leftOut };
}

function tooMuch(): PurserError {
  const what = `the prompts of the window have more than ${BLOCK_VISITS_MAX} blocks`;
  return new PurserError("CACHE_TRAFFIC_LARGE", { what, where: "since" });
}

function nothingThere(): PurserError {
  return new PurserError("CACHE_TRAFFIC_MISSING", { what: "no exchange is in the window" });
}

function toCause(sum: CauseSum): z.output<typeof cause> {
  const { title, mendedBy, advice } = MISS_ADVICE[sum.cause];
  return {
    cause: sum.cause,
    title,
    requests: sum.requests,
    tokens: sum.tokens,
    usd: formatUsd(picoUsd(sum.amount)),
    mended_by: mendedBy,
    advice,
    evidence: sum.example === null ? null : toEvidence(sum.example),
  };
}

function toEvidence(example: MissEvidence): z.output<typeof evidence> {
  const { exchange, against, block, message, offset, length } = example;
  return {
    exchange,
    against,
    block,
    message,
    offset,
    length,
    expired_by_ms: example.expiredByMs,
    provider: example.reportedMiss,
  };
}

function toExpired({ expiry }: MissReport) {
  return {
    by_ms_min: expiry.expiredByMsMin,
    by_ms_max: expiry.expiredByMsMax,
    hour_would_save_usd: formatUsd(picoUsd(expiry.hour)),
    keep_alive_would_save_usd: formatUsd(picoUsd(expiry.keepAlive)),
  };
}

function sumOf(causes: readonly CauseSum[]): string {
  return formatUsd(picoUsd(causes.reduce((sum, { amount }) => sum + amount, 0n)));
}

function timeOrNull(value: Instant | null): string | null {
  return value === null ? null : formatInstant(value);
}
