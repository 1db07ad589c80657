/**
 * What the provider's documentation leaves open about billing. Each is a named choice that a user
 * can change, and docs/concepts/bill.md explains it.
 */
export type BillAssumptions = {
  /**
   * Where a model's price steps up with the prompt's length (Claude Haiku 5.5): whether the length
   * is that of the whole request, or of each sampling where `usage.iterations` tells them apart.
   */
  readonly promptLengthOf: "iteration" | "request";
};

/** The official client compares each sampling, so that is what is assumed. */
export const DEFAULT_BILL_ASSUMPTIONS: BillAssumptions = { promptLengthOf: "iteration" };
