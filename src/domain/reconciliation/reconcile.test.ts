import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, picoUsd } from "../../base/index.ts";
import type { CostRow, LedgerRow, UsageRow } from "./books.ts";
import { reconcile } from "./reconcile.ts";

const DAY = 20_000;
const GROUP = { model: "m", serviceTier: "standard", speed: null, inferenceGeo: null } as const;

function ledgerRow(changes: Partial<LedgerRow> = {}): LedgerRow {
  return {
    ...{ ...GROUP, day: DAY, imported: false, item: "output", quantity: 1_000n },
    ...{ amount: picoUsd(5_000n), unpricedExchanges: 0, estimatedExchanges: 0 },
    ...{ estimatedInputTokens: 0n, estimatedOutputTokens: 0n },
    ...changes,
  };
}

function usageRow(changes: Partial<UsageRow> = {}): UsageRow {
  return { ...GROUP, day: DAY, item: "output", quantity: 1_000n, ...changes };
}

function costRow(changes: Partial<CostRow> = {}): CostRow {
  return { ...GROUP, day: DAY, item: "output", amount: picoUsd(5_000n), ...changes };
}

type Books = {
  readonly ledger: readonly LedgerRow[];
  readonly usage: readonly UsageRow[];
  readonly cost?: readonly CostRow[];
  readonly completeDays?: number;
};

function compared({ ledger, usage, cost, completeDays = DAY + 10 }: Books) {
  const { tokens, money } = reconcile({
    usage: { ledger, report: usage },
    cost: cost === undefined ? null : { ledger, report: cost },
    usageCompleteUntilMs: completeDays * DAY_MS,
    costCompleteUntilMs: completeDays * DAY_MS,
    tolerancePpm: 5_000,
    steppedModels: new Set(["stepped"]),
  });
  const short = [...tokens, ...money].map(({ cause, flagged }) => [cause, flagged]);
  return { tokens, money, short };
}

describe("reconcile", () => {
  it("reconcile finds nothing where both books agree, whatever their defaults are called", () => {
    const ledger = [ledgerRow({ serviceTier: null, inferenceGeo: "global" })];
    const usage = [
      usageRow({ inferenceGeo: "not_available" }),
      usageRow({ quantity: 0n, item: "input" }),
    ];
    expect(compared({ ledger, usage, cost: [costRow()] }).short).toEqual([]);
  });

  it.each<[string, Books, readonly (readonly [string, boolean])[]]>([
    ["more in the report", { ledger: [], usage: [usageRow()] }, [["not-through-purser", true]]],
    ["more in the ledger", { ledger: [ledgerRow()], usage: [] }, [["not-in-report", true]]],
    [
      "more by less than the tolerance",
      { ledger: [ledgerRow()], usage: [usageRow({ quantity: 1_005n })] },
      [["not-through-purser", false]],
    ],
    [
      "a report that is not complete for the day",
      { ledger: [ledgerRow()], usage: [], completeDays: DAY + 0.5 },
      [["late-data", false]],
    ],
    [
      "calls that were imported",
      { ledger: [ledgerRow({ imported: true })], usage: [] },
      [["imported", false]],
    ],
    [
      "an estimate that can be it",
      {
        ledger: [
          ledgerRow({
            item: null,
            quantity: 0n,
            estimatedExchanges: 1,
            estimatedOutputTokens: 2_000n,
          }),
        ],
        usage: [usageRow()],
      },
      [["estimates", false]],
    ],
    [
      "an estimate that is too small to be it",
      {
        ledger: [
          ledgerRow({
            item: null,
            quantity: 0n,
            estimatedExchanges: 1,
            estimatedOutputTokens: 999n,
          }),
        ],
        usage: [usageRow()],
      },
      [["not-through-purser", true]],
    ],
    [
      "another region",
      { ledger: [ledgerRow({ inferenceGeo: "us" })], usage: [usageRow({ inferenceGeo: "eu" })] },
      [
        ["region", false],
        ["region", false],
      ],
    ],
    [
      "the day after",
      { ledger: [ledgerRow()], usage: [usageRow({ day: DAY + 1 })] },
      [
        ["day-boundary", false],
        ["day-boundary", false],
      ],
    ],
    [
      "the Priority Tier, in the usage and not in the cost",
      {
        ledger: [ledgerRow({ serviceTier: "priority" })],
        usage: [usageRow({ serviceTier: "priority" })],
        cost: [],
      },
      [["priority-tier", false]],
    ],
    [
      "amounts that differ where tokens agree",
      { ledger: [ledgerRow()], usage: [usageRow()], cost: [costRow({ amount: picoUsd(4_000n) })] },
      [["price", true]],
    ],
    [
      "amounts of a model with a step in its price",
      {
        ledger: [ledgerRow({ model: "stepped" })],
        usage: [usageRow({ model: "stepped" })],
        cost: [costRow({ model: "stepped", amount: picoUsd(4_000n) })],
      },
      [["context-step", false]],
    ],
    [
      "a call without a price",
      {
        ledger: [ledgerRow({ amount: picoUsd(0n), unpricedExchanges: 1 })],
        usage: [usageRow()],
        cost: [costRow()],
      },
      [["unpriced", true]],
    ],
    [
      "money that follows from missing tokens",
      { ledger: [], usage: [usageRow()], cost: [costRow()] },
      [
        ["not-through-purser", true],
        ["not-through-purser", true],
      ],
    ],
  ])("reconcile names the cause of %s", (_, books, expected) => {
    expect(compared(books).short).toEqual(expected);
  });

  it("reconcile tells apart only what the report was grouped by", () => {
    const ledger = [ledgerRow(), ledgerRow({ model: "n", serviceTier: "batch" })];
    const usage = [usageRow({ model: null, serviceTier: null, quantity: 2_000n })];
    const total = costRow({ model: null, serviceTier: null, item: null, amount: picoUsd(10_000n) });
    expect(compared({ ledger, usage, cost: [total] }).short).toEqual([]);
  });

  it("reconcile always accounts for the whole difference between the books", () => {
    const row = fc.record({
      day: fc.integer({ min: DAY, max: DAY + 3 }),
      model: fc.constantFrom("m", "n"),
      serviceTier: fc.constantFrom("standard", "batch"),
      inferenceGeo: fc.constantFrom(null, "us"),
      item: fc.constantFrom("input", "output", "cache_read"),
      quantity: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 30 }),
        fc.array(row, { maxLength: 30 }),
        (ours, theirs) => {
          const sum = (rows: readonly { readonly quantity: bigint }[]): bigint =>
            rows.reduce((total, { quantity }) => total + quantity, 0n);
          const { tokens } = compared({
            ledger: ours.map((changes) => ledgerRow(changes)),
            usage: theirs.map((changes) => usageRow(changes)),
          });
          const drifted = tokens.reduce((total, { difference }) => total + difference, 0n);
          expect(drifted).toBe(sum(theirs) - sum(ours));
        },
      ),
    );
  });
});
