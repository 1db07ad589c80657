/** Mooncake chat traces: a time in milliseconds, lengths, and prefix hashes per 512 tokens. */
import { instant, type JsonObject } from "../../../base/index.ts";
import type { Workload, WorkloadRequest } from "../../../domain/prompt-cache/index.ts";
import { createHashPathBuilder } from "./hash-path-builder.ts";

const TOKENS_PER_HASH = 512;
const RESPONSE_BEGINS_AFTER_MS = 1000;
const OUTPUT_TOKENS_PER_SECOND = 60;

const ASSUMPTIONS: readonly string[] = [
  "what a request adds is one block; where a request leaves every earlier path, one of its blocks begins",
  "the last part of a prompt, shorter than 512 tokens, is shared with nothing",
  "a response begins after one second and takes a second for every sixty output tokens",
];

/** Whether the first line of a file is of this kind. */
export function isMooncakeTrace(row: JsonObject): boolean {
  return (
    Array.isArray(row.hash_ids) &&
    isCount(row.input_length) &&
    isCount(row.timestamp) &&
    isCount(row.output_length ?? 0)
  );
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

export async function readMooncakeTrace(
  name: string,
  rows: AsyncIterable<JsonObject>,
): Promise<Workload> {
  const paths = createHashPathBuilder(TOKENS_PER_HASH);
  const requests: WorkloadRequest[] = [];
  for await (const row of rows) {
    const inputTokens = Number(row.input_length);
    const hashes = (row.hash_ids as number[]).slice(0, Math.floor(inputTokens / TOKENS_PER_HASH));
    const leaf = paths.add({
      scope: "all",
      hashes,
      index: requests.length,
      cutsAfter: () => [{ at: hashes.length, kind: "user_text" }],
    });
    const tailTokens = inputTokens - hashes.length * TOKENS_PER_HASH;
    requests.push(toRequest(row, leaf, tailTokens, requests.length));
  }
  return { name, tree: paths.tree.finish(), requests, assumptions: ASSUMPTIONS };
}

function toRequest(
  row: JsonObject,
  leaf: number,
  tailTokens: number,
  index: number,
): WorkloadRequest {
  const startMs = Number(row.timestamp);
  const outputTokens = Number(row.output_length ?? 0);
  const durationMs = RESPONSE_BEGINS_AFTER_MS + (outputTokens / OUTPUT_TOKENS_PER_SECOND) * 1000;
  return {
    leaf,
    tailTokens,
    startMs: instant(startMs),
    responseBeginMs: instant(startMs + RESPONSE_BEGINS_AFTER_MS),
    endMs: instant(startMs + durationMs),
    ending: "unknown",
    session: String(index),
    agent: null,
    outputTokens,
    markersSent: null,
  };
}
