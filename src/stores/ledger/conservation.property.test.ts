import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dimension } from "../contracts/index.ts";
import { makeLedgerBed } from "./ledger-bed.contract.ts";
import { contractEntries } from "./ledger-reader.contract.ts";
import { ExpectedLedger } from "./sample-entries.contract.ts";

const RUNS = 6;
const DIMENSIONS: readonly Dimension[] = [
  "model",
  "user",
  "session",
  "outcome",
  "hour",
  "day",
  "team",
  "tag:feature",
];

const ledger = fc.record({
  seed: fc.integer({ min: 1, max: 100_000 }),
  /** After which shares of the entries the ledger is compacted. */
  cuts: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 3 }),
  by: fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { minLength: 1, maxLength: 3 }),
});

describe("the ledger", () => {
  it("sums to the same over any grouping, wherever its rows are", async () => {
    await fc.assert(
      fc.asyncProperty(ledger, async ({ seed, cuts, by }) => {
        const entries = contractEntries(seed);
        const expected = new ExpectedLedger();
        for (const entry of entries) expected.add(entry);
        const bed = await makeLedgerBed();
        let start = 0;
        for (const cut of [...cuts].sort((left, right) => left - right)) {
          const end = Math.round((entries.length * cut) / 100);
          await bed.write(entries.slice(start, end));
          await bed.maintenance.compact({ seal: true });
          start = end;
        }
        await bed.write(entries.slice(start));
        const reader = await bed.reader();
        const question = { since: null, until: null, where: [], top: null };
        const answer = await reader.spend({ ...question, by });
        await reader.close();
        await bed.close();
        const { exchanges, measured, estimated } = expected.sums(() => true);
        const sums = answer.rows.reduce(
          (sum, { totals }) => ({
            exchanges: sum.exchanges + totals.exchanges,
            measured: sum.measured + totals.measuredAmount,
            estimated: sum.estimated + totals.estimatedAmount,
          }),
          { exchanges: 0, measured: 0n, estimated: 0n },
        );
        expect(sums).toEqual({ exchanges, measured, estimated });
        expect(answer.total.measuredAmount).toBe(measured);
      }),
      { numRuns: RUNS },
    );
  });
});
