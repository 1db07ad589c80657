/** Small builders, so that a data file reads like the provider's own price table. */
import { assert, type Instant, parseInstant, parseUsdPerMtok } from "../../../base/index.ts";
import type { DatedPrice, ModelId, PriceStep, TokenRates } from "../model-facts.ts";

/** The day on which every row here was last compared with its source. */
export const CHECKED = "2026-11-22";

/** A fact about the calendar: midnight UTC of a day written as `2026-11-22`. */
export function day(text: string): Instant {
  const value = parseInstant(text);
  assert(value !== null, `not a day: ${text}`);
  return value;
}

export function modelId(text: string): ModelId {
  return text as ModelId;
}

/**
 * Input, output, 5-minute write, 1-hour write and read, in dollars per million tokens. Every rate is
 * written out, never derived: some are rounded by the provider (Claude 3 Haiku's are).
 */
export function rates(
  input: string,
  output: string,
  cacheWrite5m: string | null,
  cacheWrite1h: string | null,
  cacheRead: string | null,
): TokenRates {
  return {
    input: parseUsdPerMtok(input),
    output: parseUsdPerMtok(output),
    cacheWrite5m: cacheWrite5m === null ? null : parseUsdPerMtok(cacheWrite5m),
    cacheWrite1h: cacheWrite1h === null ? null : parseUsdPerMtok(cacheWrite1h),
    cacheRead: cacheRead === null ? null : parseUsdPerMtok(cacheRead),
  };
}

export type PriceRow = {
  readonly from: string;
  readonly until?: string;
  readonly standard: TokenRates;
  readonly steps?: readonly PriceStep[];
  readonly fast?: TokenRates;
  readonly batch?: boolean;
  readonly inferenceGeoUs?: boolean;
  readonly source: string;
};

/** A dated price; batches are sold and the US region is not, unless the row says otherwise. */
export function price(row: PriceRow): DatedPrice {
  return {
    from: day(row.from),
    until: row.until === undefined ? null : day(row.until),
    standard: row.standard,
    steps: row.steps ?? [],
    fast: row.fast ?? null,
    batch: row.batch ?? true,
    inferenceGeoUs: row.inferenceGeoUs ?? false,
    source: row.source,
    checked: CHECKED,
  };
}
