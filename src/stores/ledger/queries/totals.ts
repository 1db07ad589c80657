import type { DuckDBValue } from "@duckdb/node-api";
import { picoUsd } from "../../../base/index.ts";
import type { SpendTotals } from "../../contracts/index.ts";
import { MEASURES, type Measure } from "../rows/index.ts";

/** The measures that stand in `row` from column `start` on; the sum of no rows is zero. */
export function totalsFromRow(row: readonly DuckDBValue[], start: number): SpendTotals {
  const value = (name: Measure): bigint => wholeOf(row[start + MEASURES.indexOf(name)] ?? null);
  return {
    exchanges: Number(value("exchanges")),
    measuredExchanges: Number(value("measured_exchanges")),
    unpricedExchanges: Number(value("unpriced_exchanges")),
    openExchanges: Number(value("open_exchanges")),
    inputTokens: value("input_tokens"),
    cacheWrite5mTokens: value("cache_write_5m_tokens"),
    cacheWrite1hTokens: value("cache_write_1h_tokens"),
    cacheReadTokens: value("cache_read_tokens"),
    outputTokens: value("output_tokens"),
    inputAmount: picoUsd(value("input_amount")),
    cacheWriteAmount: picoUsd(value("cache_write_amount")),
    cacheReadAmount: picoUsd(value("cache_read_amount")),
    outputAmount: picoUsd(value("output_amount")),
    feeAmount: picoUsd(value("fee_amount")),
    measuredAmount: picoUsd(value("measured_amount")),
    estimatedAmount: picoUsd(value("estimated_amount")),
    showbackAmount: picoUsd(value("showback_amount")),
  };
}

/** `left` less all of `right`, exactly. */
export function totalsLess(left: SpendTotals, right: readonly SpendTotals[]): SpendTotals {
  const result: Record<string, number | bigint> = { ...left };
  for (const totals of right) {
    for (const [name, value] of Object.entries(totals)) {
      const before = result[name];
      if (typeof before === "bigint" && typeof value === "bigint") result[name] = before - value;
      if (typeof before === "number" && typeof value === "number") result[name] = before - value;
    }
  }
  return result as SpendTotals;
}

/** DuckDB gives 64 and 128 bits as bigint, fewer as number. A double here would be a fault of ours. */
function wholeOf(value: DuckDBValue): bigint {
  if (value === null) return 0n;
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw new TypeError(`a sum came back as ${typeof value}`);
}
