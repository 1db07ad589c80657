/**
 * Prices as the simulator knows them, in whole micro-dollars per million tokens. One token at one
 * micro-dollar per million is one picodollar, so a bill is a sum of products.
 */
export type Rates = {
  readonly input: bigint;
  readonly write5m: bigint;
  readonly write1h: bigint;
  readonly read: bigint;
  readonly output: bigint;
};

/** Rates that hold from an instant on; the first period holds from the model's release. */
export type PricePeriod = {
  readonly fromMs: number;
  readonly standard: Rates;
  /** The higher rates of a prompt longer than `aboveTokens`. */
  readonly step: { readonly aboveTokens: number; readonly rates: Rates } | null;
  readonly fast: Rates | null;
};

function micro(dollars: number): bigint {
  return BigInt(Math.round(dollars * 1_000_000));
}

/**
 * Rates from dollars per million tokens: writes at 1.25 and 2 times the input price, reads at
 * `read` dollars ("prompt caching: prices").
 */
export function rates(input: number, output: number, read: number): Rates {
  const base = micro(input);
  return {
    input: base,
    write5m: (base * 5n) / 4n,
    write1h: base * 2n,
    read: micro(read),
    output: micro(output),
  };
}

/** Rates of fast mode: twice the standard ones, cache prices in proportion. */
export function doubled(standard: Rates): Rates {
  return {
    input: standard.input * 2n,
    write5m: standard.write5m * 2n,
    write1h: standard.write1h * 2n,
    read: standard.read * 2n,
    output: standard.output * 2n,
  };
}
