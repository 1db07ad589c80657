/** A few kills of the long proof in every test run, and the mutant that shows the proof has teeth. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { proveCrashes } from "./kill-loop.ts";

const MUTANT = fileURLToPath(new URL("./mutant-gateway.ts", import.meta.url));
const COMPACTING = fileURLToPath(new URL("./compacting-gateway.ts", import.meta.url));
const CLIENTS = 16;
/** Fixed, so that a run draws the same moments each day; `PURSER_TEST_SEED` draws others. */
const SEED = Number(process.env.PURSER_TEST_SEED ?? 1);

/** Draws two lives long enough for compactions to end in them, and a short one. */
const LONG_LIVES_SEED = 1;
/** On a busy machine a start alone may take seconds. */
const TEST_TIMEOUT_MS = 180_000;

describe("the crash proof", { timeout: TEST_TIMEOUT_MS }, () => {
  it(`the ledger keeps every response seen complete through four kills, seed ${SEED}`, async () => {
    const verdict = await proveCrashes({ seed: SEED, kills: 4, clients: CLIENTS });
    expect(verdict.findings).toEqual([]);
    expect(verdict.killsUnderLoad).toBe(4);
    expect(verdict.completions).toBeGreaterThan(20);
    expect(verdict.lostRows).toBeGreaterThan(0);
    expect(verdict.sound).toBe(true);
  });

  it("the ledger keeps them while it compacts without pause", async () => {
    const verdict = await proveCrashes({
      seed: LONG_LIVES_SEED,
      kills: 3,
      clients: CLIENTS,
      completionsBeforeKillMax: 500,
      entry: COMPACTING,
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.compactedFiles).toBeGreaterThan(0);
    expect(verdict.sound).toBe(true);
  });

  it("the crash proof finds a ledger that says settled before it has written", async () => {
    const verdict = await proveCrashes({ seed: 4, kills: 4, clients: CLIENTS, entry: MUTANT });
    expect(verdict.findings.map((finding) => finding.code)).toContain("missing");
  });
});
