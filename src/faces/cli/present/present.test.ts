import { describe, expect, it } from "vitest";
import type { CommandCall } from "../command.ts";
import { presentExport } from "./checks.ts";
import { presentForecast } from "./forecast.ts";
import { presentSpendReport } from "./spend-report.ts";

/** A call whose talk is kept. */
function listen(): {
  readonly call: CommandCall;
  readonly talk: () => string;
  readonly out: () => string;
} {
  const said: string[] = [];
  const written: string[] = [];
  const surface = { isTerminal: false, columns: null, colours: false };
  const io = {
    writeOut: (text: string) => void written.push(text),
    writeError: (text: string) => void said.push(text),
    out: surface,
    error: surface,
    readInput: () => Promise.resolve(null),
    readFile: () => Promise.resolve(""),
    copyOut: () => Promise.resolve(),
  };
  const place = { config: undefined, data: undefined };
  const call = { input: {}, json: false, place, io };
  return { call, talk: () => said.join(""), out: () => written.join("") };
}

function totals(open: number, unpriced: number) {
  return {
    exchanges: 9,
    measured_exchanges: 9 - open - unpriced,
    unpriced_exchanges: unpriced,
    open_exchanges: open,
    input_tokens: 0,
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    cache_read_tokens: 0,
    output_tokens: 0,
    input_usd: "0",
    cache_write_usd: "0",
    cache_read_usd: "0",
    output_usd: "0",
    fee_usd: "0",
    measured_usd: "0",
    estimated_usd: "0",
    showback_usd: "0",
  };
}

describe("presentSpendReport", () => {
  it.each([
    [1, "1 call is not settled yet", "1 call has no known price and is in no sum"],
    [1_000, "1,000 calls are not settled yet", "1,000 calls have no known price and are in no sum"],
  ])("presentSpendReport speaks of %d call or calls as it should", (number, open, unpriced) => {
    const { call, talk } = listen();
    const total = totals(number, number);
    const answer = { by: ["model"], since: null, until: null, others: null, total };
    const rows = [{ group: { model: "claude-opus-5-5" }, ...total }];
    presentSpendReport({ ...answer, rows, key_names: {}, source: "rows" }, call);
    expect(talk()).toContain(open);
    expect(talk()).toContain(unpriced);
  });
});

describe("presentExport", () => {
  it.each([
    ["focus", 4, "4 charges written as focus to out.csv.\n"],
    ["focus", 1, "1 charge written as focus to out.csv.\n"],
    ["csv", 1, "1 exchange written as csv to out.csv.\n"],
    ["parquet", 2_000, "2,000 exchanges written as parquet to out.csv.\n"],
  ] as const)(
    "presentExport says what the rows of %s are, of %d",
    async (format, rows, expected) => {
      const { call, talk } = listen();
      const file = { file: "out.csv", temporary: false, media_type: "text/csv" };
      await presentExport({ format, rows, ...file }, call);
      expect(talk()).toBe(expected);
    },
  );
});

describe("presentForecast", () => {
  it("presentForecast tells of every defined budget, of an empty ledger too", () => {
    const { call, talk, out } = listen();
    const total = {
      ...({ spent_this_month_usd: "0", state: "empty", says: "nothing", season: "none" } as const),
      ...{ expected_usd: "0", intervals: [], declined_usd: null, declined_intervals: [] },
    };
    const figures = {
      ...{ budget_usd: "500", spent_usd: "100", left_usd: "400", level: 0.8 },
      ...{ runs_out_at: "2026-11-28T10:00:00.000Z", runs_out_earliest: "2026-11-27T10:00:00.000Z" },
      ...{ runs_out_latest: null, chance_to_exceed: 0.7 },
    };
    const named = { value: "chat", window: "month Europe/Berlin", says: "" };
    const ends = { window_ends_at: "2026-11-30T23:00:00.000Z" };
    presentForecast(
      {
        ...{ as_of: "2026-11-20T00:00:00.000Z", until: "2026-12-01T00:00:00.000Z", by: [] },
        ...{ slot: "hour", history_days: 0, groups: [], total, budgets: [], notes: [] },
        defined_budgets: [
          { ...named, ...ends, name: "each", state: "forecast", figures },
          {
            ...{ name: "tokens", value: null, window: "month", window_ends_at: null },
            ...{ state: "not-forecast", says: "it counts tokens", figures: null },
          },
        ],
      },
      call,
    );
    expect(out().split("\n")).toEqual([
      "budget each of chat, $500.00 (month Europe/Berlin), $400.00 left: is expected to run out 2026-11-28 10:00Z" +
        " (80%: from 2026-11-27 10:00Z to not in this window), chance 70%",
      "budget tokens: no forecast: it counts tokens",
      "",
    ]);
    expect(talk()).toContain("no spend to carry on from");
  });
});
