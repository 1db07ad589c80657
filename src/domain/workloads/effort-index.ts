/**
 * What a level of effort costs in output, beside `high`: the official client's own index, measured on
 * its agents ("Relative output cost by effort"). Rough, and said to be so wherever it is used.
 */
export const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof EFFORTS)[number];

type EffortRow = { readonly standard: Effort; readonly index: Readonly<Record<Effort, number>> };

function row(standard: Effort, low: number, medium: number, xhigh: number, max: number): EffortRow {
  return { standard, index: { low, medium, high: 1, xhigh, max } };
}

const BY_MODEL: Readonly<Record<string, EffortRow>> = {
  "claude-fable-5-1": row("high", 0.75, 0.86, 1.38, 1.74),
  "claude-opus-5-5": row("medium", 0.48, 0.66, 1.66, 3.44),
  "claude-opus-5": row("high", 0.67, 0.76, 1.6, 1.7),
  "claude-opus-4-8": row("high", 0.72, 0.9, 1.65, 1.88),
  "claude-sonnet-5-5": row("high", 0.49, 0.54, 1.87, 5.5),
  "claude-sonnet-5": row("high", 0.47, 0.74, 2.41, 5.59),
  "claude-haiku-5-5": row("medium", 0.38, 0.52, 2.03, 4.34),
};

/** What the model does when a request does not say; `null` where it is not known. */
export function standardEffort(model: string): Effort | null {
  return BY_MODEL[model]?.standard ?? null;
}

/**
 * Output at `to` for each token at `from` on the same model; `null` where the index does not list it.
 * `null` as `from` or `to` is the model's own standard.
 */
export function effortRatio(model: string, from: Effort | null, to: Effort | null): number | null {
  const found = BY_MODEL[model];
  if (found === undefined) return from === to ? 1 : null;
  return found.index[to ?? found.standard] / found.index[from ?? found.standard];
}

export function isEffort(value: string | null): value is Effort {
  return EFFORTS.some((effort) => effort === value);
}
