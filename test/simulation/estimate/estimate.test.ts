/** A short part of `npm run proof:estimate`: random designs run for real cost what was estimated. */
import { expect, test } from "vitest";
import { compareForReal } from "./compare.ts";
import { constantDesign, varyingDesign } from "./random-designs.ts";

test("an estimate of constants is what the gateway's ledger has, to the picodollar", async () => {
  const designs = [2, 3, 5].map(constantDesign);
  const compared = await compareForReal(designs, () => 1);
  for (const { label, estimated, billed } of compared)
    expect([label, billed]).toEqual([label, estimated]);
});

test("an estimate's interval holds most days of traffic that another seed drew", async () => {
  const designs = Array.from({ length: 8 }, (_, index) => varyingDesign(100 + index));
  const compared = await compareForReal(designs, (index) => 1_000 + index);
  const inside = compared.filter(({ billed, low, high }) => low <= billed && billed <= high);
  // Nine in ten are claimed; four or fewer of eight would happen once in two thousand runs.
  expect(inside.length).toBeGreaterThan(4);
  for (const { low, high, estimated } of compared) {
    expect(Number(high - low) / Number(estimated)).toBeGreaterThan(0.05);
  }
});
