/**
 * A plain table of calls. What a spreadsheet may have done to its figures is refused where it cannot
 * be told what was meant, and read where a setting says how figures and times are written.
 */
import {
  type Instant,
  instant,
  type JsonObject,
  type PicoUsd,
  parseUsd,
} from "../../../base/index.ts";
import type { Finding, ImportedCall } from "../calls/imported-call.ts";
import { labelOf, splitPrompt, tagsOf, timeOf } from "../calls/values.ts";
import type { Mapping, TableField } from "./mapping.ts";
import { readRecords } from "./read-records.ts";

export const NUMBER_STYLES = ["plain", "english", "european"] as const;
/** `1234.5`, `1,234.5`, `1.234,5` */
export type NumberStyle = (typeof NUMBER_STYLES)[number];
export const TIME_STYLES = ["zoned", "utc", "seconds", "milliseconds"] as const;
/** With a zone; without one, in UTC; since 1970. */
export type TimeStyle = (typeof TIME_STYLES)[number];

export type TableSettings = {
  readonly mapping: Mapping;
  readonly numbers: NumberStyle;
  readonly times: TimeStyle;
};

class Refused extends Error {}

export async function* readTable(path: string, settings: TableSettings): AsyncGenerator<Finding> {
  for await (const found of readRecords(path)) {
    const line = found.number;
    if (found.kind === "unreadable") {
      yield { kind: "problem", line, what: found.what };
      continue;
    }
    try {
      yield { kind: "call", line, call: callOf(new Fields(found.record, settings)) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      yield { kind: "problem", line, what: error.message };
    }
  }
}

/** One record, asked by field. */
class Fields {
  readonly #record: JsonObject;
  readonly settings: TableSettings;

  constructor(record: JsonObject, settings: TableSettings) {
    this.#record = record;
    this.settings = settings;
  }

  text(field: TableField): string | null {
    const column = this.settings.mapping.get(field);
    const value = column === undefined ? undefined : this.#record[column];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
  }

  has(field: TableField): boolean {
    return this.text(field) !== null;
  }

  /** An empty field is `null`; what is no whole number is refused. */
  count(field: TableField): number | null {
    const text = this.text(field);
    if (text === null) return null;
    const plain = plainNumber(text, this.settings.numbers);
    if (!/^-?\d{1,15}(\.0)?$/.test(plain)) throw new Refused(`${field}: ${notWhole(text)}`);
    const count = Number(plain);
    if (count < 0) throw new Refused(`${field}: ${text} is negative`);
    return count;
  }

  needed(field: TableField): number {
    const count = this.count(field);
    if (count === null) throw new Refused(`${field} is empty`);
    return count;
  }

  time(field: TableField): Instant | null {
    const text = this.text(field);
    if (text === null) return null;
    const { times } = this.settings;
    const isNumber = times === "seconds" || times === "milliseconds";
    if (isNumber && /^\d{1,13}(\.\d+)?$/.test(text)) {
      return instant(Math.round(Number(text) * (times === "seconds" ? 1_000 : 1)));
    }
    const time = isNumber ? null : timeOf(text, times === "utc" ? "utc" : "refused");
    if (time !== null) return time;
    throw new Refused(`${field}: "${text.slice(0, 40)}" ${notTime(text, times)}`);
  }

  amount(field: TableField): PicoUsd | null {
    const text = this.text(field)?.replace(/^\$\s*/, "") ?? null;
    if (text === null) return null;
    try {
      return parseUsd(plainNumber(text, this.settings.numbers));
    } catch {
      throw new Refused(`${field}: "${text.slice(0, 40)}" is no amount in dollars`);
    }
  }
}

function callOf(fields: Fields): ImportedCall {
  const startedAt = fields.time("at");
  if (startedAt === null) throw new Refused("at is empty");
  const model = labelOf(fields.text("model"));
  if (model === null) throw new Refused("model is empty");
  const text = (field: TableField): string | null => labelOf(fields.text(field));
  return {
    source: "csv",
    startedAt,
    endedAt: fields.time("ended_at") ?? startedAt,
    model,
    modelAsked: null,
    messageId: text("message_id"),
    requestId: text("request_id"),
    recordId: text("record_id"),
    usage: usageOf(fields),
    isEstimate: false,
    stopReason: null,
    stream: false,
    labels: {
      credential: text("key"),
      user: text("user"),
      team: text("team"),
      endpoint: text("endpoint"),
      session: text("session"),
      client: text("client"),
      tags: tagsIn(fields),
    },
    recordedAmount: fields.amount("usd"),
  };
}

function tagsIn(fields: Fields): Readonly<Record<string, string>> {
  const names = [...fields.settings.mapping.keys()].filter((field) => field.startsWith("tag:"));
  return tagsOf(Object.fromEntries(names.map((name) => [name.slice(4), fields.text(name)])));
}

function usageOf(fields: Fields): JsonObject {
  const written5m = fields.count("cache_write_5m_tokens") ?? 0;
  const written1h = fields.count("cache_write_1h_tokens") ?? 0;
  const isSplit = fields.has("cache_write_5m_tokens") || fields.has("cache_write_1h_tokens");
  const written = fields.count("cache_write_tokens") ?? written5m + written1h;
  const read = fields.count("cache_read_tokens") ?? 0;
  const prompt = fields.count("prompt_tokens");
  if (prompt !== null && prompt < written + read) {
    throw new Refused(`prompt_tokens: ${prompt} is less than the ${written + read} cached in it`);
  }
  const tier = labelOf(fields.text("service_tier"));
  const split = {
    cache_creation: { ephemeral_5m_input_tokens: written5m, ephemeral_1h_input_tokens: written1h },
  };
  return {
    ...(prompt === null
      ? {
          input_tokens: fields.needed("input_tokens"),
          cache_creation_input_tokens: written,
          cache_read_input_tokens: read,
        }
      : splitPrompt(prompt, written, read)),
    ...(isSplit ? split : {}),
    output_tokens: fields.needed("output_tokens"),
    ...(tier === null ? {} : { service_tier: tier }),
  };
}

/** A figure without what its style adds to it; a figure of another style stays as it is. */
function plainNumber(text: string, style: NumberStyle): string {
  const compact = text.replaceAll(/[\s\u00a0\u202f']/g, "");
  if (style === "english" && /^-?\d{1,3}(,\d{3})*(\.\d+)?$/.test(compact)) {
    return compact.replaceAll(",", "");
  }
  if (style === "european" && /^-?(\d{1,3}(\.\d{3})*|\d+)(,\d+)?$/.test(compact)) {
    return compact.replaceAll(".", "").replace(",", ".");
  }
  return text;
}

function notWhole(text: string): string {
  const shown = `"${text.slice(0, 40)}"`;
  if (/^\d+([.,]\d+)?[eE]\+?\d+$/.test(text)) {
    return `${shown} was rounded by a spreadsheet; export the column as plain numbers`;
  }
  if (/[,.]/.test(text)) {
    return `${shown} can be read in two ways; say --numbers english (1,234.5) or european (1.234,5)`;
  }
  return `${shown} is no whole number`;
}

function notTime(text: string, times: TimeStyle): string {
  if (/^\d{5}([.,]\d+)?$/.test(text)) return "is a spreadsheet's own day number; export it as text";
  if (times === "zoned" && /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/.test(text)) {
    return "has no zone; say --times utc if it is UTC";
  }
  return "is no time (2026-11-25T14:30:00Z)";
}
