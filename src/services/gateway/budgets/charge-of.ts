import type { Charge } from "../../../domain/budgets/index.ts";
import type { SettledEntry } from "../../../stores/contracts/index.ts";

/**
 * What an exchange holds its budgets to, by its entry. Only the provider's final word is taken for what
 * it cost; an answer that was cut, lost or could not be priced stays at its worst case. The ledger's
 * question `charges` tells the same of the past.
 */
export function chargeOf(entry: Pick<SettledEntry, "measured" | "unbilledReason">): Charge {
  const { measured, unbilledReason } = entry;
  if (measured?.final === true) {
    let tokens = 0;
    for (const line of measured.lines) if (line.kind === "tokens") tokens += line.tokens;
    return { kind: "known", usd: measured.total, tokens: BigInt(tokens) };
  }
  return unbilledReason?.startsWith("not-billed") === true ? { kind: "free" } : { kind: "unknown" };
}
