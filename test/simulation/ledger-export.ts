/**
 * The ledger as a user takes it away: `purser ledger export` as JSON lines, read here by the
 * auditor's side alone. Amounts are decimal texts of twelve places, so dropping the point is exact.
 */
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { LedgerRow, WireUsage } from "./auditor/index.ts";
import { PURSER_SOURCE } from "./gateway-process.ts";

const run = promisify(execFile);
const EXPORT_TIMEOUT_MS = 120_000;

export async function exportLedger(data: string): Promise<readonly LedgerRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "purser-export-"));
  const file = join(folder, "exchanges.jsonl");
  const flags = ["ledger", "export", "--format", "jsonl", "--file", file, "--data", data];
  try {
    const env = { PATH: process.env.PATH, HOME: folder };
    await run(process.execPath, [PURSER_SOURCE, ...flags], { env, timeout: EXPORT_TIMEOUT_MS });
    return await readRows(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `purser ledger verify` says of the same ledger: framing, checksums, sums. */
export async function isLedgerSound(data: string): Promise<boolean> {
  const flags = ["ledger", "verify", "--json", "--data", data];
  const env = { PATH: process.env.PATH, HOME: data };
  const options = { env, timeout: EXPORT_TIMEOUT_MS };
  const { stdout } = await run(process.execPath, [PURSER_SOURCE, ...flags], options).catch(
    (failure: { readonly stdout?: string }) => ({ stdout: failure.stdout ?? "" }),
  );
  return JSON.parse(stdout).sound === true;
}

async function readRows(file: string): Promise<readonly LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    rows.push(rowOf(JSON.parse(line)));
  }
  return rows;
}

/** A line of the export, as far as the auditor reads it. */
type ExportedLine = {
  readonly exchange_id: string;
  readonly outcome: string | null;
  readonly message_id: string | null;
  readonly request_id: string | null;
  readonly model_served: string | null;
  readonly session: string | null;
  readonly client: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_5m_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly measured_usd: string | null;
  readonly estimated_usd: string | null;
};

function rowOf(line: ExportedLine): LedgerRow {
  return {
    exchange: line.exchange_id,
    outcome: line.outcome,
    messageId: line.message_id,
    requestId: line.request_id,
    model: line.model_served,
    session: line.session,
    client: line.client,
    usage: usageOf(line),
    measuredPicoUsd: picoUsdIn(line.measured_usd),
    estimatedPicoUsd: picoUsdIn(line.estimated_usd),
  };
}

function usageOf(line: ExportedLine): WireUsage | null {
  const { input_tokens, output_tokens, cache_read_tokens } = line;
  const { cache_write_5m_tokens: write5m, cache_write_1h_tokens: write1h } = line;
  if (input_tokens === null || output_tokens === null || cache_read_tokens === null) return null;
  if (write5m === null || write1h === null) return null;
  return {
    input_tokens,
    output_tokens,
    cache_read_input_tokens: cache_read_tokens,
    write5m,
    write1h,
  };
}

function picoUsdIn(text: string | null): bigint | null {
  if (text === null) return null;
  if (!/^-?\d+\.\d{12}$/.test(text)) throw new Error(`not an amount of twelve places: ${text}`);
  return BigInt(text.replace(".", ""));
}
