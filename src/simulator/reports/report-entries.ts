/** The call records as the lines of which reports are summed: one for each call and model. */
import { createHash } from "node:crypto";
import type { JsonValue } from "../../base/index.ts";
import type { CallRecord } from "../calls/index.ts";
import { DEFAULT_WORKSPACE } from "../http/index.ts";
import type { SimulatedBillLine } from "../models/index.ts";

export const TOKEN_TYPES = {
  input: "uncached_input_tokens",
  write_5m: "cache_creation.ephemeral_5m_input_tokens",
  write_1h: "cache_creation.ephemeral_1h_input_tokens",
  read: "cache_read_input_tokens",
  output: "output_tokens",
} as const;
export type TokenItem = keyof typeof TOKEN_TYPES;
export const TOKEN_ITEMS = Object.keys(TOKEN_TYPES) as readonly TokenItem[];

/** What a report can group by here; everything else is null in every row. */
export type EntryGroup = {
  readonly model: string;
  readonly api_key_id: string | null;
  readonly workspace_id: string | null;
  readonly service_tier: string;
  readonly speed: string;
  readonly inference_geo: string;
  readonly context_window: string;
};

export type ReportEntry = {
  readonly atMs: number;
  readonly group: EntryGroup;
  /** 1 for the model that served, 0 for others that sampled for the same call. */
  readonly requests: number;
  readonly lines: readonly SimulatedBillLine[];
};

const WINDOW_TOKENS = 200_000;

/** Calls that cost nothing (errors, free refusals) are in no report. */
export function entriesOf(
  records: readonly CallRecord[],
  nullWorkspace: string | null,
): readonly ReportEntry[] {
  return records.flatMap((record): readonly ReportEntry[] => {
    const byModel = Map.groupBy(record.bill.lines, (line) => line.model);
    return [...byModel].map(([model, lines]) => ({
      atMs: Date.parse(record.at),
      group: groupOf(record, model, lines, nullWorkspace),
      requests: model === record.model ? 1 : 0,
      lines,
    }));
  });
}

function groupOf(
  record: CallRecord,
  model: string,
  lines: readonly SimulatedBillLine[],
  nullWorkspace: string | null,
): EntryGroup {
  const usage = record.usage ?? {};
  const prompt = lines
    .filter(({ item }) => item !== "output" && item !== "web_search")
    .reduce((sum, { quantity }) => sum + quantity, 0);
  return {
    model,
    api_key_id: apiKeyIdOf(record.requestHeaders),
    // The default workspace is null in the legacy form and has its name in the other.
    workspace_id: record.workspace === DEFAULT_WORKSPACE ? nullWorkspace : record.workspace,
    service_tier: word(usage.service_tier, "standard"),
    speed: word(usage.speed, "standard"),
    inference_geo: word(usage.inference_geo, "not_available"),
    context_window: prompt > WINDOW_TOKENS ? "200k-1M" : "0-200k",
  };
}

function word(value: JsonValue | undefined, standard: string): string {
  return typeof value === "string" && value !== "" ? value : standard;
}

const ID_LETTERS = 22;

/** The provider's name for a key: an id that says nothing of it. */
function apiKeyIdOf(headers: Readonly<Record<string, string>>): string | null {
  const key = headers["x-api-key"] ?? headers.authorization?.replace(/^bearer\s+/i, "");
  if (key === undefined) return null;
  const digest = createHash("sha256").update(`api-key-id ${key}`).digest("base64url");
  return `apikey_01${digest.replace(/[-_]/g, "x").slice(0, ID_LETTERS)}`;
}

export type UsageSums = {
  readonly tokens: Readonly<Record<TokenItem, number>>;
  readonly webSearches: number;
  readonly requests: number;
};

export function usageOf(entries: readonly ReportEntry[]): UsageSums {
  const tokens: Record<TokenItem, number> = {
    input: 0,
    write_5m: 0,
    write_1h: 0,
    read: 0,
    output: 0,
  };
  let webSearches = 0;
  for (const { item, quantity } of entries.flatMap(({ lines }) => lines)) {
    if (item === "web_search") webSearches += quantity;
    else tokens[item] += quantity;
  }
  const requests = entries.reduce((sum, entry) => sum + entry.requests, 0);
  return { tokens, webSearches, requests };
}

/** The usage in the wire's names, which both forms share. */
export function wireUsageOf({ tokens, webSearches }: UsageSums) {
  return {
    uncached_input_tokens: tokens.input,
    cache_creation: {
      ephemeral_5m_input_tokens: tokens.write_5m,
      ephemeral_1h_input_tokens: tokens.write_1h,
    },
    cache_read_input_tokens: tokens.read,
    output_tokens: tokens.output,
    server_tool_use: { web_search_requests: webSearches },
  };
}

/** A cent is ten thousand million picodollars; a discount of whole percent adds two places. */
const CENT_DIGITS = 12;

/** Picodollars as a decimal text of cents, less a discount of whole percent. */
export function centsText(picoUsd: bigint, percentOff: number): string {
  const scaled = picoUsd * BigInt(100 - percentOff);
  const digits = scaled.toString().padStart(CENT_DIGITS + 1, "0");
  const whole = digits.slice(0, -CENT_DIGITS);
  const fraction = digits.slice(-CENT_DIGITS).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

export function amountOf(lines: readonly SimulatedBillLine[]): bigint {
  return lines.reduce((sum, line) => sum + line.picoUsd, 0n);
}
