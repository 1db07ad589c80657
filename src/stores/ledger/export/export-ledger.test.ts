import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatUsd, parseUsd, picoUsd } from "../../../base/index.ts";
import type { ExportFormat, LedgerReader } from "../../contracts/index.ts";
import { type LedgerBed, makeLedgerBed } from "../ledger-bed.contract.ts";
import { contractEntries } from "../ledger-reader.contract.ts";
import { ExpectedLedger } from "../sample-entries.contract.ts";

const entries = contractEntries(11);
const expected = new ExpectedLedger();
for (const entry of entries) expected.add(entry);
const measured = expected.sums(() => true).measured;
const estimated = expected.sums(() => true).estimated;

describe("exportLedger", () => {
  let bed: LedgerBed;
  let reader: LedgerReader;
  beforeAll(async () => {
    bed = await makeLedgerBed();
    await bed.write(entries.slice(0, 150));
    await bed.maintenance.compact({ seal: true });
    await bed.write(entries.slice(150));
    reader = await bed.reader();
  });
  afterAll(async () => {
    await reader.close();
    await bed.close();
  });

  const write = async (format: ExportFormat): Promise<{ file: string; rows: number }> => {
    const file = join(bed.path, `out.${format}`);
    const { rows } = await reader.export({ since: null, until: null, format, file });
    return { file, rows };
  };

  it("writes JSON lines with every exchange once and amounts exact to twelve places", async () => {
    const { file, rows } = await write("jsonl");
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(rows);
    expect(lines.map((line) => line.exchange_id).sort()).toEqual(
      [...expected.opened.keys()].sort(),
    );
    expect(sum(lines.map((line) => line.measured_usd))).toBe(measured);
    expect(sum(lines.map((line) => line.estimated_usd))).toBe(estimated);
    for (const line of lines) {
      const settled = expected.newest.get(line.exchange_id);
      expect(line.message_id).toBe(settled?.messageId ?? null);
      expect(line.request_id).toBe(settled?.requestId ?? null);
      expect(line.measured_usd === null).toBe((settled?.measured ?? null) === null);
      if (line.lines !== null) {
        expect(sum(line.lines.map((one: { usd: string }) => one.usd))).toBe(
          parseUsd(line.measured_usd),
        );
      }
    }
  });

  it("writes CSV whose amounts sum to the ledger's", async () => {
    const { file, rows } = await write("csv");
    const table = await readBack(`select exchange_id, measured_usd::varchar, estimated_usd::varchar
from read_csv('${file}', all_varchar = true)`);
    expect(table).toHaveLength(rows);
    expect(sum(table.map((row) => row[1] ?? null))).toBe(measured);
    expect(sum(table.map((row) => row[2] ?? null))).toBe(estimated);
  });

  it("writes Parquet with decimal columns", async () => {
    const { file } = await write("parquet");
    const [row] = await readBack(`select sum(measured_usd)::varchar, any_value(typeof(measured_usd))
from read_parquet('${file}')`);
    expect(row).toEqual([expect.any(String), "DECIMAL(38,12)"]);
    expect(parseUsd(row?.[0] ?? "")).toBe(measured);
  });

  it("writes FOCUS rows, one per bill line, that sum to the measured total and to nothing estimated", async () => {
    const { file, rows } = await write("focus");
    const lineCount = [...expected.newest.values()].reduce(
      (count, settled) => count + (settled.measured?.lines.length ?? 0),
      0,
    );
    expect(rows).toBe(lineCount);
    const table = await readBack(`select BilledCost, EffectiveCost, ContractedCost
from read_csv('${file}', all_varchar = true)`);
    for (const column of [0, 1, 2]) {
      expect(sum(table.map((row) => row[column] ?? null))).toBe(measured);
    }
  });

  it("writes FOCUS list prices without the discount, from the journal and from the parts", async () => {
    const { file } = await write("focus");
    const lines = [...expected.newest.values()].flatMap(({ measured }) => measured?.lines ?? []);
    let listed = 0n;
    for (const line of lines) {
      listed +=
        line.kind === "tokens" ? BigInt(line.tokens) * (line.listPrice ?? line.price) : line.amount;
    }
    expect(listed).toBeGreaterThan(measured);
    const table = await readBack(`select ListCost, (ListCost::decimal(38, 12)
- ListUnitPrice::decimal(38, 12) * PricingQuantity::decimal(18, 0))::varchar,
(ListUnitPrice::decimal(38, 12) - ContractedUnitPrice::decimal(38, 12))::varchar
from read_csv('${file}', all_varchar = true)`);
    expect(sum(table.map((row) => row[0] ?? null))).toBe(listed);
    const off = "0.000000000000";
    expect(new Set(table.map((row) => row[1]))).toEqual(new Set([off]));
    expect(new Set(table.map((row) => row[2]))).toEqual(new Set([off, "0.000000000007"]));
  });

  it("names the columns that FOCUS 1.2 calls mandatory, with their fixed values", async () => {
    const { file } = await write("focus");
    const [header, first] = readFileSync(file, "utf8").split("\n");
    const names = header?.split(",") ?? [];
    for (const name of FOCUS_MANDATORY) expect(names).toContain(name);
    expect(first).toContain("AI and Machine Learning");
    const [row] = await readBack(`select distinct ChargeCategory, BillingCurrency, ServiceCategory,
ProviderName, PublisherName, InvoiceIssuerName from read_csv('${file}', all_varchar = true)`);
    const who = ["Anthropic", "Anthropic", "Anthropic"];
    expect(row).toEqual(["Usage", "USD", "AI and Machine Learning", ...who]);
    const wrong = await readBack(`select count(*) filter (
      ContractedUnitPrice::decimal(38, 12) * ContractedQuantity <> ContractedCost::decimal(38, 12)
      or ChargePeriodStart >= ChargePeriodEnd or ChargePeriodStart < BillingPeriodStart
      or x_ExchangeId is null or x_MessageId is null or x_RequestId is null)::varchar
from (select *, PricingQuantity::decimal(18, 0) as ContractedQuantity
from read_csv('${file}', all_varchar = true))`);
    expect(wrong).toEqual([["0"]]);
  });

  it("names the provider's account in FOCUS rows where it was told, else the key's fingerprint", async () => {
    const accounts = async (billingAccount: string | undefined) => {
      const file = join(bed.path, "account.csv");
      await reader.export({ since: null, until: null, format: "focus", file, billingAccount });
      return readBack(
        `select distinct BillingAccountId from read_csv('${file}', all_varchar = true)`,
      );
    };
    expect(await accounts("org'; drop table x")).toEqual([["org'; drop table x"]]);
    const keys = new Set([...expected.opened.values()].map(({ attributes }) => attributes.key));
    for (const [account] of await accounts(undefined)) {
      expect(account === "unknown" || keys.has(account ?? null)).toBe(true);
    }
  });

  it("refuses a folder that does not exist", async () => {
    const file = join(bed.path, "nowhere", "out.csv");
    const attempt = reader.export({ since: null, until: null, format: "csv", file });
    await expect(attempt).rejects.toMatchObject({ code: "LEDGER_EXPORT_FAILED" });
  });

  it("shows amounts in the form that parseUsd reads", () => {
    expect(formatUsd(picoUsd(measured))).toMatch(/^\d+\.\d+$/);
  });
});

const FOCUS_MANDATORY = [
  "BilledCost",
  "BillingAccountId",
  "BillingAccountName",
  "BillingCurrency",
  "BillingPeriodEnd",
  "BillingPeriodStart",
  "ChargeCategory",
  "ChargeClass",
  "ChargeDescription",
  "ChargePeriodEnd",
  "ChargePeriodStart",
  "ContractedCost",
  "EffectiveCost",
  "InvoiceIssuerName",
  "ListCost",
  "PricingQuantity",
  "PricingUnit",
  "ProviderName",
  "PublisherName",
  "ServiceCategory",
  "ServiceName",
];

function sum(amounts: readonly (string | null)[]): bigint {
  return amounts.reduce((total, text) => total + (text ? parseUsd(text) : 0n), 0n);
}

/** Reads a file with an engine of the test's own, as another program would. */
async function readBack(sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(sql);
  const rows = reader
    .getRows()
    .map((row) => row.map((value) => (value === null ? null : String(value))));
  connection.closeSync();
  return rows;
}
