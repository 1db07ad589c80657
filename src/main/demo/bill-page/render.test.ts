import { describe, expect, it } from "vitest";
import { parseUsd, picoUsd } from "../../../base/index.ts";
import type { DayBill, Slice } from "./day-bill.ts";
import { renderBill } from "./render.ts";

const slice = (name: string, count: number, usd: string): Slice => ({
  name,
  count,
  amount: parseUsd(usd),
});
const hours = Array.from({ length: 24 }, (_, hour) =>
  slice(String(hour).padStart(2, "0"), hour === 9 ? 4 : 0, hour === 9 ? "1" : "0"),
);
const bill: DayBill = {
  date: "2026-11-18",
  exchanges: 4,
  measured: parseUsd("1"),
  estimated: picoUsd(0n),
  items: [slice("input", 4, "0.75"), slice("output", 4, "0.25")],
  byEndpoint: [slice("chat", 1, "0.33333"), slice("agent", 3, "0.66667")],
  byModel: [slice("claude-opus-5-5", 4, "1")],
  byUser: [slice("amara", 4, "1")],
  byHour: hours,
  byCallType: [
    slice("agent, claude-opus-5-5", 1, "0.6"),
    slice("chat, claude-opus-5-5", 1, "0.25"),
    slice("triage, claude-haiku-5-5", 2, "0.15"),
  ],
  byOutcome: [slice("completed", 3, "1"), slice("client-left", 1, "0")],
};

describe("renderBill", () => {
  it("renderBill lists the call types that make most of the spend, and no more", () => {
    const page = renderBill(bill);
    expect(page).toContain("2 of 3 call types make 85% of the spend");
    expect(page).toMatch(/^agent, claude-opus-5-5 .* 60%$/m);
    expect(page).not.toContain("triage, ");
  });

  it("renderBill names the estimated part only where there is one", () => {
    expect(renderBill(bill)).not.toContain("estimated");
    expect(renderBill({ ...bill, estimated: parseUsd("0.5") })).toContain("$0.5000 estimated");
  });

  it("renderBill shows an hour without calls as an empty row", () => {
    const lines = renderBill(bill).split("\n");
    expect(lines).toContain("08");
    expect(lines.find((line) => line.startsWith("09"))).toMatch(/\$1\.0000 {2}█{32}$/);
  });

  it("renderBill says how the calls ended", () => {
    expect(renderBill(bill)).toContain("How they ended: 3 completed, 1 client-left.");
  });
});
