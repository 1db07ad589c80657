import { describe, expect, it } from "vitest";
import { type AuditedRecords, audit, type LedgerRow } from "./audit.ts";
import { auditedCost, type WireUsage } from "./price-table.ts";

const usage: WireUsage = {
  input_tokens: 10_000,
  output_tokens: 5_000,
  cache_read_input_tokens: 40_000,
  write5m: 20_000,
  write1h: 30_000,
};
const response = { messageId: "msg_1", model: "claude-opus-5-5", usage };
const row: LedgerRow = {
  exchange: "ex_1",
  outcome: "completed",
  messageId: "msg_1",
  requestId: "req_1",
  model: "claude-opus-5-5",
  session: null,
  client: null,
  usage,
  measuredPicoUsd: 488_000_000_000n,
  estimatedPicoUsd: null,
};
const sound: AuditedRecords = { seen: [response], served: [response], rows: [row] };
const lost: LedgerRow = {
  ...row,
  exchange: "ex_2",
  outcome: "lost",
  messageId: null,
  usage: null,
  measuredPicoUsd: null,
  estimatedPicoUsd: 7n,
};

const codes = (records: AuditedRecords): readonly string[] =>
  audit(records).map((finding) => finding.code);

describe("auditedCost", () => {
  it("auditedCost prices every class of tokens", () => {
    expect(auditedCost("claude-opus-5-5", usage)).toBe(488_000_000_000n);
  });

  it("auditedCost moves every token of Haiku 5.5 to the higher rate past 100,000", () => {
    const at = { ...usage, input_tokens: 10_000, output_tokens: 1_000 };
    const atStep = { ...at, cache_read_input_tokens: 90_000, write5m: 0, write1h: 0 };
    const overStep = { ...atStep, input_tokens: 10_001 };
    expect(auditedCost("claude-haiku-5-5", atStep)).toBe(2_400_000_000n);
    expect(auditedCost("claude-haiku-5-5", overStep)).toBe(12_000_500_000n);
  });

  it("auditedCost has no price for a model it does not know", () => {
    expect(auditedCost("claude-sonnet-6", usage)).toBeNull();
  });
});

describe("audit", () => {
  it("audit passes records that agree", () => {
    expect(audit(sound)).toEqual([]);
    expect(audit({ ...sound, rows: [row, lost] })).toEqual([]);
    expect(audit({ ...sound, rows: [row, { ...lost, outcome: "completed" }] })).toEqual([]);
  });

  it.each<[string, AuditedRecords]>([
    ["missing", { ...sound, rows: [] }],
    ["twice", { ...sound, rows: [row, { ...row, exchange: "ex_9" }] }],
    ["twice", { ...sound, rows: [row, { ...lost, exchange: "ex_1" }] }],
    ["not-completed", { ...sound, rows: [{ ...row, outcome: "client-left" }] }],
    ["wrong-usage", { ...sound, rows: [{ ...row, usage: { ...usage, output_tokens: 4_999 } }] }],
    ["wrong-cost", { ...sound, rows: [{ ...row, measuredPicoUsd: 488_000_000_001n }] }],
    ["wrong-cost", { ...sound, seen: [], rows: [{ ...row, measuredPicoUsd: 1n }] }],
    ["phantom", { ...sound, seen: [], served: [] }],
    ["phantom", { ...sound, rows: [row, { ...row, exchange: "ex_3", messageId: null }] }],
    ["still-open", { ...sound, rows: [row, { ...lost, outcome: null }] }],
    ["no-estimate", { ...sound, rows: [row, { ...lost, estimatedPicoUsd: null }] }],
    ["no-estimate", { ...sound, rows: [row, { ...lost, measuredPicoUsd: 5n }] }],
    [
      "no-estimate",
      { ...sound, rows: [row, { ...lost, outcome: "completed", estimatedPicoUsd: 0n }] },
    ],
  ])("audit finds %s", (code, records) => {
    expect(codes(records)).toEqual([code]);
  });
});
