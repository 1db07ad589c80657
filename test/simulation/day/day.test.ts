/**
 * A whole day in one process, with every fault the simulator knows: what the clients saw, what the
 * upstream did and what the ledger holds must agree, exchange by exchange.
 */
import { describe, expect, it } from "vitest";
import type { Dimension, LedgerReader } from "../../../src/stores/contracts/index.ts";
import { audit } from "../auditor/index.ts";
import { rowOfExchange } from "../rows-of-exchanges.ts";
import { type PlayedDay, playDay } from "./play-day.ts";

/** Fixed, so that a run says the same each day; `PURSER_TEST_SEED` adds one of your own. */
const SEEDS = [
  1,
  2,
  3,
  ...(process.env.PURSER_TEST_SEED ?? "").split(",").filter(Boolean).map(Number),
];
const DIMENSIONS: readonly Dimension[] = ["model", "endpoint", "user", "hour", "outcome", "client"];

describe("a simulated day", { timeout: 120_000 }, () => {
  it("a day of faults meets every kind of ending", async () => {
    await playDay(1, async (_reader, { exchanges }) => {
      const outcomes = new Set(exchanges.map(({ settled }) => settled?.outcome));
      expect([...outcomes].sort()).toEqual([
        "client-left",
        "completed",
        "stream-cut",
        "stream-error",
        "upstream-error",
        "upstream-unreachable",
      ]);
    });
  });

  it.each(SEEDS)("a day of faults is kept exactly by the ledger, seed %i", async (seed) => {
    await playDay(seed, async (reader, day) => {
      checkEveryCallIsOnRecord(day);
      checkBytes(day);
      checkCosts(day);
      checkCalmEnd(day);
      await checkSums(reader, day);
    });
  });
});

/** Each call that reached the upstream is one exchange, with the upstream's own ending. */
function checkEveryCallIsOnRecord({ stories, records, exchanges }: PlayedDay): void {
  expect(exchanges).toHaveLength(stories.length);
  expect(records).toHaveLength(stories.length);
  expect(exchanges.filter(({ settled }) => settled === null)).toEqual([]);
}

/** Observing changes no byte of a body in either direction, and strips what is Purser's. */
function checkBytes({ stories, records }: PlayedDay): void {
  const byId = new Map(records.map((record) => [record.requestId, record]));
  const sent = records.map((record) => record.requestSha256).sort();
  expect(sent).toEqual(stories.map((story) => story.sentSha256).sort());
  let compared = 0;
  for (const story of stories.filter(({ ended }) => ended)) {
    const record = byId.get(story.requestId ?? "");
    if (record === undefined) expect(story.status).toBe(502);
    else expect(record.responseSha256).toBe(story.gotSha256);
    compared += record === undefined ? 0 : 1;
  }
  expect(compared).toBeGreaterThan(stories.length / 2);
  const headers = records.flatMap((record) => Object.keys(record.requestHeaders));
  expect(headers).toContain("x-day-mark");
  expect(headers.filter((name) => name.startsWith("x-purser-"))).toEqual([]);
}

/** The auditor's price table, the simulator's invoice and the ledger come to the same amounts. */
function checkCosts({ served, records, exchanges }: PlayedDay): void {
  const rows = exchanges.map(rowOfExchange);
  expect(audit({ seen: served, served, rows })).toEqual([]);
  const invoices = new Map(records.map((record) => [record.requestId, record.bill.totalPicoUsd]));
  for (const row of rows) {
    if (row.outcome === "completed" && row.messageId !== null) {
      expect(row.measuredPicoUsd).toBe(invoices.get(row.requestId ?? ""));
    }
    if (row.outcome === "upstream-error") {
      expect({
        measured: row.measuredPicoUsd ?? 0n,
        estimated: row.estimatedPicoUsd ?? 0n,
      }).toEqual({ measured: 0n, estimated: 0n });
    }
  }
}

/** Once the faults stop, whatever was asked correctly is answered. */
function checkCalmEnd({ calmStories }: PlayedDay): void {
  const unexpected = calmStories.filter(({ status }) => ![200, 400, 404].includes(status ?? 0));
  expect(unexpected).toEqual([]);
}

/** Any grouping sums to the same total, which is the sum of the exchanges. */
async function checkSums(reader: LedgerReader, { exchanges }: PlayedDay): Promise<void> {
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
  const measured = sum(exchanges.map(({ settled }) => settled?.measured?.total ?? 0n));
  const estimated = sum(exchanges.map(({ settled }) => settled?.estimated?.total ?? 0n));
  expect(measured).toBeGreaterThan(0n);
  for (const dimension of DIMENSIONS) {
    const answer = await reader.spend({
      by: [dimension],
      where: [],
      since: null,
      until: null,
      top: null,
    });
    expect(sum(answer.rows.map((row) => row.totals.measuredAmount))).toBe(measured);
    expect(sum(answer.rows.map((row) => row.totals.estimatedAmount))).toBe(estimated);
    expect(answer.total.exchanges).toBe(exchanges.length);
  }
}
