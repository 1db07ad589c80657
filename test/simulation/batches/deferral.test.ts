import { describe, expect, test } from "vitest";
import {
  billedBy,
  HOUR_MS,
  MINUTE_MS,
  measuredIn,
  requestOf,
  startDeferralBed,
} from "./deferral-bed.ts";
import { playFaultyDay } from "./faulty-day.ts";
import { playKills } from "./kill-run.ts";

const CREATE = { part: "batch-call", route: "POST /v1/messages/batches" } as const;

/** Two ledgers of the same money: what the provider billed, and what stands in ours. */
async function expectSameBill(bed: Awaited<ReturnType<typeof startDeferralBed>>): Promise<void> {
  expect(measuredIn(await bed.rows())).toEqual(billedBy(bed.simulator));
}

describe("deferred calls", () => {
  test("deferred calls of one minute go out as one batch, and cost half", async () => {
    await using bed = await startDeferralBed();
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, index) => bed.accept(`call ${index}`, 4 * HOUR_MS)),
    );
    await bed.pass(HOUR_MS);
    for (const id of ids) {
      expect(await bed.answer(id)).toMatchObject({
        status: 200,
        by: "batch",
        body: { type: "message", usage: { service_tier: "batch" } },
      });
    }
    expect((await bed.state().deferred.counts()).byState.answered).toBe(30);
    expect(new Set(bed.simulator.calls().map((call) => call.batchItem?.batchId)).size).toBe(2);
    await expectSameBill(bed);
  });

  test("deferred calls of other versions or betas go into batches of their own", async () => {
    await using bed = await startDeferralBed();
    await bed.accept("a", HOUR_MS);
    await bed.accept("b", HOUR_MS, { apiVersion: "2026-10-21" });
    await bed.accept("c", HOUR_MS, { betas: ["x-2026-01-01"] });
    await bed.pass(40 * MINUTE_MS);
    const batches = bed.simulator.calls().flatMap((call) => call.batchItem?.batchId ?? []);
    expect(new Set(batches).size).toBe(3);
  });

  test("a call whose batch is late is made in real time, once, and the late result is booked", async () => {
    await using bed = await startDeferralBed();
    bed.simulator.setFaults([
      { match: CREATE, fault: { kind: "slow-batch", delayMs: 6 * HOUR_MS } },
    ]);
    const id = await bed.accept("late", HOUR_MS);
    await bed.pass(HOUR_MS);
    const answer = await bed.answer(id);
    expect(answer).toMatchObject({ status: 200, by: "real-time" });
    await bed.pass(7 * HOUR_MS, 10 * MINUTE_MS);
    expect(await bed.answer(id)).toEqual(answer);
    const rows = await bed.rows();
    expect(rows).toHaveLength(2);
    expect(measuredIn(rows)).toEqual(billedBy(bed.simulator));
  });

  test("a call that the provider refuses is answered as the Messages API would", async () => {
    await using bed = await startDeferralBed();
    const body = requestOf("nobody", "claude-none");
    const id = await bed.accept("nobody", HOUR_MS, { body });
    await bed.pass(30 * MINUTE_MS);
    expect(await bed.answer(id)).toMatchObject({
      status: 404,
      body: { type: "error", error: { type: "not_found_error" } },
    });
    await expectSameBill(bed);
  });

  test("a call that errored or expired in its batch is tried again, and then made in real time", async () => {
    await using bed = await startDeferralBed();
    bed.simulator.setFaults([
      {
        match: { part: "batch-item", lastUserText: "errs" },
        fault: { kind: "overloaded" },
        times: 1,
      },
      { match: { part: "batch-item", lastUserText: "expires" }, fault: { kind: "expire" } },
    ]);
    const again = await bed.accept("errs", 4 * HOUR_MS);
    const inTime = await bed.accept("expires", 2 * HOUR_MS);
    await bed.pass(2 * HOUR_MS, 2 * MINUTE_MS);
    expect(await bed.answer(again)).toMatchObject({ status: 200, by: "batch" });
    expect(await bed.answer(inTime)).toMatchObject({ status: 200, by: "real-time" });
    await expectSameBill(bed);
  });

  test("a creation whose answer was lost is found again, and nothing is sent twice", async () => {
    await using bed = await startDeferralBed();
    bed.simulator.setFaults([{ match: CREATE, fault: { kind: "lost-response" }, times: 1 }]);
    const ids = [await bed.accept("a", 4 * HOUR_MS), await bed.accept("b", 4 * HOUR_MS)];
    await bed.pass(HOUR_MS);
    for (const id of ids) expect(await bed.answer(id)).toMatchObject({ status: 200, by: "batch" });
    const items = bed.simulator.calls().filter((call) => call.batchItem !== null);
    expect(items).toHaveLength(2);
    await expectSameBill(bed);
  });

  test("a creation that was never made is given up, costs nothing, and its calls go out again", async () => {
    await using bed = await startDeferralBed();
    bed.simulator.setFaults([{ match: CREATE, fault: { kind: "reset" }, times: 1 }]);
    const id = await bed.accept("a", 4 * HOUR_MS);
    await bed.pass(HOUR_MS);
    expect(await bed.answer(id)).toMatchObject({ status: 200, by: "batch" });
    const rows = await bed.rows();
    expect(rows.every((row) => row.estimatedPicoUsd === null || row.messageId !== null)).toBe(true);
    expect(measuredIn(rows)).toEqual(billedBy(bed.simulator));
  });

  test("a canceled call is never sent, or its answer is dropped and booked", async () => {
    await using bed = await startDeferralBed();
    const early = await bed.accept("early", HOUR_MS);
    expect(await bed.service().desk.cancel(early, "vk_other")).toBe(false);
    expect(await bed.service().desk.cancel(early, "vk_test")).toBe(true);
    const late = await bed.accept("late", HOUR_MS);
    await bed.pass(2 * MINUTE_MS);
    expect(await bed.service().desk.cancel(late, "vk_test")).toBe(true);
    await bed.pass(HOUR_MS);
    expect(await bed.service().desk.look(late, "vk_test")).toEqual({ kind: "canceled" });
    expect(bed.simulator.calls().filter((call) => call.messageId !== null)).toHaveLength(1);
    await expectSameBill(bed);
  });

  test("calls with a prefix marked for an hour follow one that writes it, and then read it", async () => {
    await using bed = await startDeferralBed({ assumptions: { batchItemsTogether: 1_000 } });
    const text = "stores and charts ".repeat(400);
    const system = [{ type: "text", text, cache_control: { type: "ephemeral", ttl: "1h" } }];
    const bodyOf = (index: number) =>
      Buffer.from(JSON.stringify({ ...JSON.parse(requestOf(`${index}`).toString()), system }));
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        bed.accept(`${index}`, 6 * HOUR_MS, { prefix: "shared", body: bodyOf(index) }),
      ),
    );
    await bed.pass(HOUR_MS);
    for (const id of ids) expect(await bed.answer(id)).toMatchObject({ status: 200 });
    const usages = bed.simulator.calls().filter((call) => call.batchItem !== null);
    const reads = usages.filter((call) => Number(call.usage?.cache_read_input_tokens) > 0);
    expect([usages.length, reads.length]).toEqual([20, 19]);
  });

  test("no text that waits on the disk can be read there, nor an answer", async () => {
    await using bed = await startDeferralBed();
    const id = await bed.accept("a secret word: halyard", 4 * HOUR_MS);
    const sealed = (await bed.state().deferred.bodies([id])).get(id);
    expect(Buffer.from(sealed ?? []).includes("halyard")).toBe(false);
    await bed.pass(HOUR_MS);
    const answer = await bed.state().deferred.answerBody(id);
    expect(Buffer.from(answer ?? []).includes("message")).toBe(false);
    expect((await bed.state().deferred.bodies([id])).size).toBe(0);
  });

  test("every deferred call ends once, by its deadline, through faults and restarts", async () => {
    await playFaultyDay(1);
  }, 300_000);

  test("no acknowledged call is lost when the gateway is killed", async () => {
    const { calls } = await playKills(1, 2);
    expect(calls).toBeGreaterThan(0);
  }, 300_000);
});
