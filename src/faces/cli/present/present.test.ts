import { describe, expect, it } from "vitest";
import type { CommandCall } from "../command.ts";
import { presentExport } from "./checks.ts";
import { presentSpendReport } from "./spend-report.ts";

/** A call whose talk is kept. */
function listen(): { readonly call: CommandCall; readonly talk: () => string } {
  const said: string[] = [];
  const surface = { isTerminal: false, columns: null, colours: false };
  const io = {
    writeOut: () => {},
    writeError: (text: string) => void said.push(text),
    out: surface,
    error: surface,
    readInput: () => Promise.resolve(null),
    readFile: () => Promise.resolve(""),
    copyOut: () => Promise.resolve(),
  };
  const place = { config: undefined, data: undefined };
  return { call: { input: {}, json: false, place, io }, talk: () => said.join("") };
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
