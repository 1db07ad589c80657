/** Budgets hold for what waits: for batches of a client's own, and for deferred calls. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import type { BudgetDefinition } from "../../../src/domain/budgets/index.ts";
import { startSimulator } from "../../../src/simulator/index.ts";
import { startGatewayProcess } from "../gateway-process.ts";
import { billedBy, HOUR_MS, MINUTE_MS, startDeferralBed } from "./deferral-bed.ts";

function budget(capPicoUsd: bigint): BudgetDefinition {
  return {
    ...{ name: "all", match: {}, per: null, window: { kind: "lifetime" }, unit: "usd" },
    ...{ cap: capPicoUsd, enforcement: "hard", mode: "apply", whenShort: "refuse" },
    ...{ unboundedCeiling: null, steps: [] },
  };
}

type Bed = Awaited<ReturnType<typeof startDeferralBed>>;

function balanceIn(bed: Bed): { readonly spent: bigint; readonly reserved: bigint } {
  const [balance] = bed.keeper().book.budget("all")?.balances.values() ?? [];
  if (balance === undefined) return { spent: 0n, reserved: 0n };
  return { spent: balance.spent(bed.simulator.clock.nowMs()), reserved: balance.reserved };
}

function billed(bed: Bed): bigint {
  return [...billedBy(bed.simulator).values()].reduce((sum, amount) => sum + amount, 0n);
}

/** No call of these is dearer: 200 tokens out at $10, and a short prompt. */
const CALL_PICO_USD = 3_000_000_000n;

describe("budgets of deferred calls", () => {
  test("budgets take a deferred call only if both of its prices fit, and free what was not used", async () => {
    await using bed = await startDeferralBed({}, {}, [budget(3n * CALL_PICO_USD)]);
    const accepted = [];
    let refused = 0;
    for (let call = 0; call < 6; call += 1) {
      await bed
        .accept(`call ${call}`, 4 * HOUR_MS)
        .then((id) => accepted.push(id))
        .catch(() => {
          refused += 1;
        });
    }
    expect(accepted.length).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    const before = balanceIn(bed);
    expect(before.spent + before.reserved).toBeLessThanOrEqual(3n * CALL_PICO_USD);
    await bed.pass(HOUR_MS);
    expect(balanceIn(bed)).toEqual({ spent: billed(bed), reserved: 0n });
  });

  test("budgets hold what waits and what is in a batch through a restart", async () => {
    await using bed = await startDeferralBed({}, {}, [budget(100n * CALL_PICO_USD)]);
    await bed.accept("waits", 4 * HOUR_MS);
    const waiting = balanceIn(bed);
    await bed.crash();
    expect(balanceIn(bed)).toEqual(waiting);
    await bed.pass(2 * MINUTE_MS);
    const submitted = balanceIn(bed);
    expect(submitted.reserved).toBeGreaterThan(0n);
    await bed.crash();
    expect(balanceIn(bed)).toEqual(submitted);
    await bed.pass(HOUR_MS);
    expect(balanceIn(bed)).toEqual({ spent: billed(bed), reserved: 0n });
  });

  test("budgets pay for both where a late batch and a call in real time were made", async () => {
    await using bed = await startDeferralBed({}, {}, [budget(100n * CALL_PICO_USD)]);
    const match = { part: "batch-call" } as const;
    bed.simulator.setFaults([{ match, fault: { kind: "slow-batch", delayMs: 3 * HOUR_MS } }]);
    await bed.accept("late", HOUR_MS);
    await bed.pass(5 * HOUR_MS, 10 * MINUTE_MS);
    expect(billedBy(bed.simulator).size).toBe(2);
    expect(balanceIn(bed)).toEqual({ spent: billed(bed), reserved: 0n });
  });

  test("budgets free a call that is taken back before it was sent", async () => {
    await using bed = await startDeferralBed({}, {}, [budget(100n * CALL_PICO_USD)]);
    const id = await bed.accept("early", HOUR_MS);
    await bed.service().desk.cancel(id, "vk_test");
    expect(balanceIn(bed)).toEqual({ spent: 0n, reserved: 0n });
  });
});

describe("budgets of batches", () => {
  test("budgets refuse a batch that may come to more than is left, whole and before it is made", async () => {
    const data = await mkdtemp(join(tmpdir(), "purser-budgets-"));
    const config = join(data, "purser.yaml");
    await writeFile(config, CONFIG);
    await using simulator = await startSimulator({ clock: "virtual" });
    const gateway = await startGatewayProcess({ upstream: simulator.url, data, config });
    try {
      const baseURL = gateway.ready.gateway;
      const client = new Anthropic({ apiKey: "sk-ant-own", baseURL, maxRetries: 0 });
      const requests = (count: number) =>
        Array.from({ length: count }, (_, index) => ({
          custom_id: `item-${index}`,
          params: {
            model: "claude-sonnet-5-5",
            max_tokens: 1_000,
            messages: [{ role: "user" as const, content: "Count the barrels." }],
          },
        }));
      const tooMany = client.messages.batches.create({ requests: requests(30) });
      await expect(tooMany).rejects.toMatchObject({ status: 429, errorCode: "BUDGET_EXCEEDED" });
      expect((await client.messages.batches.list()).data).toEqual([]);
      const fits = await client.messages.batches.create({ requests: requests(15) });
      const another = client.messages.batches.create({ requests: requests(15) });
      await expect(another).rejects.toMatchObject({ errorCode: "BUDGET_EXCEEDED" });
      simulator.clock.advance(HOUR_MS);
      for await (const _ of await client.messages.batches.results(fits.id));
      await client.messages.batches.create({ requests: requests(10) });
    } finally {
      await gateway.kill();
      await rm(data, { recursive: true, force: true });
    }
  });
});

/** A request may come to half of 1,000 tokens at $10 a million, and a little for its prompt. */
const CONFIG = `
policies:
  - name: cap
    lever: budget
    mode: apply
    settings: { limit: $0.10, window: lifetime }
`;
