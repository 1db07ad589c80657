/** What `billedUsage` must sum to: added up here line by line, apart from any engine. */
import { DAY_MS } from "../../base/index.ts";
import type { BilledUsageRow } from "../contracts/index.ts";
import type { ExpectedLedger } from "./sample-entries.contract.ts";

type Sums = readonly (readonly [string, bigint])[];

/** The answer's sums by day, origin, model and item, and its estimates. */
export function billedSums(rows: readonly BilledUsageRow[]): Sums {
  const sums = new Map<string, bigint>();
  for (const { day, imported, model, item, quantity, amount, estimatedAmount } of rows) {
    add(sums, "estimated", estimatedAmount);
    if (item === null) continue;
    const key = `${day} ${imported} ${model} ${item}`;
    add(sums, `${key} quantity`, quantity);
    add(sums, `${key} amount`, amount);
  }
  return sorted(sums);
}

export function expectedBilledSums(expected: ExpectedLedger): Sums {
  const sums = new Map<string, bigint>();
  for (const [id, opened] of expected.opened) {
    const settled = expected.newest.get(id);
    add(sums, "estimated", settled?.estimated?.total ?? 0n);
    for (const line of settled?.measured?.lines ?? []) {
      const day = Math.floor(opened.at / DAY_MS);
      const key = `${day} ${opened.imported !== undefined} ${line.model} ${line.item}`;
      add(sums, `${key} quantity`, BigInt(line.kind === "tokens" ? line.tokens : line.quantity));
      add(sums, `${key} amount`, line.amount);
    }
  }
  return sorted(sums);
}

function add(sums: Map<string, bigint>, key: string, value: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + value);
}

function sorted(sums: ReadonlyMap<string, bigint>): Sums {
  return [...sums].filter(([, value]) => value !== 0n).toSorted();
}
