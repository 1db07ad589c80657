/** One exchange as outputs show it: what is known, in snake case, with exact amounts. */
import { z } from "zod";
import { formatInstant, formatUsd, type Instant } from "../base/index.ts";
import { BREAK_CHANGES } from "../domain/prompt-cache/index.ts";
import type { Exchange, ReportedMiss } from "../stores/contracts/index.ts";
import { count, time, usd } from "./output-values.ts";

export const exchangeOutput = z.object({
  id: z.string(),
  call: z.string(),
  opened_at: time(),
  settled_at: time().nullable(),
  state: z.enum(["open", "settled"]),
  outcome: z.string().nullable(),
  http_status: z.int().nullable(),
  error_type: z.string().nullable(),
  model_asked: z.string().nullable(),
  model_served: z.string().nullable(),
  stream: z.boolean(),
  endpoint: z.string().nullable(),
  user: z.string().nullable(),
  user_type: z.string().nullable(),
  team: z.string().nullable(),
  session: z.string().nullable(),
  key: z.string().nullable().describe("Fingerprint of the API key; never the key."),
  client: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  input_tokens: count().nullable(),
  cache_write_5m_tokens: count().nullable(),
  cache_write_1h_tokens: count().nullable(),
  cache_read_tokens: count().nullable(),
  output_tokens: count().nullable(),
  measured_usd: usd().nullable(),
  estimated_usd: usd().nullable(),
  estimate_basis: z.string().nullable(),
  unbilled_reason: z.string().nullable(),
  price_date: z.string().nullable(),
  lines: z.array(
    z.object({
      item: z.string(),
      model: z.string(),
      quantity: count(),
      usd: usd(),
    }),
  ),
  showback_usd: usd().nullable(),
  message_id: z.string().nullable(),
  request_id: z.string().nullable(),
  stop_reason: z.string().nullable(),
  prefix_break: z
    .object({
      against: z.string().describe("The exchange before it, that it was compared with."),
      section: z.enum(["tools", "system", "messages"]),
      change: z.enum(BREAK_CHANGES),
      block: count(),
      message: z.int().nullable(),
      offset: z.int().nullable(),
      length: z.int().nullable(),
    })
    .nullable()
    .describe("Where its prompt left the one before it, in bytes of a block's text."),
  reported_miss: z
    .object({ reason: z.string(), missed_tokens: count().nullable() })
    .nullable()
    .describe("What the provider itself said of a cache miss, where it was asked."),
  versions: z
    .object({ purser: z.string(), config: z.string(), prices: z.string(), policy: z.string() })
    .describe("What it ran under; a reload changes them for the calls after it."),
  corrections: z.array(z.string()),
});

export type ExchangeOutput = z.output<typeof exchangeOutput>;

export function toExchangeOutput({ opened, settled, corrections }: Exchange): ExchangeOutput {
  const { attributes } = opened;
  const usage = settled?.measured?.usage ?? null;
  return {
    id: opened.exchange,
    call: opened.call,
    opened_at: formatInstant(opened.at),
    settled_at: timeOrNull(settled?.at ?? null),
    state: settled === null ? "open" : "settled",
    outcome: settled?.outcome ?? null,
    http_status: settled?.httpStatus ?? null,
    error_type: settled?.errorType ?? null,
    model_asked: opened.modelAsked,
    model_served: settled?.modelServed ?? null,
    stream: opened.stream,
    endpoint: attributes.endpoint,
    user: attributes.user,
    user_type: attributes.userType,
    team: attributes.team,
    session: attributes.session,
    key: attributes.key,
    client: attributes.client,
    tags: { ...attributes.tags },
    input_tokens: usage?.inputTokens ?? null,
    cache_write_5m_tokens: usage?.cacheWrite5mTokens ?? null,
    cache_write_1h_tokens: usage?.cacheWrite1hTokens ?? null,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    ...amountsOf(settled),
    message_id: settled?.messageId ?? null,
    request_id: settled?.requestId ?? null,
    stop_reason: settled?.stopReason ?? null,
    prefix_break: opened.prefixBreak === null ? null : { ...opened.prefixBreak },
    reported_miss: toReportedMiss(settled?.reportedMiss ?? null),
    versions: { ...opened.versions },
    corrections: [...corrections],
  };
}

function toReportedMiss(miss: ReportedMiss | null): ExchangeOutput["reported_miss"] {
  return miss === null ? null : { reason: miss.reason, missed_tokens: miss.missedTokens };
}

function amountsOf(settled: Exchange["settled"]) {
  const measured = settled?.measured ?? null;
  const estimated = settled?.estimated ?? null;
  const showback = settled?.showback ?? null;
  return {
    measured_usd: measured === null ? null : formatUsd(measured.total),
    estimated_usd: estimated === null ? null : formatUsd(estimated.total),
    estimate_basis: estimated?.basis ?? null,
    unbilled_reason: settled?.unbilledReason ?? null,
    price_date: measured?.priceDate ?? null,
    lines: (measured?.lines ?? []).map((line) => ({
      item: line.item,
      model: line.model,
      quantity: line.kind === "tokens" ? line.tokens : line.quantity,
      usd: formatUsd(line.amount),
    })),
    showback_usd: showback === null ? null : formatUsd(showback),
  };
}

function timeOrNull(value: Instant | null): string | null {
  return value === null ? null : formatInstant(value);
}
