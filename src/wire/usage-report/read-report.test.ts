import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../base/index.ts";
import { readCostPage, readUsagePage } from "./read-report.ts";

const DAY = { starting_at: "2026-11-20T00:00:00Z", ending_at: "2026-11-21T00:00:00Z" };
const LAST = { has_more: false, next_page: null };
const USAGE = {
  uncached_input_tokens: 1,
  cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
  cache_read_input_tokens: 4,
  output_tokens: 5,
  server_tool_use: { web_search_requests: 6 },
};
const COUNTS = {
  ...{ input: 1n, cache_write_5m: 2n, cache_write_1h: 3n },
  ...{ cache_read: 4n, output: 5n, web_search: 6n },
};

function legacyCost(amount: unknown): JsonObject {
  const cost = { amount, currency: "USD", cost_type: "tokens", token_type: "output_tokens" };
  return { ...LAST, data: [{ ...DAY, results: [cost] }] } as JsonObject;
}

describe("readUsagePage and readCostPage", () => {
  it("readUsagePage reads the same counts from both forms", () => {
    const legacy = { ...LAST, data: [{ ...DAY, results: [{ ...USAGE, model: "m" }] }] };
    const analytics = {
      ...LAST,
      data: [{ ...DAY, group: { model: "m" }, usage: USAGE }],
      data_refreshed_at: "2026-11-20T18:00:00Z",
    };
    for (const [form, page] of [
      ["legacy", legacy],
      ["analytics", analytics],
    ] as const) {
      const read = readUsagePage(page, "f");
      expect(read.form).toBe(form);
      expect(read.rows[0]).toMatchObject({ counts: COUNTS, group: { model: "m", speed: null } });
    }
  });

  it.each([
    ["123.45", 1_234_500_000_000n],
    ["0", 0n],
    ["0.0000000001", 1n],
    ["-1.5", -15_000_000_000n],
    ["0.00000000005", 1n],
    ["0.00000000004", 0n],
    ["99999999999999.0000000001", 999_999_999_999_990_000_000_001n],
  ])("readCostPage reads %s cents to the picodollar", (text, amount) => {
    expect(readCostPage(legacyCost(text), "f").rows[0]?.amount).toBe(amount);
  });

  it.each([1.5, "1,50", "1e3", "", "$1", null, "NaN"])(
    "readCostPage refuses %j as an amount",
    (text) => {
      expect(() => readCostPage(legacyCost(text), "cost.json")).toThrow(
        expect.objectContaining({
          code: "REPORT_UNREADABLE",
          where: "cost.json: data[0].results[0].amount",
        }),
      );
    },
  );

  it.each<[string, JsonObject, string]>([
    ["no report", {}, "f: data"],
    ["a page without has_more", { data: [] }, "f: has_more"],
    [
      "a bucket longer than a day",
      { ...LAST, data: [{ ...DAY, ending_at: "2026-11-22T00:00:00Z", results: [] }] },
      "f: data[0]",
    ],
    [
      "a time without a zone",
      { ...LAST, data: [{ ...DAY, starting_at: "2026-11-20T00:00:00", results: [] }] },
      "f: data[0].starting_at",
    ],
    [
      "half a token",
      { ...LAST, data: [{ ...DAY, results: [{ ...USAGE, output_tokens: 0.5 }] }] },
      "f: data[0].results[0].output_tokens",
    ],
    ["a cost report", legacyCost("1"), "f: data[0].results[0]"],
  ])("readUsagePage refuses %s at its place", (_, page, where) => {
    expect(() => readUsagePage(page, "f")).toThrow(expect.objectContaining({ where }));
  });
});
