import { describe, expect, test } from "vitest";
import { type BillableCall, billCall } from "./bill.ts";
import { SIMULATED_MODELS } from "./model-table.ts";

const DOLLAR = 1_000_000_000_000n;
const EMPTY: BillableCall = {
  model: "claude-opus-5-5",
  atMs: Date.parse("2026-11-22"),
  input: 0,
  write5m: 0,
  write1h: 0,
  read: 0,
  output: 0,
  speed: "standard",
  region: "global",
  batch: false,
  webSearches: 0,
  stepLooksAt: "iteration",
  iterations: null,
};
/** The provider's own worked example: 0.488 dollars on Opus 5.5. */
const EXAMPLE = { input: 10_000, write5m: 20_000, write1h: 30_000, read: 40_000, output: 5_000 };

function total(call: Partial<BillableCall>): bigint {
  return billCall({ ...EMPTY, ...call }).totalPicoUsd;
}

describe("billCall", () => {
  test("billCall prices every class, and its lines sum to its total", () => {
    const bill = billCall({ ...EMPTY, ...EXAMPLE });
    expect(bill.totalPicoUsd).toBe((DOLLAR * 488n) / 1_000n);
    expect(bill.lines.reduce((sum, line) => sum + line.picoUsd, 0n)).toBe(bill.totalPicoUsd);
  });

  test("billCall stacks batch and region", () => {
    expect(total({ ...EXAMPLE, batch: true, region: "us" })).toBe((DOLLAR * 2_684n) / 10_000n);
  });

  test("billCall doubles the fast speed, cache prices too", () => {
    expect(total({ ...EXAMPLE, speed: "fast" })).toBe(total(EXAMPLE) * 2n);
  });

  test("billCall steps Haiku 5.5 up on everything beyond 100,000 prompt tokens", () => {
    const model = "claude-haiku-5-5";
    expect(total({ model, input: 100_000, output: 1_000 })).toBe((DOLLAR * 105n) / 10_000n);
    expect(total({ model, input: 60_001, read: 40_000, output: 0 })).toBe(
      60_001n * 500_000n + 40_000n * 50_000n,
    );
  });

  test("billCall knows the day on which Sonnet 5.5's cache reads became cheaper", () => {
    const call = { model: "claude-sonnet-5-5", read: 1_000_000 };
    expect(total({ ...call, atMs: Date.parse("2026-10-06T23:59:59Z") })).toBe(DOLLAR / 5n);
    expect(total({ ...call, atMs: Date.parse("2026-10-07T00:00:00Z") })).toBe(DOLLAR / 10n);
  });

  test("billCall bills iterations at their own models, and searches on top", () => {
    const one = { ...EMPTY, input: 1_000, model: "claude-haiku-4-5" };
    const bill = billCall({ ...EMPTY, input: 7, iterations: [one], webSearches: 2 });
    expect(bill.totalPicoUsd).toBe(1_000n * 1_000_000n + DOLLAR / 50n);
  });

  test("billCall has a whole price for every model under every modifier", () => {
    for (const { id } of SIMULATED_MODELS) {
      const ones = { input: 1, write5m: 1, write1h: 1, read: 1, output: 1 };
      expect(total({ ...ones, model: id, batch: true, region: "us" })).toBeGreaterThan(0n);
    }
  });
});
