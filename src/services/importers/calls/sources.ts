/** Every source of calls, with what it reads and how. */
import { type Instant, PurserError } from "../../../base/index.ts";
import type { ImportSource } from "../../../stores/contracts/index.ts";
import { readTranscript } from "../claude-code/read-transcript.ts";
import { readMapping } from "../csv/mapping.ts";
import { type NumberStyle, readTable, type TimeStyle } from "../csv/read-table.ts";
import { readSpendLogs } from "../litellm/read-spend-logs.ts";
import { readSpans } from "../otel/read-spans.ts";
import { readTraceCalls } from "../trace-calls/read-trace-calls.ts";
import type { CallReader } from "./imported-call.ts";

export type SourceSettings = {
  readonly map: readonly string[];
  readonly numbers: NumberStyle;
  readonly times: TimeStyle;
  readonly model: string | null;
  readonly start: Instant | null;
};

export type CallSource = {
  readonly read: CallReader;
  readonly takes: (name: string) => boolean;
};

const PACKED = String.raw`(\.(gz|zst))?$`;
const LINES = new RegExp(String.raw`\.jsonl${PACKED}`, "i");
const JSON_FILES = new RegExp(String.raw`\.(json|jsonl|ndjson)${PACKED}`, "i");
const TABLES = new RegExp(String.raw`\.(csv|tsv|txt)${PACKED}`, "i");

/** Errors: `IMPORT_MAPPING_INVALID`, `IMPORT_OPTION_UNFIT`. */
export function callSource(source: ImportSource, settings: SourceSettings): CallSource {
  const { map, numbers, times, model, start } = settings;
  if (source !== "csv" && map.length > 0) throw unfit("map", "only a table has columns to map");
  if (source !== "trace" && (model !== null || start !== null)) {
    throw unfit(model === null ? "start" : "model", "only a trace needs one");
  }
  switch (source) {
    case "claude-code":
      return { read: readTranscript, takes: (name) => LINES.test(name) };
    case "litellm":
      return { read: readSpendLogs, takes: (name) => JSON_FILES.test(name) || TABLES.test(name) };
    case "otel":
      return { read: readSpans, takes: (name) => JSON_FILES.test(name) };
    case "csv": {
      const table = { mapping: readMapping(map), numbers, times };
      return { read: (path) => readTable(path, table), takes: (name) => TABLES.test(name) };
    }
    case "trace":
      return {
        read: (path) => readTraceCalls(path, { model, start }),
        takes: (name) => JSON_FILES.test(name) || TABLES.test(name),
      };
    default:
      return source satisfies never;
  }
}

function unfit(where: string, what: string): PurserError {
  return new PurserError("IMPORT_OPTION_UNFIT", { what, where });
}
