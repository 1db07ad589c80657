/** A short run of the budgets proof in every test run, and the mutant that shows it has teeth. */
import { describe, expect, it } from "vitest";
import { MUTANT, proveBudgets } from "./prove-budgets.ts";

/** Fixed, so that a run draws the same calls each day; `PURSER_TEST_SEED` draws others. */
const SEED = Number(process.env.PURSER_TEST_SEED ?? 1);
/** On a busy machine a start alone may take seconds. */
const TEST_TIMEOUT_MS = 180_000;

describe("the budgets proof", { timeout: TEST_TIMEOUT_MS }, () => {
  it(`no budget is passed through aborts, errors, a kill and a jump of the clock, seed ${SEED}`, async () => {
    const proof = await proveBudgets({
      seed: SEED,
      clients: 24,
      kills: 1,
      jumps: 1,
      attemptsMax: 300,
    });
    expect(proof.findings).toEqual([]);
    expect(proof.admitted).toBeGreaterThan(50);
    expect(proof.refused).toBeGreaterThan(20);
    expect(proof.counts.left).toBeGreaterThan(0);
    expect(proof.counts.failed).toBeGreaterThan(0);
    expect(proof.heldShareMax).toBeGreaterThan(0.9);
    expect(proof.windows).toBeGreaterThan(6);
  });

  it("the budgets proof finds a gateway that reserves after it has forwarded", async () => {
    const proof = await proveBudgets({
      seed: 2,
      clients: 24,
      kills: 0,
      jumps: 1,
      attemptsMax: 200,
      entry: MUTANT,
    });
    expect(proof.findings.map(({ code }) => code)).toContain("over-cap");
  });
});
