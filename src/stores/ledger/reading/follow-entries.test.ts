import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../contracts/index.ts";
import { type LedgerBed, makeLedgerBed } from "../ledger-bed.contract.ts";
import { contractEntries } from "../ledger-reader.contract.ts";

const entries = contractEntries(41);

describe("followEntries", () => {
  let bed: LedgerBed;
  beforeEach(async () => {
    bed = await makeLedgerBed();
  });
  afterEach(async () => bed.close());

  it("gives every entry written after it began, once and in order, across sealing and compaction", async () => {
    await bed.write(entries.slice(0, 20));
    const reader = await bed.reader();
    const stop = new AbortController();
    const tail = reader.tail(stop.signal)[Symbol.asyncIterator]();
    const got: LedgerEntry[] = [];
    const next = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const step = await tail.next();
        if (step.done !== true) got.push(step.value);
      }
    };
    const first = next(1);
    await bed.write(entries.slice(20, 60));
    await first;
    await next(39);
    bed.writer.seal();
    await bed.write(entries.slice(60, 100));
    await next(40);
    await bed.maintenance.compact({ seal: true });
    await bed.write(entries.slice(100));
    await next(entries.length - 100);
    stop.abort();
    expect((await tail.next()).done).toBe(true);
    expect(got).toEqual(entries.slice(20));
    await reader.close();
  });
});
