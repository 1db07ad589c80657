/** Public traces as series of spend: what each request would cost at list price, without a cache. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTrace } from "../../src/services/importers/index.ts";

/** Dollars a token; every trace at the same price, since only shapes matter here. */
const INPUT_USD = 3e-6;
const OUTPUT_USD = 15e-6;

export type TraceScale = {
  readonly name: string;
  readonly file: string;
  readonly slotMs: number;
  readonly slotsPerDay: number;
  /** Conversations follow one another in a trace; so many such lines run at once here. */
  readonly lines: number;
  /** In "days" of the scale. */
  readonly horizons: readonly number[];
};

const AZURE = { name: "Azure code 2023", file: "azure_code_2023.csv", lines: 1 };
const MOONCAKE = { name: "Mooncake chat", file: "mooncake_conversation.jsonl.zst", lines: 1 };
const CLAUDE_CODE = { name: "Claude Code", file: "claude_code_traces.jsonl.zst" };
const MINUTE = { slotMs: 5_000, slotsPerDay: 12, horizons: [1, 5] };
const TWO_MINUTES = { slotMs: 10_000, slotsPerDay: 12, horizons: [1, 4] };
const DAY = { slotMs: 3_600_000, slotsPerDay: 24, horizons: [1, 7] };

/** A trace of an hour has no nights: its "day" is a minute or two, in twelve slots. */
export const TRACE_SCALES: readonly TraceScale[] = [
  { ...AZURE, ...MINUTE },
  { ...AZURE, ...TWO_MINUTES },
  { ...MOONCAKE, ...MINUTE },
  { ...MOONCAKE, ...TWO_MINUTES },
  { ...CLAUDE_CODE, ...DAY, lines: 1 },
  { ...CLAUDE_CODE, ...DAY, lines: 2 },
];

export function traceFolder(): string | null {
  const folder = join(import.meta.dirname, "..", "..", "..", "shared", "data", "traces");
  return existsSync(folder) ? folder : null;
}

/** Dollars by slot from the first request on. */
export async function traceSeries(folder: string, scale: TraceScale): Promise<readonly number[]> {
  const { requests, tree } = await readTrace(join(folder, scale.file), { onProblem: () => {} });
  const begin = Math.min(...requests.map(({ startMs }) => startMs));
  const end = Math.max(...requests.map(({ startMs }) => startMs)) + 1;
  const spanMs = (end - begin) / scale.lines;
  const values = new Array<number>(Math.floor(spanMs / scale.slotMs)).fill(0);
  for (const { startMs, leaf, tailTokens, outputTokens } of requests) {
    const at = Math.floor(((startMs - begin) % spanMs) / scale.slotMs);
    const input = (tree.prefixTokens[leaf] ?? 0) + tailTokens;
    if (at < values.length) {
      values[at] = (values[at] ?? 0) + input * INPUT_USD + outputTokens * OUTPUT_USD;
    }
  }
  return values;
}
