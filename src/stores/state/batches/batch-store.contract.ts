/** What a state store must do with batches, whichever database keeps them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CallId,
  type ExchangeId,
  estimatedTokenCount,
  instant,
  picoUsd,
} from "../../../base/index.ts";
import type { BatchItemRecord, BatchRecord, StateStore } from "../../contracts/index.ts";
import type { StateBed } from "../state-store.contract.ts";

const NOON = 1_800_000_000_000;

function record(name: string, minutes = 0, batch: string | null = null): BatchRecord {
  const nobody = { user: null, userType: null, team: null, endpoint: null, session: null };
  return {
    creation: `call_${name}` as CallId,
    batch,
    createdAt: instant(NOON + minutes * 60_000),
    attributes: { key: "key_a", ...nobody, tags: { plan: "free" }, client: null },
  };
}

function item(customId: string): BatchItemRecord {
  return {
    customId,
    exchange: `ex_${customId}` as ExchangeId,
    modelAsked: "claude-haiku-5-5",
    maxTokens: 100,
    user: null,
    worstCase: {
      inputTokens: estimatedTokenCount(12),
      outputTokens: estimatedTokenCount(100),
      amount: picoUsd(9_007_199_254_740_993n),
    },
  };
}

export function batchStoreContract(name: string, makeBed: () => Promise<StateBed>): void {
  describe(`BatchStore on ${name}`, () => {
    let bed: StateBed;
    let store: StateStore;
    beforeEach(async () => {
      bed = await makeBed();
      store = await bed.open();
    });
    afterEach(() => bed.close());
    const a = record("a");

    it("batches.items gives back what was added, amounts beyond 2^53 too, to every store", async () => {
      await store.batches.begin(a);
      await store.batches.addItems(a.creation, [item("one"), item("two")]);
      const found = await (await bed.open()).batches.items(a.creation, ["two", "three"]);
      expect([...found]).toEqual([["two", { ...item("two"), booked: false }]]);
    });

    it("batches.addItems leaves a request with the exchange that it was first given", async () => {
      await store.batches.begin(a);
      await store.batches.addItems(a.creation, [item("one")]);
      await store.batches.addItems(a.creation, [
        { ...item("one"), exchange: "ex_x" as ExchangeId },
      ]);
      const found = await store.batches.items(a.creation, ["one"]);
      expect(found.get("one")?.exchange).toBe("ex_one");
    });

    it("batches.find knows a batch once it is named", async () => {
      await store.batches.begin(a);
      expect(await store.batches.find("msgbatch_1")).toBeNull();
      await store.batches.name(a.creation, "msgbatch_1");
      expect(await store.batches.find("msgbatch_1")).toEqual({ ...a, batch: "msgbatch_1" });
    });

    it("batches.findUnnamed gives the newest creation of that key without a name", async () => {
      for (const [index, each] of ["a", "b", "c"].entries()) {
        await store.batches.begin(record(each, index));
        await store.batches.addItems(record(each).creation, [item("one")]);
      }
      await store.batches.name(record("c").creation, "msgbatch_c");
      expect((await store.batches.findUnnamed("key_a", "one"))?.creation).toBe("call_b");
      expect(await store.batches.findUnnamed("key_b", "one")).toBeNull();
      expect(await store.batches.findUnnamed(null, "one")).toBeNull();
      expect(await store.batches.findUnnamed("key_a", "two")).toBeNull();
    });

    it("batches.unnamed counts the requests of creations without an answer", async () => {
      await store.batches.begin(record("a"));
      await store.batches.begin(record("b", 1));
      await store.batches.begin(record("c", 2, "msgbatch_c"));
      await store.batches.addItems(record("b").creation, [item("one"), item("two")]);
      const unnamed = await store.batches.unnamed(10);
      expect(unnamed.map((each) => [each.record.creation, each.items])).toEqual([
        ["call_a", 0],
        ["call_b", 2],
      ]);
      const all = await store.batches.allItems(record("b").creation);
      expect(all.map(({ customId }) => customId)).toEqual(["one", "two"]);
    });

    it("batches.unbooked names what has requests without a result", async () => {
      await store.batches.begin(record("a", 0, "msgbatch_a"));
      await store.batches.begin(record("b", 1, "msgbatch_b"));
      for (const each of ["a", "b"]) {
        await store.batches.addItems(record(each).creation, [item("one"), item("two")]);
      }
      await store.batches.booked(record("a").creation, ["one", "two"]);
      await store.batches.booked(record("b").creation, ["one"]);
      const unbooked = await store.batches.unbooked(10);
      expect(unbooked.map((each) => [each.record.batch, each.items])).toEqual([["msgbatch_b", 1]]);
    });

    it("batches.forget and removeBefore take requests along", async () => {
      for (const [index, each] of ["a", "b", "c"].entries()) {
        await store.batches.begin(record(each, index, `msgbatch_${each}`));
        await store.batches.addItems(record(each).creation, [item("one")]);
      }
      await store.batches.forget(record("c").creation);
      await store.batches.removeBefore(record("b", 1).createdAt);
      const left = await store.batches.unbooked(10);
      expect(left.map((each) => each.record.batch)).toEqual(["msgbatch_b"]);
      expect((await store.batches.items(record("a").creation, ["one"])).size).toBe(0);
    });

    it("batches.items takes as many ids as a batch may have requests in one piece", async () => {
      await store.batches.begin(a);
      const ids = Array.from({ length: 2_500 }, (_, index) => `item-${index}`);
      for (let from = 0; from < ids.length; from += 500) {
        await store.batches.addItems(a.creation, ids.slice(from, from + 500).map(item));
      }
      expect((await store.batches.items(a.creation, ids)).size).toBe(2_500);
      await store.batches.booked(a.creation, ids);
      expect(await store.batches.unbooked(10)).toEqual([]);
    });
  });
}
