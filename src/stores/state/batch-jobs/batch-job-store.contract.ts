/** What a state store must do with jobs of batches, whichever database keeps them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instant } from "../../../base/index.ts";
import type { StateStore } from "../../contracts/index.ts";
import type { StateBed } from "../state-store.contract.ts";

const NOON = instant(1_800_000_000_000);

function part(number: number) {
  const fromByte = number * 5_000_000_000;
  return { number, fromByte, toByte: fromByte + 10, fromLine: 7, requests: 3, bodyBytes: 99 };
}

const UNSENT = { state: "waiting", sentAt: null, batch: null, output: null, outputEnd: null };

export function batchJobStoreContract(name: string, makeBed: () => Promise<StateBed>): void {
  describe(`BatchJobStore on ${name}`, () => {
    let bed: StateBed;
    let store: StateStore;
    const job = {
      id: "job_a",
      createdAt: NOON,
      source: "/a.jsonl",
      sourceDigest: "d",
      badLines: 2,
    };
    beforeEach(async () => {
      bed = await makeBed();
      store = await bed.open();
      await store.batchJobs.create(
        job,
        Array.from({ length: 250 }, (_, index) => part(index)),
      );
    });
    afterEach(() => bed.close());

    it("batchJobs.create keeps a job and its parts in their order, for every store", async () => {
      const other = (await bed.open()).batchJobs;
      await store.batchJobs.create({ ...job, id: "job_b", createdAt: instant(NOON + 1) }, []);
      expect((await other.list(10)).map(({ id }) => id)).toEqual(["job_b", "job_a"]);
      expect(await other.find("job_a")).toEqual(job);
      expect(await other.find("job_c")).toBeNull();
      const parts = await other.parts("job_a");
      expect(parts).toHaveLength(250);
      expect(parts[249]).toEqual({ ...part(249), ...UNSENT });
    });

    it("batchJobs.send gives a part to one process alone", async () => {
      const others = [store, await bed.open(), await bed.open()];
      const sent = await Promise.all(others.map((one) => one.batchJobs.send("job_a", 1, NOON)));
      expect(sent.filter(Boolean)).toHaveLength(1);
      const [first, second] = await store.batchJobs.parts("job_a");
      expect([first?.state, second?.state, second?.sentAt]).toEqual(["waiting", "sending", NOON]);
      await store.batchJobs.release("job_a", 1);
      expect(await store.batchJobs.send("job_a", 1, NOON)).toBe(true);
    });

    it("batchJobs.submitted and written remember the batch and where its results went", async () => {
      await store.batchJobs.send("job_a", 0, NOON);
      await store.batchJobs.submitted("job_a", 0, "msgbatch_1");
      await store.batchJobs.written("job_a", 0, "/out", 5_000_000_000);
      const [first] = await store.batchJobs.parts("job_a");
      expect(first).toMatchObject({ state: "submitted", batch: "msgbatch_1" });
      expect(first).toMatchObject({ output: "/out", outputEnd: 5_000_000_000 });
      expect(await store.batchJobs.isKnown("msgbatch_1")).toBe(true);
      expect(await store.batchJobs.isKnown("msgbatch_2")).toBe(false);
      expect(await store.batchJobs.send("job_a", 0, NOON)).toBe(false);
    });
  });
}
