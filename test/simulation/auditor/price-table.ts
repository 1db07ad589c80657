/**
 * The auditor's own prices, copied by hand from the provider's price page of November 2026 and not
 * from Purser's catalogue: an auditor that shared the catalogue could not find it wrong.
 */

/** The classes of tokens on the provider's wire, in the shape of `usage`. */
export type WireUsage = {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly write5m: number;
  readonly write1h: number;
};

/** Picodollars a token (micro-dollars per million tokens are the same number). */
type Rates = {
  readonly input: bigint;
  readonly output: bigint;
  readonly write5m: bigint;
  readonly write1h: bigint;
  readonly read: bigint;
};

const RATES: Readonly<Record<string, Rates>> = {
  "claude-fable-5-2": rates(8_000_000n, 40_000_000n, 200_000n),
  "claude-opus-5-5": rates(4_000_000n, 20_000_000n, 200_000n),
  "claude-opus-5": rates(5_000_000n, 25_000_000n, 500_000n),
  "claude-opus-4-8": rates(5_000_000n, 25_000_000n, 500_000n),
  "claude-opus-4-5-20251101": rates(5_000_000n, 25_000_000n, 500_000n),
  "claude-sonnet-5-5": rates(2_000_000n, 10_000_000n, 100_000n),
  "claude-sonnet-5": rates(2_000_000n, 10_000_000n, 200_000n),
  "claude-sonnet-4-5-20250929": rates(3_000_000n, 15_000_000n, 300_000n),
  "claude-sonnet-4-6": rates(3_000_000n, 15_000_000n, 300_000n),
  "claude-haiku-4-5-20251001": rates(1_000_000n, 5_000_000n, 100_000n),
  "claude-haiku-5-5": rates(100_000n, 500_000n, 10_000n),
};

const HAIKU_STEP_TOKENS = 100_000;
const HAIKU_OVER_STEP = rates(500_000n, 2_500_000n, 50_000n);

/** A 5-minute write costs five quarters of fresh input, a 1-hour write twice as much. */
function rates(input: bigint, output: bigint, read: bigint): Rates {
  return { input, output, read, write5m: (input * 5n) / 4n, write1h: input * 2n };
}

/** What `usage` costs at list price, in picodollars; `null` for a model that the auditor does not know. */
export function auditedCost(model: string, usage: WireUsage): bigint | null {
  const found = ratesFor(model, usage);
  if (found === null) return null;
  return (
    BigInt(usage.input_tokens) * found.input +
    BigInt(usage.write5m) * found.write5m +
    BigInt(usage.write1h) * found.write1h +
    BigInt(usage.cache_read_input_tokens) * found.read +
    BigInt(usage.output_tokens) * found.output
  );
}

function ratesFor(model: string, usage: WireUsage): Rates | null {
  const promptTokens =
    usage.input_tokens + usage.write5m + usage.write1h + usage.cache_read_input_tokens;
  if (model === "claude-haiku-5-5" && promptTokens > HAIKU_STEP_TOKENS) return HAIKU_OVER_STEP;
  return RATES[model] ?? null;
}
