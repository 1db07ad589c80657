/** Exchanges as the ledger's reader hands them out, in the auditor's words. */
import type { Exchange } from "../../src/stores/contracts/index.ts";
import type { LedgerRow, WireUsage } from "./auditor/index.ts";

export function rowOfExchange({ opened, settled }: Exchange): LedgerRow {
  const usage = settled?.measured?.usage ?? null;
  return {
    exchange: opened.exchange,
    outcome: settled?.outcome ?? null,
    messageId: settled?.messageId ?? null,
    requestId: settled?.requestId ?? null,
    model: settled?.modelServed ?? null,
    session: opened.attributes.session,
    client: opened.attributes.client,
    usage: usage === null ? null : wireUsageOfOurs(usage),
    measuredPicoUsd: settled?.measured?.total ?? null,
    estimatedPicoUsd: settled?.estimated?.total ?? null,
  };
}

type OurUsage = NonNullable<NonNullable<Exchange["settled"]>["measured"]>["usage"];

function wireUsageOfOurs(usage: OurUsage): WireUsage {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    write5m: usage.cacheWrite5mTokens,
    write1h: usage.cacheWrite1hTokens,
  };
}
